//! Dense matrix × dense matrix, with sums in single precision.

use half::{bf16, f16};

use crate::Matrix;

/// Kind of numbers that are multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precision {
    /// 32 bits.
    F32,
    /// 16 bits: the exponent of f32, 8 bits of precision.
    Bf16,
    /// 16 bits: 5 of exponent, 11 of precision.
    F16,
}

/// What of the processor multiplies numbers of a precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    name: &'static str,
    native: bool,
}

impl Unit {
    /// Name for people: `AVX512-BF16`, `AVX-512, after conversion to f32`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Whether the processor multiplies numbers of this precision as they are.
    #[must_use]
    pub fn is_native(self) -> bool {
        self.native
    }
}

/// Products of matrices by a number of threads; room for copied panels is kept from call to call.
#[derive(Debug)]
pub struct Products {
    threads: usize,
}

impl Products {
    /// Products by so many threads; 1 is the calling thread alone.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(threads: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        Ok(Self { threads: threads.max(1) })
    }

    /// Number of threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// What this processor multiplies numbers of a precision with.
    #[must_use]
    pub fn unit(precision: Precision) -> Unit {
        match precision {
            Precision::F32 => Unit { name: "portable", native: true },
            Precision::Bf16 | Precision::F16 => Unit { name: "portable, after conversion to f32", native: false },
        }
    }

    /// `c = a · b`, or `c += a · b` with `accumulate`; `c` lies row after row.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn f32(&mut self, a: Matrix<'_, f32>, b: Matrix<'_, f32>, c: &mut [f32], accumulate: bool) {
        product(a, b, c, accumulate, |number| number);
    }

    /// As [`Self::f32`]: numbers of bf16 are multiplied, sums are f32.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn bf16(&mut self, a: Matrix<'_, bf16>, b: Matrix<'_, bf16>, c: &mut [f32], accumulate: bool) {
        product(a, b, c, accumulate, bf16::to_f32);
    }

    /// As [`Self::f32`]: numbers of f16 are multiplied, sums are f32.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn f16(&mut self, a: Matrix<'_, f16>, b: Matrix<'_, f16>, c: &mut [f32], accumulate: bool) {
        product(a, b, c, accumulate, f16::to_f32);
    }
}

fn product<T: Copy>(a: Matrix<'_, T>, b: Matrix<'_, T>, c: &mut [f32], accumulate: bool, to_f32: impl Fn(T) -> f32) {
    let (rows, depth, columns) = (a.rows(), a.columns(), b.columns());
    assert_eq!(depth, b.rows(), "columns of the first matrix, rows of the second");
    assert_eq!(c.len(), rows * columns, "the product is {rows} × {columns}");
    if !accumulate {
        c.fill(0.0);
    }
    let flat: Vec<f32> = (0..depth * columns).map(|at| to_f32(b.get(at / columns, at % columns))).collect();
    for row in 0..rows {
        let c = &mut c[row * columns..][..columns];
        for k in 0..depth {
            let factor = to_f32(a.get(row, k));
            c.iter_mut().zip(&flat[k * columns..][..columns]).for_each(|(c, b)| *c += factor * b);
        }
    }
}
