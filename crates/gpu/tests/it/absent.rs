//! What is said where there is no GPU.

use cudarc::driver::sys::CUresult;
use gpu::{Absent, Part};
use machine::cuda::{Library, Version};

#[test]
fn the_drivers_first_answer_names_the_part_and_the_cure() {
    for (code, part, word) in [
        (CUresult::CUDA_ERROR_STUB_LIBRARY, Part::Driver, "stub"),
        (CUresult::CUDA_ERROR_NO_DEVICE, Part::Device, "no GPU"),
        (CUresult::CUDA_ERROR_DEVICE_UNAVAILABLE, Part::Device, "another program"),
        (CUresult::CUDA_ERROR_OUT_OF_MEMORY, Part::Device, "no memory"),
        (CUresult::CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, Part::Driver, "different versions"),
        (CUresult::CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE, Part::Driver, "compatibility package"),
        (CUresult::CUDA_ERROR_OPERATING_SYSTEM, Part::Driver, "/dev"),
        (CUresult::CUDA_ERROR_UNKNOWN, Part::Driver, "CUDA_ERROR_UNKNOWN"),
    ] {
        let absent = Absent::answer(code);
        assert_eq!(absent.part, part, "{code:?}");
        assert!(absent.why.contains(word), "{absent}");
        assert!(!absent.get.is_empty() && !absent.why.ends_with('.'), "{absent}");
    }
}

#[test]
fn old_drivers_and_new_libraries_are_named_with_their_versions() {
    let version = |major, minor| Version { major, minor };
    let old = Absent::old_driver(version(11, 4));
    assert!(old.part == Part::Driver && old.to_string().contains("11.4") && old.to_string().contains("12.0"), "{old}");
    let new = Absent::mismatch(Library::CublasLt, version(13, 2), version(12, 4));
    assert_eq!(new.part, Part::CublasLt);
    assert!(new.why.contains("13.2") && new.why.contains("12.4") && new.get.contains("nvidia-cublas-cu12"), "{new}");
}

/// On a machine with a GPU this opens it; elsewhere there must be a reason, and no panic.
#[test]
fn opening_says_what_is_missing() {
    if let Err(absent) = gpu::open() {
        assert!(!absent.why.is_empty() && !absent.get.is_empty(), "{absent}");
        assert!(!absent.why.contains("panic"), "{absent}");
    }
}
