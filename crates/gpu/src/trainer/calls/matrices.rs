//! Matrices of weights: forward, and both ways back.

use transformer::Linear;

use super::{BLOCK, Calls, count, of, to};
use crate::buffer::{Buffer, View, ViewMut};
use crate::element::Element;
use crate::error::Error;
use crate::kernels::Kernel;
use crate::launch::{Argument, Shape};

/// Rows that are added up by one thread before partial sums are.
const ROWS: usize = 64;

/// Into how many parts rows are cut for sums over them, and how many rows each has.
pub(in crate::trainer) fn parts(rows: usize) -> (usize, usize) {
    (rows.div_ceil(ROWS).max(1), ROWS)
}

impl Calls {
    /// `y = x · Wᵀ` for so many rows.
    pub(in crate::trainer) fn dense(
        &self,
        place: &Linear,
        rows: usize,
        x: View<'_>,
        weight: View<'_>,
        y: ViewMut<'_>,
    ) -> Result<(), Error> {
        self.multiply(self.product(rows, place.outputs, place.inputs).b_transposed(), x, weight, y)
    }

    /// `dx = dy · W`.
    pub(in crate::trainer) fn dense_by_input(
        &self,
        place: &Linear,
        rows: usize,
        by_output: View<'_>,
        weight: View<'_>,
        by_input: ViewMut<'_>,
    ) -> Result<(), Error> {
        self.multiply(self.product(rows, place.inputs, place.outputs), by_output, weight, by_input)
    }

    /// `dW = dyᵀ · x`, in f32.
    pub(in crate::trainer) fn dense_by_weight(
        &self,
        place: &Linear,
        rows: usize,
        by_output: View<'_>,
        input: View<'_>,
        by_weight: ViewMut<'_>,
    ) -> Result<(), Error> {
        let product = self.product(place.outputs, place.inputs, rows).a_transposed().stored_as(Element::F32);
        self.multiply(product, by_output, input, by_weight)
    }

    /// The sums over rows of a gradient: the gradient of a bias.
    pub(in crate::trainer) fn columns(
        &self,
        rows: usize,
        x: View<'_>,
        partials: &mut Buffer,
        sums: ViewMut<'_>,
    ) -> Result<(), Error> {
        let columns = sums.view().len();
        let (parts, each) = parts(rows);
        let arguments = [
            to(&partials.view_mut(), parts * columns),
            of(x, rows * columns),
            count(rows),
            count(columns),
            count(each),
        ];
        self.sums_of_parts((Kernel::Columns, &arguments), (parts, columns), partials, sums)
    }

    /// Sums over rows: by a kernel, in so many parts with a thread for each of so many columns, and then over the parts.
    pub(super) fn sums_of_parts(
        &self,
        (kernel, arguments): (Kernel, &[Argument]),
        (parts, threads): (usize, usize),
        partials: &Buffer,
        sums: ViewMut<'_>,
    ) -> Result<(), Error> {
        let blocks = Shape::blocks(parts * threads.div_ceil(BLOCK), BLOCK)?;
        self.launch(kernel, blocks, arguments)?;
        let columns = sums.view().len();
        let arguments = [to(&sums, columns), of(partials.view(), parts * columns), count(parts), count(columns)];
        self.single(Kernel::ColumnsTotal, columns, &arguments)
    }
}
