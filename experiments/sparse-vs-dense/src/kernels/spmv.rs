//! Sparse matrix × vector.
//!
//! By rows (CSR), a row is a dot product that gathers what it needs of the vector. By columns (CSC), a column scatters into
//! the result; several threads then need a result each.

use std::ops::Range;

use kernels::Team;
use kernels::team::{by_entries, pieces};

use super::view::View;

/// Room that a product by columns needs on several threads, kept from call to call.
#[derive(Debug, Default)]
pub struct Partials {
    sums: Vec<f64>,
}

/// `y = a · x`.
///
/// # Panics
/// If the lengths do not fit.
pub fn times_vector(team: &Team, a: View<'_>, x: &[f64], y: &mut [f64], partials: &mut Partials) {
    assert_eq!((a.rows(), a.columns()), (y.len(), x.len()), "the shape of the matrix");
    if a.by_rows() { gather(team, a, x, y) } else { scatter(team, a, x, y, partials) }
}

fn gather(team: &Team, a: View<'_>, x: &[f64], y: &mut [f64]) {
    let ranges = by_entries(a.starts(), team.tasks(a.nonzeros()));
    team.each(pieces(y, &ranges, 1), |(rows, y): (Range<usize>, &mut [f64])| {
        a.dots(rows, x, y);
    });
}

fn scatter(team: &Team, a: View<'_>, x: &[f64], y: &mut [f64], partials: &mut Partials) {
    let ranges = by_entries(a.starts(), team.tasks(a.nonzeros()).min(team.threads()));
    let columns = |range: Range<usize>, y: &mut [f64]| {
        y.fill(0.0);
        a.add_all_to(range, x, y);
    };
    if let [only] = ranges.as_slice() {
        columns(only.clone(), y);
        return;
    }
    let len = y.len();
    partials.sums.resize(ranges.len() * len, 0.0);
    let own: Vec<_> = ranges.iter().cloned().zip(partials.sums.chunks_mut(len.max(1))).collect();
    team.each(own, |(range, sums)| columns(range, sums));
    y.fill(0.0);
    for sums in partials.sums.chunks(len.max(1)).take(ranges.len()) {
        y.iter_mut().zip(sums).for_each(|(y, sum)| *y += sum);
    }
}
