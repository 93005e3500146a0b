//! The GPU that runs: cudarc's driver calls behind [`Device`].

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cudarc::driver::{CudaContext, CudaFunction, CudaModule, CudaStream, result};
use cudarc::nvrtc::Ptx;

use crate::blas::Blas;
use crate::buffer::Buffer;
use crate::device::{Device, Factors, Handle};
use crate::element::Element;
use crate::error::{Error, guard};
use crate::facts::Facts;
use crate::kernels::{self, Kernel, Target};
use crate::launch::{Argument, Shape};
use crate::monitor::Monitor;
use crate::precision::Precision;
use crate::product::Product;

/// A GPU that was opened.
#[derive(Clone, Debug)]
pub struct Gpu {
    cuda: Arc<Cuda>,
    handle: Handle,
}

impl From<Arc<Cuda>> for Gpu {
    fn from(cuda: Arc<Cuda>) -> Self {
        let handle: Handle = Arc::<Cuda>::clone(&cuda);
        Self { cuda, handle }
    }
}

impl Gpu {
    /// What it is.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.cuda.facts
    }

    /// Whether it has matrix units for a precision.
    ///
    /// # Errors
    /// The reason, as a sentence without a full stop.
    pub fn supports(&self, precision: Precision) -> Result<(), String> {
        precision.supported(self.cuda.facts.capability)
    }

    /// What buffers, products and trainers are made with.
    #[must_use]
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Zeros on the GPU.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn zeros(&self, element: Element, len: usize) -> Result<Buffer, Error> {
        Buffer::zeros(&self.handle, element, len)
    }

    /// Numbers of the host, rounded to what the kind can hold.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn upload(&self, element: Element, numbers: &[f32]) -> Result<Buffer, Error> {
        Buffer::upload(&self.handle, element, numbers)
    }

    /// Waits until all work is done: the end of everything that is timed.
    ///
    /// # Errors
    /// What went wrong in it.
    pub fn synchronise(&self) -> Result<(), Error> {
        self.handle.synchronise()
    }

    /// Bytes that are free on the GPU now, beside all programs.
    ///
    /// # Errors
    /// What the driver refuses.
    pub fn free_bytes(&self) -> Result<usize, Error> {
        guard("asking for free memory", || {
            self.cuda.context.mem_get_info().map(|(free, _)| free).map_err(Error::driver("asking for free memory"))
        })
    }

    /// Starts to watch utilisation, power and memory, in a thread of its own.
    ///
    /// # Errors
    /// Why NVML cannot be asked, as a sentence without a full stop.
    pub fn monitor(&self, interval: Duration) -> Result<Monitor, String> {
        Monitor::start(&self.cuda.bus, interval)
    }
}

/// The opened GPU: a context, a stream that all work goes through, and what was compiled and looked up so far.
#[derive(Debug)]
pub(crate) struct Cuda {
    // Dropped in this order: what belongs to the context before the context.
    blas: Mutex<Blas>,
    modules: Mutex<HashMap<Element, Module>>,
    stream: Arc<CudaStream>,
    /// For copies beside the work.
    beside: Arc<CudaStream>,
    context: Arc<CudaContext>,
    target: Target,
    facts: Facts,
    bus: String,
}

#[derive(Debug)]
struct Module {
    module: Arc<CudaModule>,
    functions: HashMap<Kernel, CudaFunction>,
}

impl Cuda {
    pub(crate) fn new(context: Arc<CudaContext>, facts: Facts, bus: String) -> Result<Self, Error> {
        // SAFETY: all work goes through one stream, in order; copies beside it touch nothing that work does (`crate::copy`).
        unsafe { context.disable_event_tracking() };
        let stream = || guard("making a stream", || context.new_stream().map_err(Error::driver("making a stream")));
        let (stream, beside) = (stream()?, stream()?);
        let target = Target::of(facts.capability, &kernels::known_architectures()?)?;
        let blas = Mutex::new(Blas::new(&stream)?);
        Ok(Self { blas, modules: Mutex::default(), stream, beside, context, target, facts, bus })
    }

    /// Makes the context current in this thread and calls.
    fn call<T>(&self, what: &'static str, call: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        guard(what, || {
            self.context.bind_to_thread().map_err(Error::driver(what))?;
            call()
        })
    }

    fn function(&self, kernel: Kernel, element: Element) -> Result<CudaFunction, Error> {
        let mut modules = self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        let module = match modules.entry(element) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let image = kernels::compile(element, self.target)?;
                let module =
                    self.context.load_module(Ptx::from_binary(image)).map_err(Error::driver("loading the kernels"))?;
                entry.insert(Module { module, functions: HashMap::new() })
            }
        };
        match module.functions.entry(kernel) {
            Entry::Occupied(entry) => Ok(entry.get().clone()),
            Entry::Vacant(entry) => {
                let function = module.module.load_function(kernel.name()).map_err(Error::driver("finding a kernel"))?;
                Ok(entry.insert(function).clone())
            }
        }
    }
}

