//! Truncated SVD of a sparse matrix: the directions that carry most of it, in order.
//!
//! A randomised subspace iteration (Halko, Martinsson and Tropp): random directions are multiplied by `AᵀA` a few times, and made
//! orthogonal in between, from the first to the last. After that the first `k` of them span nearly what the best `k` directions span,
//! for every `k` at once, which is what cutting dimensions off needs. They are not rotated within these spans to the
//! singular vectors themselves; no distance depends on that.

use ndarray::linalg::general_mat_mul;
use ndarray::parallel::prelude::*;
use ndarray::{Array2, ArrayView2, Axis, s};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use super::space::normal;
use super::words::Sparse;

/// Multiplications by `AᵀA`.
const ITERATIONS: usize = 2;

/// Columns that are made orthogonal to the ones before them at once.
const BLOCK: usize = 64;

/// What is left of a column, relative to before, when it depends on the ones before it.
const DEPENDENT: f32 = 1e-5;

/// The rows of `matrix` in the coordinates of its `dims` leading directions, each of length 1, one behind the other.
///
/// Fewer than `dims` directions that matter leave zeros. Runs on the current pool of threads.
pub(super) fn project(matrix: &Sparse, dims: usize, seed: u64) -> Vec<f32> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut basis = Array2::from_shape_simple_fn((matrix.columns, dims), || normal(&mut random));
    let columns = transposed(matrix);
    for _ in 0..ITERATIONS {
        let rows = times(&matrix.rows, basis.view());
        basis = times(&columns, rows.view());
        orthogonal(&mut basis);
    }
    let mut rows = times(&matrix.rows, basis.view());
    for mut row in rows.rows_mut() {
        let length = row.dot(&row).sqrt().max(f32::MIN_POSITIVE);
        row /= length;
    }
    rows.into_raw_vec_and_offset().0
}

fn transposed(matrix: &Sparse) -> Vec<Vec<(u32, f32)>> {
    let mut columns = vec![Vec::new(); matrix.columns];
    for (number, row) in (0..).zip(&matrix.rows) {
        for &(column, value) in row {
            columns[column as usize].push((number, value));
        }
    }
    columns
}

/// A sparse matrix times a dense one.
fn times(sparse: &[Vec<(u32, f32)>], dense: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut product = Array2::zeros((sparse.len(), dense.ncols()));
    product.axis_iter_mut(Axis(0)).into_par_iter().zip(sparse).for_each(|(mut sums, row)| {
        for &(at, value) in row {
            sums.scaled_add(value, &dense.row(at as usize));
        }
    });
    product
}

/// Makes the columns orthogonal and of length 1, in order (Gram–Schmidt, in blocks); one that depends on those before it
/// becomes zero. Once is enough: what rounding leaves of other directions changes cosines by less than a half float would, and
/// every search is compared with the exact one on the same vectors.
fn orthogonal(basis: &mut Array2<f32>) {
    let threads = rayon::current_num_threads().max(1);
    let part = basis.nrows().div_ceil(threads).max(1);
    for from in (0..basis.ncols()).step_by(BLOCK) {
        let to = (from + BLOCK).min(basis.ncols());
        let lengths: Vec<f32> = (from..to).map(|c| basis.column(c).dot(&basis.column(c)).sqrt()).collect();
        if from > 0 {
            // What the block has in common with the columns before it, added up over parts of the rows …
            let common = basis
                .axis_chunks_iter(Axis(0), part)
                .into_par_iter()
                .map(|rows| rows.slice(s![.., ..from]).t().dot(&rows.slice(s![.., from..to])))
                .reduce_with(|a, b| a + b);
            let Some(common) = common else { return };
            // … is taken off.
            basis.axis_chunks_iter_mut(Axis(0), part).into_par_iter().for_each(|rows| {
                let (before, mut block) = rows.split_at(Axis(1), from);
                let mut block = block.slice_mut(s![.., ..to - from]);
                general_mat_mul(-1.0, &before, &common, 1.0, &mut block);
            });
        }
        within(basis, from, &lengths);
    }
}

