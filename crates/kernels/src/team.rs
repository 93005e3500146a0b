//! Work shared out to threads.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// Entries that are worth a task of their own: less is done before another thread has woken up.
const TASK: usize = 32_768;
/// Tasks for each thread, so that one that is held up does not hold up the others.
const TASKS_PER_THREAD: usize = 4;

/// Threads to work with. The calling thread is one of them; small work is done by it alone.
#[derive(Clone, Debug)]
pub struct Team {
    helpers: Option<Arc<ThreadPool>>,
}

impl Team {
    /// A team of `threads`; 0 is taken for 1.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(threads: usize) -> Result<Self, ThreadPoolBuildError> {
        let helpers = threads.saturating_sub(1);
        let build = || ThreadPoolBuilder::new().num_threads(helpers).build().map(Arc::new);
        Ok(Self { helpers: (helpers > 0).then(build).transpose()? })
    }

    /// Number of threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        1 + self.helpers.as_ref().map_or(0, |helpers| helpers.current_num_threads())
    }

    /// Into how many tasks work of this many entries is best cut.
    #[must_use]
    pub fn tasks(&self, entries: usize) -> usize {
        match self.threads() {
            1 => 1,
            threads => (entries / TASK).clamp(1, threads * TASKS_PER_THREAD),
        }
    }

    /// Runs a task for each item; whoever is free takes the next one.
    pub fn each<T: Send>(&self, items: Vec<T>, task: impl Fn(T) + Send + Sync) {
        match &self.helpers {
            Some(helpers) if items.len() > 1 => {
                let wanted = helpers.current_num_threads().min(items.len() - 1);
                let left = Mutex::new(items.into_iter());
                let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
                let work = || {
                    while let Some(item) = next() {
                        task(item);
                    }
                };
                helpers.in_place_scope(|scope| {
                    for _ in 0..wanted {
                        scope.spawn(|_| work());
                    }
                    work();
                });
            }
            _ => items.into_iter().for_each(task),
        }
    }

    /// Runs a task for each item and keeps the results in order.
    pub fn map<T: Send, R: Send>(&self, items: Vec<T>, task: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
        let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
        self.each(items.into_iter().zip(&mut results).collect(), |(item, result)| *result = Some(task(item)));
        results.into_iter().flatten().collect()
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

/// Ranges that differ by one row at most: as many as `parts`, or as there are rows.
#[must_use]
pub fn evenly(rows: usize, parts: usize) -> Vec<Range<usize>> {
    let parts = parts.clamp(1, rows.max(1));
    (0..parts).map(|part| rows * part / parts..rows * (part + 1) / parts).collect()
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
