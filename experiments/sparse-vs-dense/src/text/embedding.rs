//! A dense stand-in for an embedding: a random projection of words and pairs of words.
//!
//! It keeps distances, as embeddings do, and costs what 1,536 dense numbers cost. It knows nothing about meaning, so its
//! accuracy says nothing about an embedding model's.

use rayon::prelude::*;

use crate::formula::mix;
use crate::kernels::Sparse;
use crate::kernels::view::View;

/// Numbers of an embedding: as many as OpenAI's first ones have.
pub const DIMENSIONS: usize = 1536;

/// A row of [`DIMENSIONS`] numbers for each row of a TF-IDF matrix by rows, each of length 1: every term adds or subtracts
/// its weight, by a sign drawn for it and the dimension.
#[must_use]
pub fn project(matrix: &Sparse, seed: u64) -> Vec<f64> {
    let view = View::from(matrix);
    let mut rows = vec![0.0; view.rows() * DIMENSIONS];
    rows.par_chunks_mut(DIMENSIONS).enumerate().for_each(|(row, numbers)| {
        let (terms, weights) = view.outer(row);
        for (term, weight) in terms.iter().zip(weights) {
            for (piece, numbers) in numbers.as_chunks_mut::<64>().0.iter_mut().enumerate() {
                let signs = mix(seed ^ mix((u64::from(*term) << 8) + piece as u64));
                for (bit, number) in numbers.iter_mut().enumerate() {
                    *number += if signs >> bit & 1 == 1 { *weight } else { -weight };
                }
            }
        }
        let length = numbers.iter().map(|number| number * number).sum::<f64>().sqrt();
        if length > 0.0 {
            numbers.iter_mut().for_each(|number| *number /= length);
        }
    });
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_projection_keeps_products_roughly() {
        let half = 0.5_f64.sqrt();
        let matrix = Sparse::new((3, 4), vec![0, 2, 4, 5], vec![0, 1, 1, 2, 3], vec![half, half, half, half, 1.0]);
        let rows = project(&matrix, 5);
        assert_eq!(rows, project(&matrix, 5));
        let dot = |a: usize, b: usize| -> f64 {
            (0..DIMENSIONS).map(|i| rows[a * DIMENSIONS + i] * rows[b * DIMENSIONS + i]).sum()
        };
        for (a, b, expected) in [(0, 0, 1.0), (0, 1, 0.5), (0, 2, 0.0), (1, 2, 0.0)] {
            assert!((dot(a, b) - expected).abs() < 0.1, "{a} · {b} = {}", dot(a, b));
        }
    }
}