/// The same within a block; `lengths` are those before anything was taken off.
fn within(basis: &mut Array2<f32>, from: usize, lengths: &[f32]) {
    let mut block: Vec<Vec<f32>> = (from..from + lengths.len()).map(|c| basis.column(c).to_vec()).collect();
    for (c, whole) in lengths.iter().enumerate() {
        let (before, rest) = block.split_at_mut(c);
        let column = &mut rest[0];
        for other in before.iter() {
            let common = dot(other, column);
            column.iter_mut().zip(other).for_each(|(value, other)| *value -= common * other);
        }
        let length = dot(column, column).sqrt();
        let scale = if length > DEPENDENT * whole { 1.0 / length } else { 0.0 };
        column.iter_mut().for_each(|value| *value *= scale);
    }
    for (c, column) in block.iter().enumerate() {
        basis.column_mut(from + c).iter_mut().zip(column).for_each(|(to, value)| *to = *value);
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; 16];
    let (a_head, a_tail) = a.as_chunks::<16>();
    let (b_head, b_tail) = b.as_chunks::<16>();
    for (a, b) in a_head.iter().zip(b_head) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + a_tail.iter().zip(b_tail).map(|(a, b)| a * b).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A matrix with a known decomposition: directions of falling weight, mixed by a fixed pattern.
    fn matrix(rows: usize, columns: usize) -> Sparse {
        let value = |r: usize, c: usize| ((r * 37 + c * 101) % 17) as f32 / 17.0 / (1.0 + (c % 8) as f32);
        let rows = (0..rows).map(|r| (0..columns as u32).map(|c| (c, value(r, c as usize))).collect()).collect();
        Sparse { columns, rows }
    }

    fn dense(matrix: &Sparse) -> Vec<Vec<f64>> {
        matrix.rows.iter().map(|row| row.iter().map(|&(_, v)| f64::from(v)).collect()).collect()
    }

    #[test]
    fn with_all_directions_no_product_changes() {
        let matrix = matrix(60, 20);
        let projected = project(&matrix, 20, 1);
        let rows = dense(&matrix);
        let norm = |row: &[f64]| row.iter().map(|v| v * v).sum::<f64>().sqrt();
        for i in 0..rows.len() {
            for j in 0..rows.len() {
                let exact: f64 = rows[i].iter().zip(&rows[j]).map(|(a, b)| a * b).sum::<f64>();
                let cosine = exact / norm(&rows[i]) / norm(&rows[j]);
                let mine = dot(&projected[i * 20..(i + 1) * 20], &projected[j * 20..(j + 1) * 20]);
                assert!((f64::from(mine) - cosine).abs() < 1e-3, "{i} {j}: {mine} and {cosine}");
            }
        }
    }

    #[test]
    fn columns_become_orthogonal_and_dependent_ones_vanish() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(3);
        let mut basis = Array2::from_shape_simple_fn((300, 150), || normal(&mut random));
        let copy = basis.column(3).to_owned();
        basis.column_mut(100).assign(&(copy * 2.0));
        orthogonal(&mut basis);
        let products = basis.t().dot(&basis);
        for ((i, j), value) in products.indexed_iter() {
            let expected = if i == j && i != 100 { 1.0 } else { 0.0 };
            assert!((value - expected).abs() < 1e-4, "{i} {j}: {value}");
        }
    }

    #[test]
    fn the_first_directions_carry_the_most() {
        let matrix = matrix(80, 40);
        let kept = |dims: usize| {
            let all = project(&matrix, 40, 5);
            all.chunks_exact(40).map(|row| dot(&row[..dims], &row[..dims])).sum::<f32>() / 80.0
        };
        assert!(kept(5) > 0.8 && kept(10) > kept(5) && kept(40) > 0.999, "{} {}", kept(5), kept(10));
    }
}
