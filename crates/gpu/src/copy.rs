//! Copies between the host and the GPU: from ordinary and from pinned memory, and beside the GPU's work.

use std::sync::Arc;

use cudarc::driver::{CudaEvent, CudaStream, PinnedHostSlice, result, sys};

use crate::buffer::{Buffer, View, ViewMut};
use crate::cuda::Gpu;
use crate::element::Element;
use crate::error::{Error, guard};

/// Memory of the host that stays where it is, so that the GPU fetches from it by itself.
#[derive(Debug)]
pub struct Pinned {
    memory: PinnedHostSlice<u8>,
}

impl Pinned {
    /// Zeros.
    ///
    /// # Errors
    /// If the system gives no such memory, which it limits.
    pub fn zeros(gpu: &Gpu, bytes: usize) -> Result<Self, Error> {
        gpu.cuda().call("pinning memory", || {
            // SAFETY: it is filled below, before anyone reads it.
            let memory = unsafe { gpu.cuda().context().alloc_pinned_with_flags::<u8>(bytes.max(1), 0) };
            let mut pinned = Self { memory: memory.map_err(Error::driver("pinning memory"))? };
            pinned.bytes_mut()?.fill(0);
            Ok(pinned)
        })
    }

    /// Its bytes.
    ///
    /// # Errors
    /// What the driver refuses.
    pub fn bytes(&self) -> Result<&[u8], Error> {
        self.memory.as_slice().map_err(Error::driver("reading pinned memory"))
    }

    /// Its bytes, to be written.
    ///
    /// # Errors
    /// What the driver refuses.
    pub fn bytes_mut(&mut self) -> Result<&mut [u8], Error> {
        self.memory.as_mut_slice().map_err(Error::driver("writing pinned memory"))
    }
}

/// Copies bytes of the host to the GPU as they are, and waits until they are there. Both kinds of memory come through here: a
/// slice of [`Pinned::bytes`] is recognised by the driver, any other goes through its staging buffer.
///
/// # Errors
/// If there are not as many bytes on both sides.
pub fn copy_in(gpu: &Gpu, from: &[u8], to: ViewMut<'_>) -> Result<(), Error> {
    let to = to.view();
    fits(from.len(), to)?;
    // SAFETY: the view is of a buffer that is still there, and as long; the wait comes before the borrow of `from` ends.
    let copied = unsafe { to.device().write(to.address(), from) };
    gpu.synchronise().and(copied)
}

/// Copies bytes of the GPU to the host as they are, and waits until they are there.
///
/// # Errors
/// If there are not as many bytes on both sides.
pub fn copy_out(from: View<'_>, to: &mut [u8]) -> Result<(), Error> {
    fits(to.len(), from)?;
    // SAFETY: the view is of a buffer that is still there, and as long.
    unsafe { from.device().read(from.address(), to) }
}

fn fits(bytes: usize, view: View<'_>) -> Result<(), Error> {
    let there = view.len() * view.element().bytes();
    if bytes == there {
        return Ok(());
    }
    Err(Error::Unsuitable(format!("a copy of {bytes} bytes with a place of {there}")))
}

/// Batches that are copied while the GPU works on earlier ones: a ring of places, each with pinned memory on the host and
/// memory on the GPU, and a second stream for the copies.
#[derive(Debug)]
pub struct Feed {
    gpu: Gpu,
    copies: Arc<CudaStream>,
    places: Vec<Place>,
    /// Batches that were put in, and that were taken out.
    filled: usize,
    used: usize,
}

#[derive(Debug)]
struct Place {
    host: Pinned,
    there: Buffer,
    /// The last copy into it is done.
    copied: Option<CudaEvent>,
    /// The last work on it is done.
    worked: Option<CudaEvent>,
}

impl Feed {
    /// A ring of `depth` places (at least one) for batches of so many numbers of a kind.
    ///
    /// # Errors
    /// If memory does not suffice, on the GPU or pinned on the host.
    pub fn new(gpu: &Gpu, element: Element, numbers: usize, depth: usize) -> Result<Self, Error> {
        let copies = gpu
            .cuda()
            .call("making a stream", || gpu.cuda().context().new_stream().map_err(Error::driver("making a stream")))?;
        let place = || {
            let there = gpu.zeros(element, numbers)?;
            Ok(Place { host: Pinned::zeros(gpu, there.bytes())?, there, copied: None, worked: None })
        };
        let places = (0..depth.max(1)).map(|_| place()).collect::<Result<_, Error>>()?;
        // The zeros are written on the other stream.
        gpu.synchronise()?;
        Ok(Self { gpu: gpu.clone(), copies, places, filled: 0, used: 0 })
    }

    /// Whether a batch can be put in before one is taken out.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.filled - self.used < self.places.len()
    }

    /// Writes the next batch into pinned memory and starts its copy; returns while the copy runs.
    ///
    /// # Errors
    /// If there is no room, or the driver refuses.
    pub fn put(&mut self, write: impl FnOnce(&mut [u8])) -> Result<(), Error> {
        if !self.has_room() {
            return Err(Error::Unsuitable("every place is taken: work on a batch first".to_owned()));
        }
        let index = self.filled % self.places.len();
        let place = &mut self.places[index];
        // The pinned memory may be written again when its last copy is done.
        if let Some(copied) = place.copied.take() {
            guard("waiting for a copy", || copied.synchronize().map_err(Error::driver("waiting for a copy")))?;
        }
        write(place.host.bytes_mut()?);
        let copies = &self.copies;
        let event = self.gpu.cuda().call("copying a batch", || {
            if let Some(worked) = &place.worked {
                copies.wait(worked).map_err(Error::driver("waiting for work"))?;
            }
            let (to, from) = (place.there.view().address(), place.host.bytes()?);
            // SAFETY: both are of the same length, and stay until the copy is done: `put` waits for it, and so does `drop`.
            unsafe { result::memcpy_htod_async(to, from, copies.cu_stream()) }
                .map_err(Error::driver("copying a batch"))?;
            copies.record_event(None).map_err(Error::driver("marking a copy"))
        })?;
        place.copied = Some(event);
        self.filled += 1;
        Ok(())
    }

    /// Asks for work on the oldest batch, which begins when its copy is done; returns before the work is done.
    ///
    /// # Errors
    /// If no batch was put in, or what the work says.
    pub fn work<R>(&mut self, work: impl FnOnce(View<'_>) -> Result<R, Error>) -> Result<R, Error> {
        if self.used == self.filled {
            return Err(Error::Unsuitable("there is no batch to work on: put one in first".to_owned()));
        }
        let index = self.used % self.places.len();
        let place = &mut self.places[index];
        let cuda = self.gpu.cuda();
        if let Some(copied) = &place.copied {
            cuda.call("waiting for a copy", || {
                cuda.stream().wait(copied).map_err(Error::driver("waiting for a copy"))
            })?;
        }
        let done = work(place.there.view())?;
        place.worked = Some(cuda.call("marking work", || {
            cuda.stream()
                .record_event(Some(sys::CUevent_flags::CU_EVENT_DISABLE_TIMING))
                .map_err(Error::driver("marking work"))
        })?);
        self.used += 1;
        Ok(done)
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        // No copy may run on when its memory is given back. A refusal comes of work that failed before; then nothing runs.
        let _ = self
            .gpu
            .cuda()
            .call("waiting for copies", || self.copies.synchronize().map_err(Error::driver("waiting for copies")));
    }
}
