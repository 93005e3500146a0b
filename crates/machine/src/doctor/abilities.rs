//! Trying things out: what a file does not say, only an attempt does.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::io_counter::{device_bytes, evict};
use crate::root::{Root, field};

/// What worked here; each error is the reason, as a sentence without a full stop.
#[derive(Clone, Debug)]
pub(super) struct Abilities {
    /// Pages of a file can be dropped, and the bytes that the device then delivers are counted.
    pub(super) cold_reads: Result<(), String>,
    /// The peak of resident memory can be read and set back.
    pub(super) peak_memory: Result<(), String>,
    /// The processor's counters can be read.
    pub(super) cpu_counters: Result<(), String>,
}

pub(super) fn abilities(root: &Root, scratch: &Path) -> Abilities {
    Abilities {
        cold_reads: cold_reads(scratch),
        peak_memory: peak_memory(root),
        cpu_counters: cpu_counters().map_err(|why| counters_hint(root, why)),
    }
}

/// Writes a small file without a name (so that nothing can stay behind), drops its pages, reads it and counts.
fn cold_reads(scratch: &Path) -> Result<(), String> {
    const BYTES: usize = 256 << 10;
    let error = |what: &str, error: std::io::Error| format!("{what} in {}: {error}", scratch.display());
    device_bytes()?;
    let mut file = tempfile::tempfile_in(scratch).map_err(|e| error("no file can be made", e))?;
    let mut content = vec![0xA5_u8; BYTES];
    file.write_all(&content).and_then(|()| file.sync_all()).map_err(|e| error("no file can be written", e))?;
    evict(&file).map_err(|e| error("pages cannot be dropped", e))?;
    let before = device_bytes()?;
    file.seek(SeekFrom::Start(0))
        .and_then(|_| file.read_exact(&mut content))
        .map_err(|e| error("a file cannot be read back", e))?;
    let delivered = device_bytes()?.saturating_sub(before);
    if delivered >= BYTES as u64 {
        Ok(())
    } else {
        Err(format!(
            "after its pages were dropped, a file of {BYTES} bytes in {} was read with {delivered} bytes from a device",
            scratch.display()
        ))
    }
}

/// Sets the peak of this process back, which disturbs no one: only what was measured before is forgotten.
fn peak_memory(root: &Root) -> Result<(), String> {
    let status = root.text("/proc/self/status").ok_or("/proc/self/status cannot be read")?;
    field(&status, "VmHWM").ok_or("/proc/self/status has no line VmHWM")?;
    std::fs::write(root.path("/proc/self/clear_refs"), "5")
        .map_err(|error| format!("/proc/self/clear_refs cannot be written: {error}"))
}

/// Opens a counter of instructions for this thread.
#[cfg(target_os = "linux")]
fn cpu_counters() -> Result<(), String> {
    /// The first version of `perf_event_attr`, which every kernel still takes.
    #[repr(C)]
    struct Attributes {
        kind: u32,
        size: u32,
        config: u64,
        sample_period: u64,
        sample_type: u64,
        read_format: u64,
        flags: u64,
        wakeup: u32,
        breakpoint_type: u32,
        breakpoint_address: u64,
    }
    const HARDWARE: u32 = 0;
    const INSTRUCTIONS: u64 = 1;
    const DISABLED_WITHOUT_KERNEL_AND_HYPERVISOR: u64 = 1 | 1 << 5 | 1 << 6;
    let attributes = Attributes {
        kind: HARDWARE,
        size: size_of::<Attributes>() as u32,
        config: INSTRUCTIONS,
        sample_period: 0,
        sample_type: 0,
        read_format: 0,
        flags: DISABLED_WITHOUT_KERNEL_AND_HYPERVISOR,
        wakeup: 0,
        breakpoint_type: 0,
        breakpoint_address: 0,
    };
    let (this_thread, any_processor, no_group, no_flags) = (0, -1, -1, 0);
    // SAFETY: the attributes outlive the call, and their size field says how many bytes the kernel may read.
    let descriptor = unsafe {
        libc::syscall(
            libc::SYS_perf_event_open,
            std::ptr::from_ref(&attributes),
            this_thread,
            any_processor,
            no_group,
            no_flags,
        )
    };
    if descriptor < 0 {
        return Err(format!("perf_event_open: {}", std::io::Error::last_os_error()));
    }
    // SAFETY: the call above returned this descriptor, and no one else has it.
    unsafe { libc::close(descriptor as libc::c_int) };
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn cpu_counters() -> Result<(), String> {
    Err("they are read on Linux only".to_owned())
}

fn counters_hint(root: &Root, why: String) -> String {
    match root.number::<i32>("/proc/sys/kernel/perf_event_paranoid") {
        Some(level) => format!("{why} (perf_event_paranoid is {level})"),
        None => why,
    }
}
