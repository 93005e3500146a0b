//! NVIDIA's libraries beside the driver: the kernel compiler NVRTC and the matrix products of cuBLASLt.
//!
//! Both come with the CUDA toolkit and with PyTorch's packages, and neither is needed to build Benchbook. A library is looked
//! for by its name first, as the system's loader does, and in folders where it usually lies second. One that was loaded stays
//! loaded: whoever asks the loader for it by name later gets the same one, wherever it lies.

use std::ffi::c_int;
use std::fmt;
use std::path::{Path, PathBuf};

use libloading::Library as Handle;

/// Environment variable with folders to look in first, separated as those of `PATH` are.
pub const FOLDERS: &str = "BENCHBOOK_CUDA";

/// The oldest CUDA version whose drivers and libraries are used.
pub const OLDEST: Version = Version { major: 12, minor: 0 };

/// Major versions that Benchbook can talk to, the newest first.
const MAJORS: [u32; 2] = [13, 12];

/// A library that GPU variants call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    /// Compiles kernels for the GPU at hand.
    Nvrtc,
    /// Products of matrices.
    CublasLt,
}

/// A version, compared as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Before the point: a driver runs what has its own or an older one.
    pub major: u32,
    /// Behind the point.
    pub minor: u32,
}

/// A library that was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// What it says its version is.
    pub version: Version,
    /// Where it lies; absent if the system's loader knows.
    pub path: Option<PathBuf>,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Library {
    /// Every library.
    pub const ALL: [Self; 2] = [Self::Nvrtc, Self::CublasLt];

    /// Id of its lane.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Nvrtc => "nvrtc",
            Self::CublasLt => "cublaslt",
        }
    }

    /// What it adds to the guide.
    #[must_use]
    pub fn adds(self) -> &'static str {
        match self {
            Self::Nvrtc => {
                "kernels on the GPU beside products of matrices, compiled for yours when they are first used"
            }
            Self::CublasLt => "products of matrices on the GPU, in every precision that it has",
        }
    }

    /// How to get it.
    #[must_use]
    pub fn get(self) -> String {
        let (package, suffixed) = match self {
            Self::Nvrtc => ("nvidia-cuda-nvrtc", "nvidia-cuda-nvrtc-cu12"),
            Self::CublasLt => ("nvidia-cublas", "nvidia-cublas-cu12"),
        };
        format!(
            "pip install {package} (for a driver of CUDA 12: {suffixed}), or name its folder in {FOLDERS}; it comes with PyTorch \
             and with the CUDA toolkit too"
        )
    }

    fn base(self) -> &'static str {
        match self {
            Self::Nvrtc => "libnvrtc.so",
            Self::CublasLt => "libcublasLt.so",
        }
    }

    /// File names, from the newest version that a driver of CUDA `most` runs.
    fn names(self, most: Option<u32>) -> Vec<String> {
        let usable = MAJORS.iter().filter(|major| most.is_none_or(|most| **major <= most));
        usable.map(|major| format!("{}.{major}", self.base())).collect()
    }

    /// Loads it for the life of the program: by name, then from the folders of [`FOLDERS`], the given ones, and the toolkit's.
    ///
    /// `most` is the major CUDA version of the driver; a library of a newer one would load, and then not run.
    ///
    /// # Errors
    /// Why it is not here, as a sentence without a full stop.
    pub fn load(self, folders: &[PathBuf], most: Option<u32>) -> Result<Loaded, String> {
        let names = self.names(most);
        if names.is_empty() {
            let most = most.unwrap_or_default();
            return Err(format!("none is usable with a driver that runs CUDA {most} at most"));
        }
        let places: Vec<PathBuf> =
            named_folders().into_iter().chain(folders.iter().cloned()).chain(usual_folders()).collect();
        let mut broken = None;
        for (file, path) in candidates(&names, &places) {
            match self.open(&file) {
                Ok(version) => return Ok(Loaded { version, path }),
                Err(why) if path.is_some() => broken = Some(why),
                Err(_) => {}
            }
        }
        Err(broken
            .unwrap_or_else(|| format!("{} was not found by name, in {FOLDERS}, or in a usual folder", self.base())))
    }

    /// Loads one file and asks for its version.
    fn open(self, file: &Path) -> Result<Version, String> {
        // SAFETY: the file has the name of NVIDIA's library, whose start-up code prepares its own state alone.
        let handle =
            unsafe { Handle::new(file) }.map_err(|error| format!("{} does not load: {error}", file.display()))?;
        let version = match self {
            Self::Nvrtc => nvrtc_version(&handle),
            Self::CublasLt => cublaslt_version(&handle),
        };
        // It stays loaded, so that it can be had by its name alone from now on.
        std::mem::forget(handle);
        version.ok_or_else(|| format!("{} does not tell its version", file.display()))
    }
}

