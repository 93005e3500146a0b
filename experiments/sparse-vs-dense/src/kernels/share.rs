//! Rows shared out to threads by the entries in them.

use std::ops::Range;

use rayon::ThreadPool;
use rayon::prelude::*;

/// Entries that are worth a task of their own: less is done before another thread has woken up.
const TASK: usize = 32_768;
/// Tasks for each thread, so that one that is held up does not hold up the others.
const TASKS_PER_THREAD: usize = 4;

/// Threads to work with: none means the calling thread alone, which is also what small work gets.
#[derive(Debug)]
pub struct Team {
    pool: Option<ThreadPool>,
}

impl Team {
    /// A team of `threads`.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(threads: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        let pool = (threads > 1).then(|| rayon::ThreadPoolBuilder::new().num_threads(threads).build()).transpose()?;
        Ok(Self { pool })
    }

    /// Number of threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.pool.as_ref().map_or(1, ThreadPool::current_num_threads)
    }

    /// Into how many tasks work of this many entries is best cut.
    #[must_use]
    pub fn tasks(&self, entries: usize) -> usize {
        match self.threads() {
            1 => 1,
            threads => (entries / TASK).clamp(1, threads * TASKS_PER_THREAD),
        }
    }

    /// Runs a task for each item.
    pub fn each<T: Send>(&self, items: Vec<T>, task: impl Fn(T) + Send + Sync) {
        match &self.pool {
            Some(pool) if items.len() > 1 => pool.install(|| items.into_par_iter().for_each(task)),
            _ => items.into_iter().for_each(task),
        }
    }

    /// Runs a task for each item and keeps the results in order.
    pub fn map<T: Send, R: Send>(&self, items: Vec<T>, task: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
        match &self.pool {
            Some(pool) if items.len() > 1 => pool.install(|| items.into_par_iter().map(task).collect()),
            _ => items.into_iter().map(task).collect(),
        }
    }
}

/// Cuts rows into at most `parts` ranges with about as many entries in each; `starts` is where each row's entries begin,
/// and the end of the last.
#[must_use]
pub fn by_entries(starts: &[u32], parts: usize) -> Vec<Range<usize>> {
    let rows = starts.len() - 1;
    let parts = parts.clamp(1, rows.max(1));
    // A row costs something even when it is empty.
    let cost = |row: usize| (starts[row] - starts[0]) as usize + row;
    let whole = cost(rows);
    let mut ranges = Vec::with_capacity(parts);
    let mut from = 0;
    for part in 1..=parts {
        let wanted = whole * part / parts;
        let to = if part == parts { rows } else { partition(from, rows, |row| cost(row) < wanted) };
        if to > from {
            ranges.push(from..to);
        }
        from = to;
    }
    if ranges.is_empty() {
        ranges.push(0..rows);
    }
    ranges
}

/// The first of `from..to` for which `before` does not hold; it holds for all in front of it.
fn partition(mut from: usize, mut to: usize, before: impl Fn(usize) -> bool) -> usize {
    while from < to {
        let middle = from.midpoint(to);
        if before(middle) { from = middle + 1 } else { to = middle }
    }
    from
}

/// Equal ranges, at most `parts` of them.
#[must_use]
pub fn evenly(rows: usize, parts: usize) -> Vec<Range<usize>> {
    let each = rows.div_ceil(parts.max(1)).max(1);
    (0..rows.div_ceil(each).max(1)).map(|part| (part * each).min(rows)..((part + 1) * each).min(rows)).collect()
}

/// Cuts a slice of `width` elements a row at the ranges, which follow each other from 0 on.
///
/// # Panics
/// If the ranges reach beyond the slice.
#[must_use]
pub fn pieces<'a, T>(
    mut whole: &'a mut [T],
    ranges: &[Range<usize>],
    width: usize,
) -> Vec<(Range<usize>, &'a mut [T])> {
    let mut pieces = Vec::with_capacity(ranges.len());
    for range in ranges {
        let (piece, rest) = whole.split_at_mut(range.len() * width);
        pieces.push((range.clone(), piece));
        whole = rest;
    }
    pieces
}