impl Device for Cuda {
    fn reserve(&self, bytes: usize) -> Result<u64, Error> {
        self.call("reserving memory", || {
            // SAFETY: the context is current.
            unsafe { result::malloc_sync(bytes) }.map_err(Error::memory(bytes))
        })
    }

    unsafe fn release(&self, address: u64, _bytes: usize) {
        // The driver waits for the work that uses it. Nothing can be done about a refusal, which comes of work that failed before.
        let _ = self.call("giving memory back", || {
            // SAFETY: the caller's promise.
            unsafe { result::free_sync(address) }.map_err(Error::driver("giving memory back"))
        });
    }

    unsafe fn write(&self, to: u64, bytes: &[u8]) -> Result<(), Error> {
        self.call("copying to the GPU", || {
            // SAFETY: the caller's promise; memory that is not pinned is copied before the call returns.
            unsafe { result::memcpy_htod_async(to, bytes, self.stream.cu_stream()) }
                .map_err(Error::driver("copying to the GPU"))
        })
    }

    unsafe fn write_beside(&self, to: u64, bytes: &[u8]) -> Result<(), Error> {
        self.call("copying to the GPU", || {
            // SAFETY: the caller's promise.
            unsafe { result::memcpy_htod_async(to, bytes, self.beside.cu_stream()) }
                .map_err(Error::driver("copying to the GPU"))
        })
    }

    fn wait_beside(&self) -> Result<(), Error> {
        self.call("waiting for a copy", || self.beside.synchronize().map_err(Error::driver("waiting for a copy")))
    }

    fn pin(&self, bytes: usize) -> Result<NonNull<u8>, Error> {
        self.call("pinning memory", || {
            // SAFETY: the context is current.
            let address = unsafe { result::malloc_host(bytes, 0) }.map_err(Error::memory(bytes))?;
            NonNull::new(address.cast()).ok_or(Error::OutOfMemory { bytes })
        })
    }

    unsafe fn unpin(&self, address: NonNull<u8>) {
        // Nothing can be done about a refusal, which comes of work that failed before.
        let _ = self.call("giving pinned memory back", || {
            // SAFETY: the caller's promise.
            unsafe { result::free_host(address.as_ptr().cast()) }.map_err(Error::driver("giving pinned memory back"))
        });
    }

    unsafe fn read(&self, from: u64, bytes: &mut [u8]) -> Result<(), Error> {
        self.call("copying from the GPU", || {
            // SAFETY: the caller's promise; the bytes are not touched before the stream is done.
            unsafe { result::memcpy_dtoh_async(bytes, from, self.stream.cu_stream()) }
                .map_err(Error::driver("copying from the GPU"))?;
            self.stream.synchronize().map_err(Error::driver("copying from the GPU"))
        })
    }

    unsafe fn clear(&self, at: u64, bytes: usize) -> Result<(), Error> {
        if bytes == 0 {
            return Ok(());
        }
        self.call("setting memory to zero", || {
            // SAFETY: the caller's promise.
            unsafe { result::memset_d8_async(at, 0, bytes, self.stream.cu_stream()) }
                .map_err(Error::driver("setting memory to zero"))
        })
    }

    unsafe fn launch(
        &self,
        kernel: Kernel,
        element: Element,
        shape: Shape,
        arguments: &[Argument],
    ) -> Result<(), Error> {
        self.call("running a kernel", || {
            let function = self.function(kernel, element)?;
            let mut pointers: Vec<_> = arguments.iter().map(Argument::pointer).collect();
            // SAFETY: the caller's promise; the driver copies the arguments before the call returns.
            unsafe {
                result::launch_kernel(
                    function.cu_function(),
                    (shape.blocks, 1, 1),
                    (shape.threads, 1, 1),
                    0,
                    self.stream.cu_stream(),
                    &mut pointers,
                )
            }
            .map_err(Error::driver(kernel.name()))
        })
    }

    unsafe fn multiply(&self, product: &Product, factors: Factors, addresses: [u64; 3]) -> Result<(), Error> {
        product.check()?;
        self.call("multiplying matrices", || {
            let mut blas = self.blas.lock().unwrap_or_else(PoisonError::into_inner);
            // SAFETY: the caller's promise.
            unsafe { blas.multiply(product, factors, addresses) }
        })
    }

    fn synchronise(&self) -> Result<(), Error> {
        self.call("waiting for the GPU", || self.stream.synchronize().map_err(Error::driver("waiting for the GPU")))
    }
}
