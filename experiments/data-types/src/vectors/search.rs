//! The search itself: every stored vector meets every query, and the best are kept.
//!
//! Vectors come in tiles that stay in the second cache while all queries pass over them four at a time, so that memory is read
//! once for a batch and not once for a query. Threads take equal parts of the vectors and merge what they kept.

use rayon::ThreadPool;
use rayon::prelude::*;

use super::top::{Hit, Top};

/// Bytes of vectors in a tile: half of a small second cache, the rest is for the queries.
const TILE: usize = 128 << 10;

/// How stored vectors are compared with queries.
pub(super) trait Scorer: Sync {
    /// Vectors that lie interleaved: tiles are multiples of it.
    const TOGETHER: usize = 1;

    /// Number of vectors.
    fn len(&self) -> usize;

    /// Bytes of a vector.
    fn row_bytes(&self) -> usize;

    /// Number of queries of the batch that it holds.
    fn queries(&self) -> usize;

    /// Offers vectors `from` to `to` to the `tops` of queries `first` to `first + 4`; where the batch ends earlier, to fewer.
    fn compare(&self, from: usize, to: usize, first: usize, tops: &mut [Top]);
}

/// The nearest `most` vectors of each query, the nearest first.
pub(super) fn nearest(scorer: &impl Scorer, most: usize, pool: &ThreadPool) -> Vec<Vec<Hit>> {
    let parts = pool.current_num_threads().max(1);
    let together = together(scorer);
    let part = scorer.len().div_ceil(parts).next_multiple_of(together).max(together);
    let tops = pool.install(|| {
        (0..parts)
            .into_par_iter()
            .map(|p| scan(scorer, p * part, ((p + 1) * part).min(scorer.len()), most))
            .reduce_with(|mut all, other| {
                for (top, more) in all.iter_mut().zip(&other) {
                    top.merge(more);
                }
                all
            })
    });
    tops.unwrap_or_default().into_iter().map(Top::into_hits).collect()
}

fn scan<S: Scorer>(scorer: &S, from: usize, to: usize, most: usize) -> Vec<Top> {
    let mut tops = vec![Top::new(most); scorer.queries()];
    let tile = (TILE / scorer.row_bytes().max(1)).next_multiple_of(together(scorer)).max(together(scorer));
    let mut start = from;
    while start < to {
        let end = (start + tile).min(to);
        for (quad, tops) in tops.chunks_mut(4).enumerate() {
            scorer.compare(start, end, 4 * quad, tops);
        }
        start = end;
    }
    tops
}

fn together<S: Scorer>(_: &S) -> usize {
    S::TOGETHER
}

/// A pool of `threads`.
///
/// # Errors
/// If the system refuses to start them.
pub fn pool(threads: u32) -> anyhow::Result<ThreadPool> {
    let threads = usize::try_from(threads.max(1))?;
    Ok(rayon::ThreadPoolBuilder::new().num_threads(threads).build()?)
}

/// Four of the queries from `first` on; where the batch ends earlier, its last one stands in.
#[inline]
pub(super) fn four<T>(queries: &[Vec<T>], first: usize) -> [&[T]; 4] {
    let last = queries.len() - 1;
    std::array::from_fn(|i| queries[(first + i).min(last)].as_slice())
}

/// Four rows of `dims` numbers from row `first` on; where they end before `to`, the last one stands in.
#[inline]
pub(super) fn four_rows<T>(values: &[T], dims: usize, first: usize, to: usize) -> [&[T]; 4] {
    std::array::from_fn(|i| {
        let row = (first + i).min(to - 1);
        &values[row * dims..(row + 1) * dims]
    })
}
