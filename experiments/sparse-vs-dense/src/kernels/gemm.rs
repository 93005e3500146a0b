//! Dense matrix × dense matrix: `matrixmultiply`'s packed panels, a block of rows for each thread.

use std::ops::Range;

use super::share::{Team, evenly, pieces};

/// `c = a · b`, all row-major, with `a` of `rows × depth` and `b` of `depth × columns`.
///
/// # Panics
/// If the lengths do not fit.
pub fn product(team: &Team, a: &[f64], b: &[f64], depth: usize, columns: usize, c: &mut [f64]) {
    assert_eq!(b.len(), depth * columns, "the second matrix is {depth} × {columns}");
    assert_eq!(a.len() * columns, c.len() * depth, "the first matrix has as many rows as the product");
    if c.is_empty() || depth == 0 {
        c.fill(0.0);
        return;
    }
    let rows = c.len() / columns;
    // One block for each thread: every block packs all of the second matrix for itself.
    let ranges = evenly(rows, team.threads().min(team.tasks(rows * columns)));
    team.each(pieces(c, &ranges, columns), |(rows, c): (Range<usize>, &mut [f64])| {
        let a = &a[rows.start * depth..rows.end * depth];
        let (a_stride, c_stride) = (depth.cast_signed(), columns.cast_signed());
        // SAFETY: the lengths were checked above: a is rows × depth, b is depth × columns, and c is rows × columns, each
        // row after row; c is borrowed by this task alone.
        unsafe {
            matrixmultiply::dgemm(
                rows.len(),
                depth,
                columns,
                1.0,
                a.as_ptr(),
                a_stride,
                1,
                b.as_ptr(),
                c_stride,
                1,
                0.0,
                c.as_mut_ptr(),
                c_stride,
                1,
            );
        }
    });
}
