//! What the rest of this crate needs of a GPU: memory, launches, products.
//!
//! [`Gpu`](crate::Gpu) is the one that runs. The tests have another, in the processor's memory, that runs the same kernels thread by
//! thread: so the host's side of everything is tested where there is no GPU.

use std::fmt::Debug;
use std::ptr::NonNull;
use std::sync::Arc;

use crate::element::Element;
use crate::error::Error;
use crate::kernels::Kernel;
use crate::launch::{Argument, Shape};
use crate::product::Product;

/// A GPU, shared by everything that lies on it.
pub type Handle = Arc<dyn Device>;

/// A GPU. Work is done in the order in which it is asked for, and a call returns before it is done, except where it says so.
///
/// Addresses are those that [`reserve`](Self::reserve) returned, or lie behind them.
pub trait Device: Debug + Send + Sync {
    /// Reserves memory, aligned to 256 bytes, with whatever was there before.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`], and what the driver refuses.
    fn reserve(&self, bytes: usize) -> Result<u64, Error>;

    /// Gives memory back, after the work that was asked for before.
    ///
    /// # Safety
    /// The address must come from [`reserve`](Self::reserve) with as many bytes, and must not be used any more.
    unsafe fn release(&self, address: u64, bytes: usize);

    /// Copies to the GPU; the bytes may be changed afterwards.
    ///
    /// # Errors
    /// What the driver refuses.
    ///
    /// # Safety
    /// As many bytes must be reserved there.
    unsafe fn write(&self, to: u64, bytes: &[u8]) -> Result<(), Error>;

    /// Starts to copy to the GPU beside its work: in no order with it, and in order with other such copies.
    ///
    /// # Errors
    /// What the driver refuses.
    ///
    /// # Safety
    /// As many bytes must be reserved there, and no work may touch them; both they and `bytes` stay until
    /// [`wait_beside`](Self::wait_beside) has returned.
    unsafe fn write_beside(&self, to: u64, bytes: &[u8]) -> Result<(), Error>;

    /// Waits until all copies beside the work are done.
    ///
    /// # Errors
    /// What went wrong in them.
    fn wait_beside(&self) -> Result<(), Error>;

    /// Reserves memory of the host from which the GPU fetches by itself, aligned to 256 bytes, with whatever was there before.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`], and what the driver refuses.
    fn pin(&self, bytes: usize) -> Result<NonNull<u8>, Error>;

    /// Gives memory of the host back.
    ///
    /// # Safety
    /// The address must come from [`pin`](Self::pin), and must not be used any more.
    unsafe fn unpin(&self, address: NonNull<u8>);

    /// Copies from the GPU, after the work that was asked for before; returns when it is done.
    ///
    /// # Errors
    /// What the driver refuses, or what went wrong in the work before.
    ///
    /// # Safety
    /// As many bytes must be reserved there.
    unsafe fn read(&self, from: u64, bytes: &mut [u8]) -> Result<(), Error>;

    /// Sets bytes to zero.
    ///
    /// # Errors
    /// What the driver refuses.
    ///
    /// # Safety
    /// As many bytes must be reserved there.
    unsafe fn clear(&self, at: u64, bytes: usize) -> Result<(), Error>;

    /// Runs a kernel that was compiled for a kind of numbers.
    ///
    /// # Errors
    /// If it does not compile, or the driver refuses.
    ///
    /// # Safety
    /// The arguments must be those that the kernel takes, and what it then reads and writes must be reserved.
    unsafe fn launch(
        &self,
        kernel: Kernel,
        element: Element,
        shape: Shape,
        arguments: &[Argument],
    ) -> Result<(), Error>;

    /// `c = alpha · a · b + beta · c`.
    ///
    /// # Errors
    /// If cuBLASLt has no way to do it.
    ///
    /// # Safety
    /// The matrices that the product describes must be reserved at the addresses.
    unsafe fn multiply(&self, product: &Product, factors: Factors, addresses: [u64; 3]) -> Result<(), Error>;

    /// Waits until all work is done.
    ///
    /// # Errors
    /// What went wrong in it.
    fn synchronise(&self) -> Result<(), Error>;
}

/// What a product and its old result are multiplied with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factors {
    /// Of the product; takes the scales of fp8 too.
    pub alpha: f32,
    /// Of the old result: 0 overwrites it, 1 adds to it.
    pub beta: f32,
}

impl Factors {
    /// The plain product.
    pub const WRITE: Self = Self { alpha: 1.0, beta: 0.0 };
    /// The product, added to what is there.
    pub const ADD: Self = Self { alpha: 1.0, beta: 1.0 };
}
