//! A GPU in the processor's memory: the same kernels, compiled as C++ and run thread by thread, and products by their definition.
//!
//! It makes everything but the driver's own calls testable where there is no GPU. Without a C++ compiler there is none, and the
//! tests that need it say so.

use std::collections::HashMap;
use std::ffi::{c_int, c_uint, c_void};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use gpu::kernels::{Kernel, source};
use gpu::{Argument, Described, Device, Element, Error, Factors, Handle, Layout, Product, Shape};
use libloading::Library;

type Launch = unsafe extern "C" fn(c_int, c_uint, c_uint, *mut *mut c_void) -> c_int;

/// The kernels of each kind of numbers, compiled once for all tests; or why there are none.
static KERNELS: LazyLock<Result<HashMap<Element, Library>, String>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    Element::COMPUTED.into_iter().map(|element| Ok((element, compile(element, folder.path())?))).collect()
});

/// One launch after the other: the emulation has one set of contexts.
static TURN: Mutex<()> = Mutex::new(());

fn compile(element: Element, folder: &Path) -> Result<Library, String> {
    let source = source(element).map_err(|error| error.to_string())?;
    let (definition, kernels) = source.split_once('\n').ok_or("the source has no first line")?;
    let mut text = format!("{definition}\n{}\n{kernels}\n", include_str!("shim.h"));
    text += "static void (*const table[])(void **) = {\n";
    for kernel in Kernel::ALL {
        let _ = writeln!(text, "    [](void **told) {{ call({}, told); }},", kernel.name());
    }
    text += "};\nextern \"C\" int emulate(int kernel, unsigned blocks, unsigned threads, void **told) {\n";
    text += "    return run(table[kernel], blocks, threads, told);\n}\n";
    let (from, to) = (folder.join(format!("{}.cpp", element.id())), folder.join(format!("{}.so", element.id())));
    std::fs::write(&from, text).map_err(|error| error.to_string())?;
    let compiler = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
    let arguments = ["-std=c++17", "-O1", "-w", "-U_FORTIFY_SOURCE", "-shared", "-fPIC", "-o"];
    let output = Command::new(&compiler).args(arguments).arg(&to).arg(&from).output();
    let output = output.map_err(|error| format!("the C++ compiler {} does not start: {error}", compiler.display()))?;
    // A compiler that is there must compile the kernels: anything else is a defect of theirs.
    assert!(output.status.success(), "{element:?}: {}", String::from_utf8_lossy(&output.stderr));
    // SAFETY: a library that was made here, without start-up code of its own.
    unsafe { Library::new(&to) }.map_err(|error| error.to_string())
}

/// An emulated GPU with so many bytes of memory, or none where it cannot be had; the reason is printed.
pub(crate) fn device(memory: usize) -> Option<Handle> {
    match &*KERNELS {
        Ok(_) => Some(Arc::new(Emulated { memory, reserved: AtomicUsize::new(0), beside: Mutex::default() })),
        Err(why) => {
            eprintln!("not tested: {why}");
            None
        }
    }
}

#[derive(Debug)]
struct Emulated {
    memory: usize,
    reserved: AtomicUsize,
    /// Copies beside the work, which are late: each is made when it is waited for. To, from, bytes.
    beside: Mutex<Vec<(u64, u64, usize)>>,
}

/// Memory is aligned as a GPU's is.
fn layout(bytes: usize) -> std::alloc::Layout {
    std::alloc::Layout::from_size_align(bytes, 256).expect("a size that tests ask for")
}

impl Device for Emulated {
    fn reserve(&self, bytes: usize) -> Result<u64, Error> {
        let reserved = self.reserved.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if reserved > self.memory {
            self.reserved.fetch_sub(bytes, Ordering::Relaxed);
            return Err(Error::OutOfMemory { bytes });
        }
        // SAFETY: the size is not zero.
        let address = unsafe { std::alloc::alloc(layout(bytes)) };
        // What was there before is not zero on a GPU either.
        // SAFETY: as many bytes were reserved.
        unsafe { address.write_bytes(0xFF, bytes) };
        Ok(address as u64)
    }