fn nvrtc_version(handle: &Handle) -> Option<Version> {
    // SAFETY: the signature is that of NVRTC's header since its first version.
    let ask = unsafe { handle.get::<unsafe extern "C" fn(*mut c_int, *mut c_int) -> c_int>(b"nvrtcVersion\0") }.ok()?;
    let (mut major, mut minor) = (0, 0);
    // SAFETY: both pointers are to integers that live through the call.
    let status = unsafe { ask(&raw mut major, &raw mut minor) };
    (status == 0).then_some(Version { major: u32::try_from(major).ok()?, minor: u32::try_from(minor).ok()? })
}

fn cublaslt_version(handle: &Handle) -> Option<Version> {
    // SAFETY: the signature is that of cuBLASLt's header since its first version.
    let ask = unsafe { handle.get::<unsafe extern "C" fn() -> usize>(b"cublasLtGetVersion\0") }.ok()?;
    // SAFETY: it takes nothing and returns a constant.
    packed_version(unsafe { ask() })
}

/// From `130401` (13.4.1) as versions 12 and 13 have it.
fn packed_version(packed: usize) -> Option<Version> {
    let packed = u32::try_from(packed).ok()?;
    (packed >= 10_000).then_some(Version { major: packed / 10_000, minor: packed / 100 % 100 })
}

/// What to open, in order, and the path to report: by name first, then every folder that has such a file.
fn candidates(names: &[String], folders: &[PathBuf]) -> Vec<(PathBuf, Option<PathBuf>)> {
    let by_name = names.iter().map(|name| (PathBuf::from(name), None));
    let in_folders = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    by_name.chain(in_folders.filter(|path| path.is_file()).map(|path| (path.clone(), Some(path)))).collect()
}

fn named_folders() -> Vec<PathBuf> {
    std::env::var_os(FOLDERS).map(|folders| std::env::split_paths(&folders).collect()).unwrap_or_default()
}

fn usual_folders() -> Vec<PathBuf> {
    let homes = ["CUDA_HOME", "CUDA_PATH"].iter().filter_map(std::env::var_os).map(PathBuf::from);
    homes.chain([PathBuf::from("/usr/local/cuda")]).map(|home| home.join("lib64")).collect()
}

/// The folders of NVIDIA's packages below a folder of Python packages (`site-packages`).
#[must_use]
pub fn python_folders(packages: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(packages.join("nvidia")) else { return Vec::new() };
    let mut folders: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path().join("lib"))).filter(|folder| folder.is_dir()).collect();
    folders.sort();
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_versions() {
        for (packed, expected) in
            [(130_401, Some((13, 4))), (120_805, Some((12, 8))), (120_000, Some((12, 0))), (0, None)]
        {
            assert_eq!(packed_version(packed).map(|version| (version.major, version.minor)), expected, "{packed}");
        }
    }

    #[test]
    fn a_driver_is_given_no_library_that_it_cannot_run() {
        for (most, expected) in [
            (None, vec!["libnvrtc.so.13", "libnvrtc.so.12"]),
            (Some(13), vec!["libnvrtc.so.13", "libnvrtc.so.12"]),
            (Some(12), vec!["libnvrtc.so.12"]),
            (Some(11), vec![]),
        ] {
            assert_eq!(Library::Nvrtc.names(most), expected, "{most:?}");
        }
        let why = Library::Nvrtc.load(&[], Some(11)).unwrap_err();
        assert!(why.contains("CUDA 11 at most"), "{why}");
    }

    #[test]
    fn folders_come_after_the_name_and_a_broken_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let nvidia = folder.path().join("nvidia").join("cu13").join("lib");
        std::fs::create_dir_all(&nvidia).unwrap();
        let file = nvidia.join("libcublasLt.so.13");
        std::fs::write(&file, "not a library").unwrap();
        assert_eq!(python_folders(folder.path()), std::slice::from_ref(&nvidia));
        let names = Library::CublasLt.names(None);
        let found = candidates(&names, std::slice::from_ref(&nvidia));
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found[2], (file.clone(), Some(file.clone())));
        let why = Library::CublasLt.open(&file).unwrap_err();
        assert!(why.contains("does not load") && why.contains("libcublasLt.so.13"), "{why}");
    }
}
