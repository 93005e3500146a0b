//! The GPU: its driver, and the libraries that variants on it call.

use std::path::PathBuf;

use results::Lane;

use crate::cuda::{FOLDERS, Library, OLDEST};
use crate::probe::gpu_driver;

/// The driver with at least one GPU; its version is the newest CUDA that it runs.
pub(super) fn driver() -> Lane {
    let answer = gpu_driver()
        .and_then(|driver| match driver.count {
            0 => Err("the NVIDIA driver is there, but no GPU".to_owned()),
            _ => driver.cuda.clone(),
        })
        .and_then(new_enough);
    let get = "needs an NVIDIA GPU and its driver, see https://www.nvidia.com/drivers";
    Lane {
        id: "cuda".to_owned(),
        version: answer.as_ref().ok().cloned(),
        path: None,
        missing: answer.err().map(|why| format!("{why}; {get}")),
        adds:
            "GPU variants beside the processor's, with the GPU's own memory, power and utilisation beside their times"
                .to_owned(),
    }
}

fn new_enough(version: String) -> Result<String, String> {
    match major(&version) {
        Some(major) if major < OLDEST.major => {
            Err(format!("the NVIDIA driver runs CUDA {version}, and {OLDEST} is the oldest that Benchbook uses"))
        }
        _ => Ok(version),
    }
}

fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

/// The driver's lane, then one for each library that it can run. Libraries may lie in the given folders.
pub(super) fn lanes(driver: Lane, folders: &[PathBuf]) -> Vec<Lane> {
    let most = driver.version.as_deref().and_then(major);
    let libraries = Library::ALL.map(|library| lane(library, folders, most));
    [driver].into_iter().chain(libraries).collect()
}

fn lane(library: Library, folders: &[PathBuf], most: Option<u32>) -> Lane {
    let answer = library.load(folders, most);
    Lane {
        id: library.id().to_owned(),
        version: answer.as_ref().ok().map(|loaded| loaded.version.to_string()),
        path: answer.as_ref().ok().and_then(|loaded| Some(loaded.path.as_ref()?.display().to_string())),
        missing: answer.err().map(|why| format!("{why}; {}", library.get())),
        adds: library.adds().to_owned(),
    }
}

/// The environment that a worker needs to find the libraries where the lanes found them, if any lies in a folder of its own.
#[must_use]
pub fn environment(lanes: &[Lane]) -> Option<(String, String)> {
    let of = |library: Library| lanes.iter().find(|lane| lane.id == library.id())?.path.as_deref().map(PathBuf::from);
    let mut folders: Vec<PathBuf> =
        Library::ALL.into_iter().filter_map(|library| Some(of(library)?.parent()?.to_path_buf())).collect();
    folders.dedup();
    // A folder with the separator in its name cannot be passed on; then the library is not found, which the worker says.
    let joined = std::env::join_paths(&folders).ok().filter(|_| !folders.is_empty())?;
    Some((FOLDERS.to_owned(), joined.into_string().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(id: &str, path: Option<&str>) -> Lane {
        let path = path.map(str::to_owned);
        Lane { id: id.to_owned(), version: Some("13.2".to_owned()), path, missing: None, adds: String::new() }
    }

    #[test]
    fn workers_are_told_the_folders_that_the_lanes_found() {
        for (nvrtc, cublaslt, expected) in [
            (None, None, None),
            (Some("/a/lib/libnvrtc.so.13"), None, Some("/a/lib")),
            (Some("/a/lib/libnvrtc.so.13"), Some("/a/lib/libcublasLt.so.13"), Some("/a/lib")),
            (Some("/a/lib/libnvrtc.so.12"), Some("/b/lib/libcublasLt.so.12"), Some("/a/lib:/b/lib")),
        ] {
            let found = environment(&[at("nvrtc", nvrtc), at("cublaslt", cublaslt)]);
            let expected = expected.map(|folders| (FOLDERS.to_owned(), folders.to_owned()));
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn an_old_driver_is_as_good_as_none() {
        assert!(new_enough("11.8".to_owned()).unwrap_err().contains("11.8"));
        assert_eq!(new_enough("12.4".to_owned()).as_deref(), Ok("12.4"));
    }

    #[test]
    fn a_missing_library_says_what_it_would_add_and_how_to_get_it() {
        let driver = Lane { version: Some("11.4".to_owned()), ..at("cuda", None) };
        let lanes = lanes(driver, &[]);
        assert_eq!(lanes.iter().map(|lane| lane.id.as_str()).collect::<Vec<_>>(), ["cuda", "nvrtc", "cublaslt"]);
        for lane in &lanes[1..] {
            let missing = lane.missing.as_deref().unwrap();
            assert!(missing.contains("CUDA 11 at most; pip install nvidia-cu"), "{missing}");
        }
    }
}
