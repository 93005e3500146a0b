//! Numbers on the GPU.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use crate::device::Handle;
use crate::element::{E4M3_MAX, Element};
use crate::error::Error;

/// Numbers of one kind on the GPU, which gives their memory back when they are dropped.
#[derive(Debug)]
pub struct Buffer {
    device: Handle,
    address: u64,
    element: Element,
    len: usize,
}

/// Some of a buffer's numbers, to be read.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    device: &'a Handle,
    address: u64,
    element: Element,
    len: usize,
}

/// Some of a buffer's numbers, to be written.
#[derive(Debug)]
pub struct ViewMut<'a> {
    view: View<'a>,
    /// Nothing else may look at them meanwhile.
    unique: PhantomData<&'a mut ()>,
}

impl Buffer {
    /// Room for numbers, with whatever was there before.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn reserve(device: &Handle, element: Element, len: usize) -> Result<Self, Error> {
        // A request for nothing is an error of the driver's.
        let bytes = len.checked_mul(element.bytes()).ok_or(Error::OutOfMemory { bytes: usize::MAX })?.max(1);
        Ok(Self { device: Arc::clone(device), address: device.reserve(bytes)?, element, len })
    }

    /// Zeros.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn zeros(device: &Handle, element: Element, len: usize) -> Result<Self, Error> {
        let mut buffer = Self::reserve(device, element, len)?;
        buffer.view_mut().clear()?;
        Ok(buffer)
    }

    /// Numbers of the host, rounded to the nearest that the kind can hold.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn upload(device: &Handle, element: Element, numbers: &[f32]) -> Result<Self, Error> {
        let mut buffer = Self::reserve(device, element, numbers.len())?;
        buffer.view_mut().write(numbers)?;
        Ok(buffer)
    }

    /// Numbers of the host in 8 bits, divided by the scale that makes the largest the largest of e4m3; and the scale.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn quantise(device: &Handle, numbers: &[f32]) -> Result<(Self, f32), Error> {
        let largest = numbers.iter().fold(0_f32, |largest, number| largest.max(number.abs()));
        let scale = if largest > 0.0 && largest.is_finite() { largest / E4M3_MAX } else { 1.0 };
        let scaled: Vec<f32> = numbers.iter().map(|number| number / scale).collect();
        Ok((Self::upload(device, Element::E4m3, &scaled)?, scale))
    }

    /// Whole numbers of the host, in a buffer of [`Element::F32`], whose bits they are.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn indices(device: &Handle, indices: &[u32]) -> Result<Self, Error> {
        let mut buffer = Self::reserve(device, Element::F32, indices.len())?;
        buffer.view_mut().write_indices(indices)?;
        Ok(buffer)
    }

    /// The GPU that it lies on.
    #[must_use]
    pub fn device(&self) -> &Handle {
        &self.device
    }

    /// Kind of numbers.
    #[must_use]
    pub fn element(&self) -> Element {
        self.element
    }

    /// How many numbers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes of all numbers.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.len * self.element.bytes()
    }

    /// All of it, to be read.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View { device: &self.device, address: self.address, element: self.element, len: self.len }
    }

    /// All of it, to be written.
    pub fn view_mut(&mut self) -> ViewMut<'_> {
        ViewMut { view: self.view(), unique: PhantomData }
    }

    /// All numbers, when the work that was asked for before is done.
    ///
    /// # Errors
    /// What went wrong in that work.
    pub fn download(&self) -> Result<Vec<f32>, Error> {
        self.view().download()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: the address came from `reserve` with as many bytes, and views borrow the buffer.
        unsafe { self.device.release(self.address, self.bytes().max(1)) };
    }
}

impl<'a> View<'a> {
    /// A part of it.
    ///
    /// # Panics
    /// If the range reaches beyond its end, as a slice does.
    #[must_use]
    pub fn slice(self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.len, "{range:?} of {} numbers", self.len);
        let address = self.address + (range.start * self.element.bytes()) as u64;
        Self { address, len: range.len(), ..self }
    }

    /// All numbers, when the work that was asked for before is done.
    ///
    /// # Errors
    /// What went wrong in that work.
    pub fn download(self) -> Result<Vec<f32>, Error> {
        let mut bytes = vec![0; self.len * self.element.bytes()];
        // SAFETY: the view is of a buffer that is still there.
        unsafe { self.device.read(self.address, &mut bytes)? };
        Ok(self.element.decode(&bytes))
    }

    pub(crate) fn device(self) -> &'a Handle {
        self.device
    }

    pub(crate) fn address(self) -> u64 {
        self.address
    }

    pub(crate) fn element(self) -> Element {
        self.element
    }

    pub(crate) fn len(self) -> usize {
        self.len
    }
}

impl ViewMut<'_> {
    /// A part of it.
    ///
    /// # Panics
    /// If the range reaches beyond its end, as a slice does.
    #[must_use]
    pub fn slice(self, range: Range<usize>) -> Self {
        Self { view: self.view.slice(range), unique: PhantomData }
    }

    /// The same for a shorter time.
    pub fn reborrow(&mut self) -> ViewMut<'_> {
        ViewMut { view: self.view, unique: PhantomData }
    }

    /// Zeros.
    ///
    /// # Errors
    /// What the driver refuses.
    pub fn clear(&mut self) -> Result<(), Error> {
        // SAFETY: the view is of a buffer that is still there.
        unsafe { self.view.device.clear(self.view.address, self.view.len * self.view.element.bytes()) }
    }

    /// Numbers of the host, rounded to the nearest that the kind can hold.
    ///
    /// # Errors
    /// If there are not as many as there is room for.
    pub fn write(&mut self, numbers: &[f32]) -> Result<(), Error> {
        self.fits(numbers.len())?;
        // SAFETY: the view is of a buffer that is still there, and as long.
        unsafe { self.view.device.write(self.view.address, &self.view.element.encode(numbers)) }
    }

    /// Whole numbers of the host, as bits.
    ///
    /// # Errors
    /// If there are not as many as there is room for, or these numbers do not have 32 bits.
    pub fn write_indices(&mut self, indices: &[u32]) -> Result<(), Error> {
        self.fits(indices.len())?;
        if self.view.element != Element::F32 {
            return Err(Error::Unsuitable("whole numbers need a buffer of 32 bits each".to_owned()));
        }
        let bytes: Vec<u8> = indices.iter().flat_map(|index| index.to_ne_bytes()).collect();
        // SAFETY: as in `write`.
        unsafe { self.view.device.write(self.view.address, &bytes) }
    }

    fn fits(&self, len: usize) -> Result<(), Error> {
        if len == self.view.len {
            return Ok(());
        }
        Err(Error::Unsuitable(format!("{len} numbers for a place of {}", self.view.len)))
    }

    pub(crate) fn view(&self) -> View<'_> {
        self.view
    }
}
