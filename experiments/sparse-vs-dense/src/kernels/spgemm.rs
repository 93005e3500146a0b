//! Sparse matrix × sparse matrix: row after row, each collected in a dense vector (Gustavson's algorithm).

use std::ops::Range;

use kernels::Team;
use kernels::team::by_entries;

use super::view::View;

/// Multiplications for each column from which nearly all columns are reached: then it costs less to look at each than to
/// remember which were.
const SWEEP: usize = 1;

/// A product, compressed like its factors, with rising indices in each row (CSR) or column (CSC).
#[derive(Debug, Default)]
pub struct Product {
    /// Where the entries of each row or column begin, and the end of the last.
    pub starts: Vec<u32>,
    /// Column (CSR) or row (CSC) of each entry.
    pub indices: Vec<u32>,
    /// The entries.
    pub values: Vec<f64>,
}

impl Product {
    /// The entry at an outer and an inner index; zero where none is stored.
    #[must_use]
    pub fn get(&self, outer: usize, inner: usize) -> f64 {
        let range = self.starts[outer] as usize..self.starts[outer + 1] as usize;
        let indices = &self.indices[range.clone()];
        let found = u32::try_from(inner).ok().and_then(|inner| indices.binary_search(&inner).ok());
        found.map_or(0.0, |at| self.values[range.start + at])
    }
}

/// `a · b`, both compressed by rows, or both by columns.
///
/// # Panics
/// If the shapes do not fit, or one is compressed by rows and the other by columns.
#[must_use]
pub fn product(team: &Team, a: View<'_>, b: View<'_>) -> Product {
    assert_eq!(a.columns(), b.rows(), "the inner dimensions");
    assert_eq!(a.by_rows(), b.by_rows(), "both by rows or both by columns");
    // By columns, the arrays are those of the transposed matrices by rows, and (ab)ᵀ = bᵀaᵀ.
    let (a, b) = if a.by_rows() { (a, b) } else { (b.transposed(), a.transposed()) };
    let mean_row = b.nonzeros() / b.outer_len().max(1) + 1;
    let ranges = by_entries(a.starts(), team.tasks(a.nonzeros().saturating_mul(mean_row)));
    let mut parts = team.map(ranges, |rows| part(a, b, rows));
    match parts.len() {
        1 => parts.swap_remove(0),
        _ => joined(&parts),
    }
}

/// Some rows of the product.
fn part(a: View<'_>, b: View<'_>, rows: Range<usize>) -> Product {
    let columns = b.columns();
    let multiplications = |row: usize| -> usize {
        a.outer(row).0.iter().map(|k| (b.starts()[*k as usize + 1] - b.starts()[*k as usize]) as usize).sum()
    };
    let most: usize = rows.clone().map(|row| multiplications(row).min(columns)).sum();
    let mut out = Product { starts: vec![0], indices: Vec::with_capacity(most), values: Vec::with_capacity(most) };
    let mut sums = vec![0.0; columns];
    // A bit for each column that was reached; read off in order, so that nothing needs sorting.
    let mut reached = vec![0_u64; columns.div_ceil(64)];
    for row in rows {
        let (indices, values) = a.outer(row);
        if multiplications(row) >= SWEEP * columns {
            for (k, value) in indices.iter().zip(values) {
                b.add_to(*k as usize, *value, &mut sums);
            }
            // As in SciPy, an entry that cancels out is not stored.
            for (column, sum) in sums.iter_mut().enumerate() {
                if *sum != 0.0 {
                    out.indices.push(column as u32);
                    out.values.push(std::mem::take(sum));
                }
            }
        } else {
            for (k, value) in indices.iter().zip(values) {
                let (columns, entries) = b.outer(*k as usize);
                for (column, entry) in columns.iter().zip(entries) {
                    reached[*column as usize / 64] |= 1 << (column % 64);
                    sums[*column as usize] += value * entry;
                }
            }
            for (word, bits) in reached.iter_mut().enumerate() {
                let mut bits = std::mem::take(bits);
                while bits != 0 {
                    let column = word * 64 + bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    let sum = std::mem::take(&mut sums[column]);
                    if sum != 0.0 {
                        out.indices.push(column as u32);
                        out.values.push(sum);
                    }
                }
            }
        }
        out.starts.push(out.values.len() as u32);
    }
    out
}

fn joined(parts: &[Product]) -> Product {
    let entries = parts.iter().map(|part| part.values.len()).sum();
    let mut whole =
        Product { starts: vec![0], indices: Vec::with_capacity(entries), values: Vec::with_capacity(entries) };
    for part in parts {
        let before = whole.values.len() as u32;
        whole.starts.extend(part.starts[1..].iter().map(|start| before + start));
        whole.indices.extend_from_slice(&part.indices);
        whole.values.extend_from_slice(&part.values);
    }
    whole
}
