//! A sparse matrix as the kernels see it.

use std::ops::Range;

use super::Sparse;

/// Sums side by side in a long row.
const SIDE: usize = 4;
/// Entries from which a row is long.
const LONG: usize = 12;

/// A borrowed compressed matrix: its outer direction is the rows (CSR) or the columns (CSC).
///
/// It is only made from a matrix that sprs has checked: the starts rise, and every index lies within the inner direction.
/// The kernels rely on that.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    rows: usize,
    columns: usize,
    by_rows: bool,
    starts: &'a [u32],
    indices: &'a [u32],
    values: &'a [f64],
}

impl<'a> From<&'a Sparse> for View<'a> {
    fn from(matrix: &'a Sparse) -> Self {
        let (starts, indices, values) = matrix.view().into_raw_storage();
        Self { rows: matrix.rows(), columns: matrix.cols(), by_rows: matrix.is_csr(), starts, indices, values }
    }
}

impl<'a> View<'a> {
    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Whether it is compressed by rows.
    #[must_use]
    pub fn by_rows(&self) -> bool {
        self.by_rows
    }

    /// Number of stored entries.
    #[must_use]
    pub fn nonzeros(&self) -> usize {
        self.values.len()
    }

    /// Where the entries of each row (CSR) or column (CSC) begin, and the end of the last.
    #[must_use]
    pub fn starts(&self) -> &'a [u32] {
        self.starts
    }

    /// The same arrays, read as the transposed matrix: what was compressed by rows is compressed by columns.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows, by_rows: !self.by_rows, ..self }
    }

    /// Indices and values of a row (CSR) or a column (CSC).
    ///
    /// # Panics
    /// If there is no such row or column.
    #[inline]
    #[must_use]
    pub fn outer(&self, at: usize) -> (&'a [u32], &'a [f64]) {
        let range = self.starts[at] as usize..self.starts[at + 1] as usize;
        debug_assert!(range.start <= range.end && range.end <= self.values.len());
        // SAFETY: sprs has checked that the starts rise up to the number of entries.
        unsafe { (self.indices.get_unchecked(range.clone()), self.values.get_unchecked(range)) }
    }

    /// For each row (CSR) or column (CSC) of a range: Σ of its entries, each times the number at its index.
    ///
    /// # Panics
    /// If `x` is shorter than the inner direction, or there is no such row or column.
    #[inline]
    pub fn dots(&self, range: Range<usize>, x: &[f64], y: &mut [f64]) {
        assert!(x.len() >= self.inner(), "a vector of {} for {}", x.len(), self.inner());
        for (bounds, y) in self.starts[range.start..=range.end].array_windows().zip(y) {
            // SAFETY: the bounds are two neighbouring starts, and x is as long as was asserted.
            *y = unsafe { self.dot_within(bounds, x) };
        }
    }

    /// Σ of the entries of a row (CSR) or column (CSC), each times the number at its index.
    ///
    /// # Panics
    /// If `x` is shorter than the inner direction, or there is no such row or column.
    #[inline]
    #[must_use]
    pub fn dot(&self, at: usize, x: &[f64]) -> f64 {
        assert!(x.len() >= self.inner(), "a vector of {} for {}", x.len(), self.inner());
        // SAFETY: the bounds are two neighbouring starts, and x is as long as was asserted.
        unsafe { self.dot_within(&[self.starts[at], self.starts[at + 1]], x) }
    }

    /// # Safety
    /// The bounds are two neighbouring starts, and `x` is as long as the inner direction.
    #[allow(clippy::needless_range_loop, reason = "loops over constants, which the compiler unrolls")]
    #[inline(always)]
    unsafe fn dot_within(&self, [from, to]: &[u32; 2], x: &[f64]) -> f64 {
        let (mut at, to) = (*from as usize, *to as usize);
        let mut sum = 0.0;
        // SAFETY: sprs has checked that starts rise up to the number of entries, and that every index is below the inner
        // direction; x is as long.
        unsafe {
            let term =
                |at: usize| self.values.get_unchecked(at) * x.get_unchecked(*self.indices.get_unchecked(at) as usize);
            if to - at >= LONG {
                // Sums side by side, so that an addition need not wait for the one before.
                let mut sums = [0.0; SIDE];
                while at + SIDE <= to {
                    for side in 0..SIDE {
                        sums[side] += term(at + side);
                    }
                    at += SIDE;
                }
                sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
            }
            while at < to {
                sum += term(at);
                at += 1;
            }
        }
        sum
    }

    /// For each row (CSR) or column (CSC) of a range: adds its entries, times the number of `x` for it, to `y` at their
    /// indices.
    ///
    /// # Panics
    /// If `y` is shorter than the inner direction, or there is no such row or column.
    #[inline]
    pub fn add_all_to(&self, range: Range<usize>, x: &[f64], y: &mut [f64]) {
        assert!(y.len() >= self.inner(), "a vector of {} for {}", y.len(), self.inner());
        for (bounds, factor) in self.starts[range.start..=range.end].array_windows().zip(&x[range]) {
            // SAFETY: the bounds are two neighbouring starts, and y is as long as was asserted.
            unsafe { self.add_within(bounds, *factor, y) };
        }
    }

    /// Adds the entries of a row (CSR) or column (CSC), times `factor`, to `y` at their indices.
    ///
    /// # Panics
    /// If `y` is shorter than the inner direction, or there is no such row or column.
    #[inline]
    pub fn add_to(&self, at: usize, factor: f64, y: &mut [f64]) {
        assert!(y.len() >= self.inner(), "a vector of {} for {}", y.len(), self.inner());
        // SAFETY: the bounds are two neighbouring starts, and y is as long as was asserted.
        unsafe { self.add_within(&[self.starts[at], self.starts[at + 1]], factor, y) };
    }

    /// # Safety
    /// The bounds are two neighbouring starts, and `y` is as long as the inner direction.
    #[inline(always)]
    unsafe fn add_within(&self, [from, to]: &[u32; 2], factor: f64, y: &mut [f64]) {
        for at in *from as usize..*to as usize {
            // SAFETY: sprs has checked that starts rise up to the number of entries, and that every index is below the inner
            // direction; y is as long.
            unsafe {
                *y.get_unchecked_mut(*self.indices.get_unchecked(at) as usize) +=
                    self.values.get_unchecked(at) * factor;
            }
        }
    }

    /// Length of the inner direction: what the indices count.
    #[must_use]
    pub fn inner(&self) -> usize {
        if self.by_rows { self.columns } else { self.rows }
    }

    /// Length of the outer direction.
    #[must_use]
    pub fn outer_len(&self) -> usize {
        self.starts.len() - 1
    }
}
