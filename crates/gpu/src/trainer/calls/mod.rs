//! The calls of a step: each takes as much of its buffers as the batch needs, and launches a kernel or a product.
//!
//! Buffers are made for the largest batch; a view that is too short is a defect of this crate and panics, as a slice does. Here is what all
//! calls are made of; the calls themselves go by what they work on.

mod ends;
mod heads;
mod matrices;
mod stream;
mod weights;

use crate::buffer::{View, ViewMut};
use crate::device::{Factors, Handle};
use crate::element::Element;
use crate::error::Error;
use crate::kernels::Kernel;
use crate::launch::{Argument, Shape};
use crate::operations::multiply;
use crate::precision::Precision;
use crate::product::Product;

use Argument::{Address, Count};

pub(super) use heads::Heads;
pub(super) use matrices::parts;
pub(super) use stream::Stream;

/// Threads of a block that works on columns, or on single elements.
const BLOCK: usize = 256;

/// Makes calls on a device, in a precision.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    device: Handle,
    precision: Precision,
}

impl Calls {
    pub(super) fn new(device: &Handle, precision: Precision) -> Self {
        Self { device: Handle::clone(device), precision }
    }

    pub(super) fn device(&self) -> &Handle {
        &self.device
    }

    /// The numbers that are multiplied.
    pub(super) fn element(&self) -> Element {
        self.precision.element()
    }

    fn launch(&self, kernel: Kernel, shape: Shape, arguments: &[Argument]) -> Result<(), Error> {
        // SAFETY: every call below cuts its views to the sizes that it tells the kernel, in the order of the kernel's source.
        unsafe { self.device.launch(kernel, self.element(), shape, arguments) }
    }

    /// A launch in which each thread does as many elements as it can move at once.
    fn packs(&self, kernel: Kernel, len: usize, arguments: &[Argument]) -> Result<(), Error> {
        self.launch(kernel, Shape::elements(len, self.element())?, arguments)
    }

    /// A launch with a thread for each element.
    fn single(&self, kernel: Kernel, len: usize, arguments: &[Argument]) -> Result<(), Error> {
        self.launch(kernel, Shape::blocks(len.div_ceil(BLOCK), BLOCK)?, arguments)
    }

    /// A launch with a block for each row.
    fn rows(&self, kernel: Kernel, rows: usize, columns: usize, arguments: &[Argument]) -> Result<(), Error> {
        self.launch(kernel, Shape::rows(rows, columns, self.element())?, arguments)
    }

    fn product(&self, rows: usize, columns: usize, inner: usize) -> Product {
        Product::new(self.precision, rows, columns, inner)
    }

    fn multiply(&self, product: Product, a: View<'_>, b: View<'_>, c: ViewMut<'_>) -> Result<(), Error> {
        let [a_len, b_len, c_len] = product.lengths();
        multiply(&product, Factors::WRITE, a.slice(0..a_len), b.slice(0..b_len), c.slice(0..c_len))
    }
}

fn count(number: usize) -> Argument {
    Count(number as u64)
}

/// The first numbers of a place that is read, or written.
fn of(view: View<'_>, len: usize) -> Argument {
    Address(view.slice(0..len).address())
}

fn to(view: &ViewMut<'_>, len: usize) -> Argument {
    of(view.view(), len)
}
