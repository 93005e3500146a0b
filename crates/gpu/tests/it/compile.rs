//! Every kernel compiles for every generation, where the compiler's library is found; no GPU is needed for that.

use std::path::{Path, PathBuf};
use std::process::Command;

use gpu::kernels::{self, Kernel, Target};
use gpu::{Capability, Element, Error};
use machine::cuda::Library;

/// Folders of NVIDIA's libraries in the packages of the Python that runs variants.
pub(crate) fn python_folders() -> Vec<PathBuf> {
    let python = std::env::var_os("BENCHBOOK_PYTHON").unwrap_or_else(|| "python3".into());
    let Ok(output) = Command::new(python).args(["-c", "import sys; print('\\n'.join(sys.path))"]).output() else {
        return Vec::new();
    };
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .flat_map(|line| machine::cuda::python_folders(Path::new(line)))
        .collect()
}

#[test]
fn every_kernel_compiles_for_every_generation() {
    let loaded = match Library::Nvrtc.load(&python_folders(), None) {
        Ok(loaded) => loaded,
        Err(why) => {
            eprintln!("not tested: {why}; {}", Library::Nvrtc.get());
            return;
        }
    };
    let known = kernels::known_architectures().unwrap();
    assert!(!known.is_empty(), "NVRTC {}", loaded.version);
    for number in [75, 80, 90, 120] {
        let capability = Capability { major: number / 10, minor: number % 10 };
        let Ok(target) = Target::of(capability, &known) else { continue };
        // What depends on the architecture is the conversion of f16; the rest is compiled for one.
        let elements = if number == 80 { &Element::COMPUTED[..] } else { &[Element::F16] };
        for element in elements.iter().copied() {
            let image =
                kernels::compile(element, target).unwrap_or_else(|error| panic!("{element:?} {target:?}: {error}"));
            for kernel in Kernel::ALL.iter().copied() {
                // Names of functions stand in the image as they are, in instructions and in text alike.
                let found = image.windows(kernel.name().len()).any(|part| part == kernel.name().as_bytes());
                assert!(found, "{} is not in the image for {capability}", kernel.name());
            }
        }
        let text = kernels::compile(Element::Bf16, Target::Portable(known[0])).unwrap();
        assert!(String::from_utf8_lossy(&text).contains(".entry layer_norm("), "PTX is text");
    }
    assert!(matches!(kernels::compile(Element::F32, Target::Exact(1)), Err(Error::Kernel { .. })));
}

#[test]
fn targets_are_exact_where_known_and_portable_above() {
    let known = [75, 80, 86, 90];
    for (major, minor, expected) in [
        (8, 0, Some(Target::Exact(80))),
        (8, 9, Some(Target::Portable(86))),
        (12, 0, Some(Target::Portable(90))),
        (7, 0, None),
    ] {
        assert_eq!(Target::of(Capability { major, minor }, &known).ok(), expected, "{major}.{minor}");
    }
    let why = Target::of(Capability { major: 7, minor: 0 }, &known).unwrap_err().to_string();
    assert!(why.contains("7.0") && why.contains("7.5 and newer"), "{why}");
}

#[test]
fn kernels_do_not_compute_in_fp8() {
    assert!(kernels::source(Element::E4m3).is_err());
}
