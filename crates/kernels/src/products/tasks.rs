//! Who multiplies what: rows and columns of a product, shared out to threads.

use std::cmp::Reverse;
use std::ops::Range;

use crate::team::evenly;

/// Products of two numbers that are worth a task of their own: waking a thread takes longer than fewer.
const TASK: usize = 1 << 20;
/// Tasks for each thread, so that one that is held up does not hold up the others.
const TASKS_PER_THREAD: usize = 4;
/// What copying a number costs, in products of two numbers by one lane: about this many, by trial.
const COPY: f64 = 8.0;
/// What fetching a number costs that another thread has copied.
const FETCH: f64 = 2.0;

/// Rows of the product, and panels of its columns.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) rows: Range<usize>,
    pub(super) panels: Range<usize>,
    /// How many panels lie before the one that it starts with: tasks that run side by side start with different ones.
    pub(super) start: usize,
    /// Rows that are probably the next ones of the same thread; none behind the last.
    pub(super) then: Range<usize>,
}

/// What is shared out.
#[derive(Clone, Debug)]
pub(super) struct Size {
    pub(super) rows: usize,
    /// Panels of columns.
    pub(super) panels: Range<usize>,
    /// Of the depth: numbers, or as many as are multiplied at once.
    pub(super) steps: usize,
}

/// How many tasks a product is worth.
pub(super) fn worth(rows: usize, columns: usize, steps: usize) -> usize {
    rows.saturating_mul(columns).saturating_mul(steps) / TASK
}

/// Tasks of whole tiles, which have so many rows and columns; none has more rows than a block, so that the second cache holds its copies.
pub(super) fn share_out(threads: usize, size: Size, (high, wide): (usize, usize), block: usize) -> Vec<Task> {
    let Size { rows, panels, steps } = size;
    let tiles = rows.div_ceil(high);
    let least = tiles.div_ceil((block / high).max(1));
    let most = worth(rows, panels.len() * wide, steps).clamp(1, threads * TASKS_PER_THREAD);
    let wanted = if threads == 1 { 1 } else { most };
    let across = |down: usize| wanted.div_ceil(down).min(panels.len());
    // Rows are copied for each range of columns anew; columns are copied once, by all that need them, and then fetched by each.
    let cost = |down: usize| {
        let across = across(down);
        let turns = (down * across).div_ceil(threads);
        // In a single turn, all wait for the largest task; of several, threads take larger and smaller ones.
        let part = |whole: usize, parts: usize| match turns {
            1 => whole.div_ceil(parts) as f64,
            _ => whole as f64 / parts as f64,
        };
        let (rows, columns) = (part(tiles, down) * high as f64, part(panels.len(), across) * wide as f64);
        turns as f64 * (rows * columns + COPY * (rows + columns / down as f64) + FETCH * columns)
    };
    let highest = wanted.max(least.next_multiple_of(threads)).min(tiles);
    let down = (least..=highest).min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap_or(least);
    let part = |tiles: Range<usize>| tiles.start * high..(tiles.end * high).min(rows);
    let mut down: Vec<_> = evenly(tiles, down).into_iter().map(part).collect();
    // The largest first: what is left over at the end is small.
    down.sort_by_key(|rows| Reverse(rows.len()));
    let across = evenly(panels.len(), across(down.len()));
    let mut tasks = Vec::with_capacity(down.len() * across.len());
    for (turn, rows) in down.iter().enumerate() {
        for part in &across {
            tasks.push(Task {
                rows: rows.clone(),
                panels: panels.start + part.start..panels.start + part.end,
                start: turn % threads * part.len() / threads,
                then: down.get(turn + threads.div_ceil(across.len())).cloned().unwrap_or_default(),
            });
        }
    }
    tasks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_and_panel_belongs_to_one_task() {
        for threads in [1, 2, 3, 7, 64] {
            for (rows, panels, steps) in
                [(1, 1, 1), (1, 40, 900), (37, 3, 17), (1000, 2, 8), (86, 33, 512), (2048, 64, 512)]
            {
                let from = 5;
                let size = Size { rows, panels: from..from + panels, steps };
                let tasks = share_out(threads, size, (12, 32), 96);
                let mut seen = vec![0; rows * panels];
                for task in &tasks {
                    assert!(task.rows.len() <= 96 && task.rows.start.is_multiple_of(12) && !task.panels.is_empty());
                    assert!(task.start < task.panels.len() && task.then.end <= rows);
                    for row in task.rows.clone() {
                        task.panels.clone().for_each(|panel| seen[row * panels + panel - from] += 1);
                    }
                }
                assert!(seen.iter().all(|times| *times == 1), "{threads} threads, {rows} × {panels}");
                if threads == 1 {
                    assert!(tasks.iter().all(|task| task.panels.len() == panels), "columns are cut for threads alone");
                }
            }
        }
    }

    #[test]
    fn threads_have_about_as_much_to_do() {
        for (threads, rows, panels, steps) in [
            (2, 256, 8, 256),
            (2, 512, 16, 512),
            (2, 1024, 32, 1024),
            (2, 128, 24, 768),
            (2, 2048, 64, 512),
            (3, 1024, 32, 512),
            (4, 16, 96, 768),
        ] {
            let mut busy = vec![0; threads];
            for task in share_out(threads, Size { rows, panels: 0..panels, steps }, (12, 32), 96) {
                // Whoever is free first takes the next one.
                *busy.iter_mut().min().expect("a thread") += task.rows.len() * task.panels.len();
            }
            let longest = busy.iter().max().copied().unwrap_or_default();
            let even = (rows * panels) as f64 / threads as f64;
            assert!(longest as f64 <= 1.06 * even, "{threads} threads, {rows} × {panels}: {busy:?}");
        }
    }
}
