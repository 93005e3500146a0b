//! Matrix × matrix in a format: timed, and held against f64.

use std::hint::black_box;

use kernels::simd::Element;
use kernels::{Matrix, Products};
use measure::{Prepared, Refusal, Task};
use results::Answer;

use crate::case::Case;
use crate::numbers::{SECOND, norm, number};

/// Rows of the product that are computed in f64 as well, spread over it.
const PROOF_ROWS: usize = 8;
/// What sums in f32 may be off by, as a part of the result: the error of a random sum grows with the root of its length.
const SUMS: f64 = 1e-5;

/// The two factors of a case in f32, row after row.
pub(crate) fn factors(seed: u64, size: usize) -> [Vec<f32>; 2] {
    let matrix = |seed: u64| (0..size * size).map(|at| number(seed, at)).collect();
    [matrix(seed), matrix(seed.wrapping_add(SECOND))]
}

/// Some rows of the product in f64.
pub(crate) struct Proof {
    size: usize,
    rows: Vec<(usize, Vec<f64>)>,
}

impl Proof {
    /// Of the factors before they are rounded to a format.
    pub(crate) fn new([a, b]: [&[f32]; 2], size: usize) -> Self {
        let count = PROOF_ROWS.min(size);
        let row = |at: usize| {
            let mut sums = vec![0.0; size];
            for (a, b) in a[at * size..][..size].iter().zip(b.chunks_exact(size)) {
                sums.iter_mut().zip(b).for_each(|(sum, b)| *sum += f64::from(*a) * f64::from(*b));
            }
            (at, sums)
        };
        Self { size, rows: (0..count).map(|i| row(i * size / count)).collect() }
    }

    /// How far a product is off: the norm of the difference as a part of the norm.
    ///
    /// # Errors
    /// If that is more than rounding its factors explains.
    pub(crate) fn error(&self, product: &[f32], rounding: f64) -> anyhow::Result<f64> {
        let row = |(at, exact): &(usize, Vec<f64>)| {
            let mine = &product[at * self.size..][..self.size];
            let off = norm(mine.iter().zip(exact).map(|(mine, exact)| f64::from(*mine) - exact));
            (off, norm(exact.iter().copied()))
        };
        let (off, whole): (Vec<f64>, Vec<f64>) = self.rows.iter().map(row).unzip();
        let error = norm(off) / norm(whole);
        let most = 2.0 * rounding + SUMS;
        anyhow::ensure!(
            error <= most,
            "the product is off by {error:.1e} of its norm, and rounding its factors explains {most:.1e}"
        );
        Ok(error)
    }
}

/// What every call must answer: the norm of the whole product, and of one of its rows.
pub(crate) fn answer(whole: f64, row: &[f32]) -> Answer {
    Answer { rows: row.len() as u64, values: vec![whole, norm(row.iter().map(|x| f64::from(*x)))], digest: None }
}

/// The quantities of a product.
pub(crate) fn stated(prepared: Prepared, size: usize, bytes_each: usize, error: f64) -> Prepared {
    let entries = (size * size) as f64;
    let bytes = entries * (2 * bytes_each + size_of::<f32>()) as f64;
    prepared
        .fact("rows", size as f64)
        .fact("flops", 2.0 * entries * size as f64)
        .fact("bytes", bytes)
        .fact("working_set_bytes", bytes)
        .fact("error", error)
        .setting("sums", "f32")
}

/// Sets up a product on the processor.
pub(crate) fn prepare<T: Element>(task: &Task, case: &Case, size: usize) -> Result<Prepared, Refusal> {
    let wide = factors(task.seed, size);
    let proof = Proof::new([&wide[0], &wide[1]], size);
    let [a, b] = wide.map(|matrix| matrix.into_iter().map(T::from_f32).collect::<Vec<T>>());
    let mut products = Products::new(case.threads)?;
    let mut c = vec![0.0; size * size];
    let mut run = move |c: &mut [f32]| {
        let (a, b) = (Matrix::new(black_box(&a), size, size), Matrix::new(black_box(&b), size, size));
        T::multiply(&mut products, a, b, c, false);
    };
    run(&mut c);
    let error = proof.error(&c, case.format.rounding())?;
    let whole = norm(c.iter().map(|x| f64::from(*x)));
    let middle = size / 2 * size;
    let prepared = Prepared::new(move || {
        run(black_box(&mut c));
        Ok(answer(whole, &c[middle..][..size]))
    });
    // All formats are held against the same yardstick: what the machine computes in f32.
    let prepared = prepared.setting("ceiling", "flops").setting("dtype", "f32");
    let prepared = stated(prepared, size, size_of::<T>(), error);
    Ok(case.described(prepared, &Products::unit(T::PRECISION).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_that_is_wrong_in_one_row_is_found_out() {
        let size = 16;
        let factors = factors(3, size);
        let proof = Proof::new([&factors[0], &factors[1]], size);
        let exact: Vec<f32> = (0..size * size)
            .map(|at| {
                let terms = (0..size)
                    .map(|k| f64::from(factors[0][at / size * size + k]) * f64::from(factors[1][k * size + at % size]));
                terms.sum::<f64>() as f32
            })
            .collect();
        assert!(proof.error(&exact, 0.0).unwrap() < 1e-7);
        let mut wrong = exact.clone();
        wrong[2 * size + 5] += 1.0;
        let why = proof.error(&wrong, 2f64.powi(-11)).unwrap_err().to_string();
        assert!(why.contains("off by"), "{why}");
        let transposed: Vec<f32> = (0..size * size).map(|at| exact[at % size * size + at / size]).collect();
        assert!(proof.error(&transposed, 2f64.powi(-8)).is_err());
    }
}
