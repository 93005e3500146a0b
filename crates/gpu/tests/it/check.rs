//! The self-check: it passes on the emulated GPU, fails on one that computes wrongly, and runs on a real one if asked to.

use std::ptr::NonNull;
use std::sync::Arc;

use gpu::kernels::Kernel;
use gpu::{Argument, Buffer, Capability, Device, Element, Error, Factors, Handle, Product, Shape, check};

use crate::emulator;

const HOPPER: Capability = Capability { major: 9, minor: 0 };

#[test]
fn everything_passes_where_everything_is_right() {
    let Some(device) = emulator::device(64 << 20) else { return };
    let checks = check(&device, HOPPER);
    let wrong: Vec<_> = checks.iter().filter(|check| !check.passed()).map(ToString::to_string).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for what in ["softmax in bf16", "product in fp8", "product in tf32, a transposed", "training step in f16"] {
        assert!(checks.iter().any(|check| check.name.contains(what)), "{what}");
    }
    let older = check(&device, Capability { major: 7, minor: 5 });
    assert!(older.iter().all(|check| !check.name.contains("in fp8") && !check.name.contains("step in bf16")));
}

/// A GPU whose products come out a little too large, and whose softmax does nothing.
#[derive(Debug)]
struct Wrong(Handle);

impl Device for Wrong {
    fn reserve(&self, bytes: usize) -> Result<u64, Error> {
        self.0.reserve(bytes)
    }

    unsafe fn release(&self, address: u64, bytes: usize) {
        // SAFETY: the caller's promise, here and below.
        unsafe { self.0.release(address, bytes) };
    }

    unsafe fn write(&self, to: u64, bytes: &[u8]) -> Result<(), Error> {
        // SAFETY: as above.
        unsafe { self.0.write(to, bytes) }
    }

    unsafe fn write_beside(&self, to: u64, bytes: &[u8]) -> Result<(), Error> {
        // SAFETY: as above.
        unsafe { self.0.write_beside(to, bytes) }
    }

    fn wait_beside(&self) -> Result<(), Error> {
        self.0.wait_beside()
    }

    fn pin(&self, bytes: usize) -> Result<NonNull<u8>, Error> {
        self.0.pin(bytes)
    }

    unsafe fn unpin(&self, address: NonNull<u8>) {
        // SAFETY: as above.
        unsafe { self.0.unpin(address) };
    }

    unsafe fn read(&self, from: u64, bytes: &mut [u8]) -> Result<(), Error> {
        // SAFETY: as above.
        unsafe { self.0.read(from, bytes) }
    }

    unsafe fn clear(&self, at: u64, bytes: usize) -> Result<(), Error> {
        // SAFETY: as above.
        unsafe { self.0.clear(at, bytes) }
    }

    unsafe fn launch(&self, kernel: Kernel, element: Element, shape: Shape, told: &[Argument]) -> Result<(), Error> {
        match kernel {
            Kernel::Softmax => Ok(()),
            Kernel::Gelu => Err(Error::Unsuitable("no GELU today".to_owned())),
            // SAFETY: as above.
            _ => unsafe { self.0.launch(kernel, element, shape, told) },
        }
    }

    unsafe fn multiply(&self, product: &Product, factors: Factors, addresses: [u64; 3]) -> Result<(), Error> {
        // SAFETY: as above.
        unsafe { self.0.multiply(product, Factors { alpha: 1.05 * factors.alpha, ..factors }, addresses) }
    }

    fn synchronise(&self) -> Result<(), Error> {
        self.0.synchronise()
    }
}

#[test]
fn wrong_answers_are_found() {
    let Some(device) = emulator::device(64 << 20) else { return };
    let wrong: Handle = Arc::new(Wrong(device));
    for check in check(&wrong, HOPPER) {
        let expected = ["softmax", "GELU", "product", "training step"].iter().any(|what| check.name.contains(what));
        assert_eq!(!check.passed(), expected, "{check}");
        assert!(!check.name.contains("GELU") || check.to_string().ends_with("no GELU today"), "{check}");
    }
}

/// The first thing to run on a machine with a GPU.
#[test]
#[ignore = "needs an NVIDIA GPU with its libraries"]
fn this_gpu_answers_as_the_processor_does() {
    let gpu = gpu::open_with(&crate::compile::python_folders()).unwrap_or_else(|absent| panic!("{absent}"));
    println!("{:#?}", gpu.facts());
    let checks = check(gpu.handle(), gpu.facts().capability);
    checks.iter().for_each(|check| println!("{} {check}", if check.passed() { "good " } else { "WRONG" }));
    assert!(checks.iter().all(gpu::Check::passed));
}

/// Batches that are copied while the GPU works arrive whole and in order.
#[test]
#[ignore = "needs an NVIDIA GPU with its libraries"]
fn this_gpu_is_fed_in_order() {
    let gpu = gpu::open_with(&crate::compile::python_folders()).unwrap_or_else(|absent| panic!("{absent}"));
    crate::copies::are_in_order(gpu.handle(), 1 << 20);
    let moments = gpu.monitor(std::time::Duration::from_millis(5)).map(|monitor| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        monitor.stop()
    });
    assert!(moments.is_ok_and(|moments| moments.len() > 2));
}

/// More than there is must be an error that leaves the GPU usable.
#[test]
#[ignore = "needs an NVIDIA GPU with its libraries"]
fn this_gpu_survives_a_lack_of_memory() {
    let gpu = gpu::open_with(&crate::compile::python_folders()).unwrap_or_else(|absent| panic!("{absent}"));
    let free = gpu.free_bytes().unwrap();
    let too_much = Buffer::reserve(gpu.handle(), Element::F32, free / 2);
    assert!(matches!(too_much, Err(Error::OutOfMemory { .. })), "{too_much:?}");
    assert_eq!(gpu.upload(Element::F16, &[1.5]).unwrap().download().unwrap(), [1.5]);
}
