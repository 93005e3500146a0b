//! What can be done with buffers: each checks that sizes fit, and then launches.

use crate::buffer::{Buffer, View, ViewMut};
use crate::device::Factors;
use crate::element::Element;
use crate::error::Error;
use crate::kernels::Kernel;
use crate::launch::{Argument, PARTIALS, Shape};
use crate::product::Product;

use Argument::{Address, Count, Number};

/// `c = alpha · a · b + beta · c`. For fp8, `alpha` is the product of both scales.
///
/// # Errors
/// If buffers and product do not fit together, or cuBLASLt has no way to do it.
pub fn multiply(product: &Product, factors: Factors, a: View<'_>, b: View<'_>, c: ViewMut<'_>) -> Result<(), Error> {
    product.check()?;
    let stored = product.precision.element();
    let places = [(a, stored), (b, stored), (c.view(), product.output)];
    for ((place, element), (len, name)) in places.into_iter().zip(product.lengths().into_iter().zip(["a", "b", "c"])) {
        if place.len() != len || place.element() != element {
            return Err(Error::Unsuitable(format!(
                "`{name}` has {} numbers of {}, and this product needs {len} of {}: {product:?}",
                place.len(),
                place.element().id(),
                element.id()
            )));
        }
    }
    // SAFETY: the views have the lengths and kinds of the product, and are of buffers that are still there.
    unsafe { a.device().multiply(product, factors, [a.address(), b.address(), c.view().address()]) }
}

/// `y += a · x`.
///
/// # Errors
/// If lengths or kinds differ.
pub fn axpy(a: f32, x: View<'_>, y: ViewMut<'_>) -> Result<(), Error> {
    let y = y.view();
    alike("axpy", &[x, y])?;
    let shape = Shape::elements(y.len(), y.element())?;
    // SAFETY: both have the length and kind that the kernel is told.
    unsafe {
        run(Kernel::Axpy, y, shape, &[Address(y.address()), Address(x.address()), Number(a), Count(y.len() as u64)])
    }
}

/// Room for [`sum`]: partial results, and the sum behind them.
///
/// # Errors
/// [`Error::OutOfMemory`].
pub fn sum_room(x: &Buffer) -> Result<Buffer, Error> {
    Buffer::zeros(x.device(), Element::F32, PARTIALS + 1)
}

/// The sum of all numbers, in f32; it is the last of `room`.
///
/// # Errors
/// If `room` is not what [`sum_room`] makes.
pub fn sum(x: View<'_>, room: ViewMut<'_>) -> Result<(), Error> {
    let room = room.view();
    needs("sum", room, Element::F32, PARTIALS + 1)?;
    let shape = Shape::partial(x.len(), x.element());
    let (partials, total) = (room.address(), room.slice(PARTIALS..PARTIALS + 1).address());
    // SAFETY: the room has a place for each block's partial result, and one for the sum.
    unsafe {
        run(Kernel::Sum, x, shape, &[Address(partials), Address(x.address()), Count(x.len() as u64)])?;
        let one = Shape { blocks: 1, ..shape };
        run(Kernel::SumPartials, x, one, &[Address(total), Address(partials), Count(u64::from(shape.blocks))])
    }
}

/// `y = gelu(x)`, the exact one.
///
/// # Errors
/// If lengths or kinds differ.
pub fn gelu(x: View<'_>, y: ViewMut<'_>) -> Result<(), Error> {
    let y = y.view();
    alike("gelu", &[x, y])?;
    let shape = Shape::elements(y.len(), y.element())?;
    // SAFETY: both have the length and kind that the kernel is told.
    unsafe { run(Kernel::Gelu, y, shape, &[Address(y.address()), Address(x.address()), Count(y.len() as u64)]) }
}

/// Each row of `y` is the softmax of `factor` times that of `x`.
///
/// # Errors
/// If lengths or kinds differ, or there are not whole rows.
pub fn softmax(factor: f32, columns: usize, x: View<'_>, y: ViewMut<'_>) -> Result<(), Error> {
    let y = y.view();
    alike("softmax", &[x, y])?;
    let shape = Shape::rows(rows("softmax", y, columns)?, columns, y.element())?;
    let arguments = [Address(y.address()), Address(x.address()), Number(factor), Count(columns as u64)];
    // SAFETY: both have the rows, columns and kind that the kernel is told.
    unsafe { run(Kernel::Softmax, y, shape, &arguments) }
}

/// What [`layer_norm`] takes beside the numbers.
#[derive(Debug)]
pub struct Norm<'a> {
    /// Multiplies each column, in f32.
    pub weight: View<'a>,
    /// Is added to each column, in f32.
    pub bias: View<'a>,
    /// Is added to the variance.
    pub epsilon: f32,
    /// Takes one over the deviation of each row, then the mean of each row, in f32.
    pub statistics: ViewMut<'a>,
}

/// Each row of `y` is that of `x` with mean 0 and deviation 1, times the weight, plus the bias.
///
/// # Errors
/// If lengths or kinds do not fit together.
pub fn layer_norm(norm: Norm<'_>, x: View<'_>, y: ViewMut<'_>) -> Result<(), Error> {
    let (y, statistics, columns) = (y.view(), norm.statistics.view(), norm.weight.len());
    alike("layer norm", &[x, y])?;
    let rows = rows("layer norm", y, columns)?;
    needs("layer norm's bias", norm.bias, Element::F32, columns)?;
    needs("layer norm's weight", norm.weight, Element::F32, columns)?;
    needs("layer norm's statistics", statistics, Element::F32, 2 * rows)?;
    let arguments = [
        Address(y.address()),
        Address(statistics.address()),
        Address(statistics.slice(rows..2 * rows).address()),
        Address(x.address()),
        Address(norm.weight.address()),
        Address(norm.bias.address()),
        Number(norm.epsilon),
        Count(columns as u64),
    ];
    // SAFETY: everything has the rows, columns and kind that the kernel is told.
    unsafe { run(Kernel::LayerNorm, y, Shape::rows(rows, columns, y.element())?, &arguments) }
}

/// # Safety
/// As [`Device::launch`](crate::Device::launch).
pub(crate) unsafe fn run(kernel: Kernel, of: View<'_>, shape: Shape, arguments: &[Argument]) -> Result<(), Error> {
    // SAFETY: the caller's promise.
    unsafe { of.device().launch(kernel, of.element(), shape, arguments) }
}

/// That views have the same length and kind.
pub(crate) fn alike(what: &str, views: &[View<'_>]) -> Result<(), Error> {
    let of = |view: &View<'_>| (view.len(), view.element());
    if views.windows(2).all(|pair| of(&pair[0]) == of(&pair[1])) {
        return Ok(());
    }
    let all: Vec<_> = views.iter().map(of).collect();
    Err(Error::Unsuitable(format!("{what} needs as many numbers of the same kind on all sides, not {all:?}")))
}

/// That a view has a length and kind.
pub(crate) fn needs(what: &str, view: View<'_>, element: Element, len: usize) -> Result<(), Error> {
    if (view.len(), view.element()) == (len, element) {
        return Ok(());
    }
    let (has, kind) = (view.len(), view.element().id());
    Err(Error::Unsuitable(format!("{what} needs {len} numbers of {}, not {has} of {kind}", element.id())))
}

/// How many rows of so many columns.
pub(crate) fn rows(what: &str, view: View<'_>, columns: usize) -> Result<usize, Error> {
    if columns > 0 && view.len().is_multiple_of(columns) {
        return Ok(view.len() / columns);
    }
    Err(Error::Unsuitable(format!("{what}: {} numbers are not whole rows of {columns}", view.len())))
}