    unsafe fn release(&self, address: u64, bytes: usize) {
        self.reserved.fetch_sub(bytes, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { std::alloc::dealloc(address as *mut u8, layout(bytes)) };
    }

    unsafe fn write(&self, to: u64, bytes: &[u8]) -> Result<(), Error> {
        // SAFETY: the caller's promise.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to as *mut u8, bytes.len()) };
        Ok(())
    }

    unsafe fn write_beside(&self, to: u64, bytes: &[u8]) -> Result<(), Error> {
        self.beside.lock().expect("no test panics in it").push((to, bytes.as_ptr() as u64, bytes.len()));
        Ok(())
    }

    fn wait_beside(&self) -> Result<(), Error> {
        for (to, from, bytes) in self.beside.lock().expect("no test panics in it").drain(..) {
            // SAFETY: the promise of whoever asked for the copy.
            unsafe { std::ptr::copy_nonoverlapping(from as *const u8, to as *mut u8, bytes) };
        }
        Ok(())
    }

    fn pin(&self, bytes: usize) -> Result<NonNull<u8>, Error> {
        // With its size in front, which is not told again.
        let address = self.reserve(bytes + 256)?;
        // SAFETY: as many bytes were reserved.
        unsafe { (address as *mut usize).write(bytes + 256) };
        Ok(NonNull::new((address + 256) as *mut u8).expect("memory is not at zero"))
    }

    unsafe fn unpin(&self, address: NonNull<u8>) {
        let address = address.as_ptr() as u64 - 256;
        // SAFETY: `pin` wrote the size there.
        unsafe { self.release(address, (address as *const usize).read()) };
    }

    unsafe fn read(&self, from: u64, bytes: &mut [u8]) -> Result<(), Error> {
        // SAFETY: the caller's promise.
        unsafe { std::ptr::copy_nonoverlapping(from as *const u8, bytes.as_mut_ptr(), bytes.len()) };
        Ok(())
    }

    unsafe fn clear(&self, at: u64, bytes: usize) -> Result<(), Error> {
        // SAFETY: the caller's promise.
        unsafe { (at as *mut u8).write_bytes(0, bytes) };
        Ok(())
    }

    unsafe fn launch(&self, kernel: Kernel, element: Element, shape: Shape, told: &[Argument]) -> Result<(), Error> {
        let kernels = KERNELS.as_ref().expect("there is no device without kernels");
        let index = Kernel::ALL.iter().position(|other| *other == kernel).expect("every kernel is listed");
        let mut pointers: Vec<_> = told.iter().map(Argument::pointer).collect();
        let turn = TURN.lock();
        // SAFETY: the library has this function with this signature; the arguments are the caller's promise.
        let status = unsafe {
            let launch = kernels[&element].get::<Launch>(b"emulate\0").expect("the emulation exports it");
            launch(index as c_int, shape.blocks, shape.threads, pointers.as_mut_ptr())
        };
        drop(turn);
        assert_eq!(status, 0, "the threads of {} do not wait for each other equally often", kernel.name());
        Ok(())
    }

    unsafe fn multiply(&self, product: &Product, factors: Factors, [a, b, c]: [u64; 3]) -> Result<(), Error> {
        product.check()?;
        let Described { first, second, output } = product.described();
        let [a_len, b_len, c_len] = product.lengths();
        let stored = product.precision.element();
        // SAFETY: the caller's promise.
        let read = |address, element: Element, len| unsafe {
            let mut bytes = vec![0; len * element.bytes()];
            self.read(address, &mut bytes).map(|()| element.decode(&bytes))
        };
        let (a, b, mut old) = (read(a, stored, a_len)?, read(b, stored, b_len)?, read(c, product.output, c_len)?);
        for pair in 0..product.pairs {
            for column in 0..output.columns {
                for row in 0..output.rows {
                    let sum: f32 = (0..product.inner)
                        .map(|i| at(&b, &first, pair, row, i) * at(&a, &second, pair, i, column))
                        .sum();
                    let old = &mut old[pair * output.stride + column * output.rows + row];
                    // A factor of 0 does not look at what was there: it may be no number.
                    let before = if factors.beta == 0.0 { 0.0 } else { factors.beta * *old };
                    *old = factors.alpha * sum + before;
                }
            }
        }
        // SAFETY: the caller's promise.
        unsafe { self.write(c, &product.output.encode(&old)) }
    }

    fn synchronise(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// What a column-after-column matrix has at a place, after the transposition that was asked for.
fn at(memory: &[f32], layout: &Layout, pair: usize, row: usize, column: usize) -> f32 {
    let (row, column) = if layout.transposed { (column, row) } else { (row, column) };
    memory[pair * layout.stride + column * layout.rows + row]
}
