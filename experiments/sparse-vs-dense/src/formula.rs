//! Matrices of a given density: a formula that Rust and NumPy follow to the last bit, so that no file is needed.
//!
//! Entry `k` (row after row) has the bits `h`, the `k`-th output of SplitMix64 from the seed. It is not zero if the upper
//! half of `h`, as a fraction, lies below the density; its value is 0.5 plus the lower 20 bits as a fraction.

use rayon::prelude::*;

use crate::kernels::Sparse;

/// What is added to the seed for a second matrix.
pub(crate) const SECOND: u64 = 0x5851_F42D_4C95_7F2D;

/// A square matrix by formula.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Formula {
    seed: u64,
    size: usize,
    threshold: u64,
}

impl Formula {
    /// A matrix of `size × size` in which about a share of `density` is not zero.
    pub(crate) fn new(seed: u64, size: usize, density: f64) -> Self {
        Self { seed, size, threshold: (density * 4_294_967_296.0).ceil() as u64 }
    }

    fn bits(&self, k: u64) -> u64 {
        mix(self.seed.wrapping_add((k + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    fn value(&self, k: u64) -> Option<f64> {
        let bits = self.bits(k);
        (bits >> 32 < self.threshold).then(|| unit20(bits))
    }

    /// The matrix with its zeros, row after row.
    pub(crate) fn dense(&self) -> Vec<f64> {
        let mut numbers = vec![0.0; self.size * self.size];
        numbers.par_chunks_mut(self.size.max(1)).enumerate().for_each(|(row, numbers)| {
            let first = (row * self.size) as u64;
            numbers.iter_mut().zip(first..).for_each(|(number, k)| *number = self.value(k).unwrap_or(0.0));
        });
        numbers
    }

    /// The matrix without its zeros, by rows.
    ///
    /// # Errors
    /// If there are more entries than 32 bits can count.
    pub(crate) fn csr(&self) -> anyhow::Result<Sparse> {
        // Counted first and then written to its place: memory that grew would stay with the process, and count as the work's.
        let entries = |row: usize| {
            let first = (row * self.size) as u64;
            (0..self.size as u64).filter_map(move |column| Some((column as u32, self.value(first + column)?)))
        };
        u32::try_from(self.size)?;
        let counts: Vec<usize> = (0..self.size).into_par_iter().map(|row| entries(row).count()).collect();
        let mut starts = Vec::with_capacity(self.size + 1);
        starts.push(0);
        let mut end = 0;
        for count in &counts {
            end += count;
            starts.push(u32::try_from(end)?);
        }
        let (mut indices, mut values) = (vec![0; end], vec![0.0; end]);
        let mut places = Vec::with_capacity(self.size);
        let (mut indices_left, mut values_left) = (indices.as_mut_slice(), values.as_mut_slice());
        for count in counts {
            let (row_indices, others) = indices_left.split_at_mut(count);
            let (row_values, rest) = values_left.split_at_mut(count);
            (indices_left, values_left) = (others, rest);
            places.push((row_indices, row_values));
        }
        places.into_par_iter().enumerate().for_each(|(row, (indices, values))| {
            for ((column, value), (index, place)) in entries(row).zip(indices.iter_mut().zip(values)) {
                (*index, *place) = (column, value);
            }
        });
        Sparse::try_new((self.size, self.size), starts, indices, values)
            .map_err(|(.., why)| anyhow::anyhow!("the formula's matrix is not well formed: {why}"))
    }
}

/// A dense vector by formula: between 0.5 and 1.5.
pub(crate) fn vector(seed: u64, len: usize) -> Vec<f64> {
    let formula = Formula::new(seed, 0, 1.0);
    (0..len as u64).map(|k| unit20(formula.bits(k))).collect()
}

/// Between 0.5 and 1.5, exactly.
fn unit20(bits: u64) -> f64 {
    (bits & 0xF_FFFF) as f64 / 1_048_576.0 + 0.5
}

/// SplitMix64's output function.
pub(crate) fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dense_and_sparse_are_the_same_matrix() {
        for density in [0.0, 0.01, 0.5, 1.0] {
            let formula = Formula::new(7, 60, density);
            let (dense, sparse) = (formula.dense(), formula.csr().unwrap());
            let mut seen = 0;
            for (k, value) in dense.iter().enumerate() {
                assert_eq!(*value, sparse.get(k / 60, k % 60).copied().unwrap_or(0.0));
                seen += usize::from(*value != 0.0);
            }
            assert_eq!(seen, sparse.nnz());
            let share = seen as f64 / 3600.0;
            assert!((share - density).abs() <= 4.0 * (density * (1.0 - density) / 3600.0).sqrt(), "{share} {density}");
        }
    }

    #[test]
    fn values_are_exact_and_between_a_half_and_one_and_a_half() {
        let values = vector(3, 10_000);
        assert!(values.iter().all(|v| (0.5..1.5).contains(v) && (v * 1_048_576.0).fract() == 0.0));
        assert_eq!(values[..100], vector(3, 100)[..]);
        assert_ne!(values, vector(4, 10_000));
    }
}
