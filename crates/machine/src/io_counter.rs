//! The kernel's count of bytes that this process fetched from devices: the proof that a read was cold.

use std::fs::File;
use std::io;

/// Bytes that devices delivered to this process since it started.
///
/// # Errors
/// Why the counter cannot be read, as a sentence.
pub(crate) fn device_bytes() -> Result<u64, String> {
    let file = "/proc/self/io";
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file} cannot be read: {error}"))?;
    crate::root::field(&text, "read_bytes")
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| format!("{file} has no line read_bytes"))
}

/// Asks the kernel to forget the pages of a file, which must have been written out before.
///
/// # Errors
/// The system's answer. Success does not prove that the pages are gone: only [`device_bytes`] does.
#[cfg(target_os = "linux")]
pub(crate) fn evict(file: &File) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    // SAFETY: a plain system call on a descriptor that the borrowed file keeps open.
    match unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) } {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}

/// No such request outside Linux.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub(crate) fn evict(_file: &File) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
