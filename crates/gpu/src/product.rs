//! Products of matrices as cuBLASLt wants them described: pure.
//!
//! Here matrices lie row after row; cuBLASLt reads column after column. The same memory, read its way, is the transposed matrix, and
//! `(a · b)ᵀ = bᵀ · aᵀ`: so the factors change places, and nothing is copied.

use crate::element::Element;
use crate::error::Error;
use crate::precision::Precision;

/// A product `c = a · b` of matrices that lie row after row without gaps, or of many pairs of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Product {
    /// Rows of `a` and `c`.
    pub rows: usize,
    /// Columns of `b` and `c`.
    pub columns: usize,
    /// Columns of `a`, rows of `b`.
    pub inner: usize,
    /// Whether `a` lies transposed: `inner` rows of `rows`.
    pub a_transposed: bool,
    /// Whether `b` lies transposed: `columns` rows of `inner`, as a layer's weights do.
    pub b_transposed: bool,
    /// How numbers are multiplied.
    pub precision: Precision,
    /// How the result is stored.
    pub output: Element,
    /// Pairs; each kind of matrix follows the one before without a gap.
    pub pairs: usize,
}

/// A matrix as cuBLASLt sees it, column after column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Layout {
    /// Rows, which are contiguous.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Whether it is to be transposed before it is multiplied.
    pub transposed: bool,
    /// Elements from one matrix to the next.
    pub stride: usize,
}

/// A product as cuBLASLt sees it: `c' = first · second`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Described {
    /// The memory of `b`.
    pub first: Layout,
    /// The memory of `a`.
    pub second: Layout,
    /// The memory of `c`.
    pub output: Layout,
}

impl Product {
    /// One product, whose result is stored as the factors are (fp8: as bf16).
    #[must_use]
    pub fn new(precision: Precision, rows: usize, columns: usize, inner: usize) -> Self {
        let output = match precision {
            Precision::Fp8 => Element::Bf16,
            other => other.element(),
        };
        let (a_transposed, b_transposed) = (false, precision == Precision::Fp8);
        Self { rows, columns, inner, a_transposed, b_transposed, precision, output, pairs: 1 }
    }

    /// `a` lies transposed.
    #[must_use]
    pub fn a_transposed(self) -> Self {
        Self { a_transposed: true, ..self }
    }

    /// `b` lies transposed.
    #[must_use]
    pub fn b_transposed(self) -> Self {
        Self { b_transposed: true, ..self }
    }

    /// The result is stored so.
    #[must_use]
    pub fn stored_as(self, output: Element) -> Self {
        Self { output, ..self }
    }

    /// So many pairs at once.
    #[must_use]
    pub fn pairs(self, pairs: usize) -> Self {
        Self { pairs, ..self }
    }

    /// Additions and multiplications of all pairs.
    #[must_use]
    pub fn flops(&self) -> f64 {
        2.0 * self.rows as f64 * self.columns as f64 * self.inner as f64 * self.pairs as f64
    }

    /// Numbers that `a`, `b` and `c` have.
    #[must_use]
    pub fn lengths(&self) -> [usize; 3] {
        [self.rows * self.inner, self.inner * self.columns, self.rows * self.columns].map(|one| one * self.pairs)
    }

    /// Whether cuBLASLt can do it at all.
    ///
    /// # Errors
    /// What is in the way, as a sentence.
    pub fn check(&self) -> Result<(), Error> {
        if self.lengths().contains(&0) {
            return Err(Error::Unsuitable(format!("a product without numbers: {self:?}")));
        }
        if self.precision != Precision::Fp8 {
            return Ok(());
        }
        if self.a_transposed || !self.b_transposed {
            return Err(Error::Unsuitable(
                "products in fp8 need both factors with the inner dimension contiguous: `a` as it is, `b` transposed"
                    .to_owned(),
            ));
        }
        if [self.rows, self.columns, self.inner].iter().any(|side| !side.is_multiple_of(16)) {
            return Err(Error::Unsuitable(format!(
                "products in fp8 need sides that are multiples of 16, not {} × {} × {}",
                self.rows, self.inner, self.columns
            )));
        }
        Ok(())
    }

    /// The same product, column after column.
    #[must_use]
    pub fn described(&self) -> Described {
        // Memory of `rows` × `columns`, row after row, is `columns` × `rows`, column after column.
        let seen = |rows: usize, columns: usize, lies_transposed: bool| {
            let (rows, columns) = if lies_transposed { (columns, rows) } else { (rows, columns) };
            Layout { rows: columns, columns: rows, transposed: lies_transposed, stride: rows * columns }
        };
        Described {
            first: seen(self.inner, self.columns, self.b_transposed),
            second: seen(self.rows, self.inner, self.a_transposed),
            output: seen(self.rows, self.columns, false),
        }
    }
}
