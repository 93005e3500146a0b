//! Numbers on their way to the GPU: from ordinary and from pinned memory, in turns with the GPU's work or beside it.

use std::ptr::NonNull;
use std::sync::Arc;

use crate::buffer::{Buffer, View, ViewMut};
use crate::device::Handle;
use crate::element::Element;
use crate::error::Error;
use crate::operations::needs;

/// Numbers in memory of the host that stays where it is, so that the GPU fetches from it by itself.
#[derive(Debug)]
pub struct Pinned {
    device: Handle,
    address: NonNull<f32>,
    len: usize,
}

// SAFETY: the memory is this value's own, as a boxed slice's is.
unsafe impl Send for Pinned {}
// SAFETY: as above; it is written through `&mut` alone.
unsafe impl Sync for Pinned {}

impl Pinned {
    /// Zeros.
    ///
    /// # Errors
    /// If the system gives no such memory, which it limits.
    pub fn zeros(device: &Handle, len: usize) -> Result<Self, Error> {
        let bytes = len.checked_mul(size_of::<f32>()).ok_or(Error::OutOfMemory { bytes: usize::MAX })?.max(1);
        let address = device.pin(bytes)?;
        // SAFETY: as many bytes were reserved, and nobody has seen them yet.
        unsafe { address.write_bytes(0, bytes) };
        Ok(Self { device: Arc::clone(device), address: address.cast(), len })
    }
}

impl AsRef<[f32]> for Pinned {
    fn as_ref(&self) -> &[f32] {
        // SAFETY: so many numbers were reserved and written.
        unsafe { std::slice::from_raw_parts(self.address.as_ptr(), self.len) }
    }
}

impl AsMut<[f32]> for Pinned {
    fn as_mut(&mut self) -> &mut [f32] {
        // SAFETY: so many numbers were reserved and written, and nobody else sees them.
        unsafe { std::slice::from_raw_parts_mut(self.address.as_ptr(), self.len) }
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // SAFETY: the address came from `pin`. Copies from it hold a borrow until they are done.
        unsafe { self.device.unpin(self.address.cast()) };
    }
}

/// Copies numbers of the host to the GPU, and waits until they are there. Both kinds of memory come through here: the driver knows
/// [`Pinned`] when it sees it, and takes any other through its own staging buffer.
///
/// # Errors
/// If there are not as many numbers on both sides, in f32.
pub fn copy_in(from: &[f32], to: ViewMut<'_>) -> Result<(), Error> {
    let to = to.view();
    needs("a copy", to, Element::F32, from.len())?;
    // SAFETY: the view is of a buffer that is still there, and as long; the wait comes before the borrow of `from` ends.
    let copied = unsafe { to.device().write(to.address(), bytes(from)) };
    to.device().synchronise().and(copied)
}

/// Two places on the GPU: a batch is copied into the one while the GPU works on the batch in the other.
#[derive(Debug)]
pub struct DoubleBuffer {
    device: Handle,
    places: [Buffer; 2],
    /// Numbers of the batch that was copied last and not worked on, in the first place.
    waiting: Option<usize>,
}

impl DoubleBuffer {
    /// For batches of so many numbers at most.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn new(device: &Handle, numbers: usize) -> Result<Self, Error> {
        let place = || Buffer::reserve(device, Element::F32, numbers);
        Ok(Self { device: Arc::clone(device), places: [place()?, place()?], waiting: None })
    }

    /// Copies the next batch, if there is one, while `work` is done on the one before, if there is one; returns when both are done.
    /// It is from [`Pinned`] memory alone that a copy runs beside the work.
    ///
    /// # Errors
    /// If the batch is too large; what the driver or the work says.
    pub fn turn<R, E: From<Error>>(
        &mut self,
        next: Option<&[f32]>,
        work: impl FnOnce(View<'_>) -> Result<R, E>,
    ) -> Result<Option<R>, E> {
        let [before, into] = &self.places;
        let copying = Copying(&self.device);
        if let Some(next) = next {
            if next.len() > into.len() {
                return Err(Error::too_large(next.len(), into.len()).into());
            }
            // SAFETY: the place is large enough, and nothing works on it; `copying` waits before the borrow of `next` ends.
            unsafe { self.device.write_beside(into.view().address(), bytes(next)) }?;
        }
        let done = self.waiting.take().map(|len| work(before.view().slice(0..len))).transpose();
        // Neither place may be written again before the work is done, nor be worked on before the copy is.
        let worked = self.device.synchronise();
        let copied = copying.wait();
        let done = done?;
        worked.and(copied)?;
        self.places.swap(0, 1);
        self.waiting = next.map(<[f32]>::len);
        Ok(done)
    }
}

/// A copy that may be running: it is waited for, also when the work beside it fails or panics.
struct Copying<'a>(&'a Handle);

impl Copying<'_> {
    fn wait(&self) -> Result<(), Error> {
        self.0.wait_beside()
    }
}

impl Drop for Copying<'_> {
    fn drop(&mut self) {
        // What went wrong was said by `wait`, or comes after an error that is on its way.
        let _ = self.wait();
    }
}

fn bytes(numbers: &[f32]) -> &[u8] {
    // SAFETY: every number is four bytes, and any byte is one.
    unsafe { std::slice::from_raw_parts(numbers.as_ptr().cast(), size_of_val(numbers)) }
}
