//! The blocked product of Goto and van de Geijn: who multiplies what, and in which order.
//!
//! The second matrix is copied into panels as wide as a tile, once, by all threads. Then each takes some rows and some columns of the
//! product: block by block it copies the rows of the first matrix into panels as high as a tile, small enough for the second cache, and
//! passes the panels of the second matrix over them. A panel of the second matrix stays in the first cache meanwhile.

use std::ops::Range;

use super::pack::{Packs, Part, fill};
use super::tile::{Place, Tile, height};
use crate::team::{Team, evenly};
use crate::{Level, Matrix};

/// Steps for which a tile stays in registers: enough that loading and storing it does not count, and few enough for the caches.
const STEPS: usize = 256;
/// Rows of a block of the first matrix: with its steps, a quarter of a usual second cache.
const BLOCK: usize = 192;
/// Steps of the second matrix that are copied for all panels before the next ones: a page of memory for each.
const COPIED: usize = 32;
/// Bytes of copied panels of the second matrix, above which its columns are taken in several turns.
const ROOM: usize = 128 << 20;
/// Products of two numbers that are worth a task of their own.
const TASK: usize = 1 << 19;
/// Tasks for each thread, so that one that is held up does not hold up the others.
const TASKS_PER_THREAD: usize = 4;
/// Numbers of the largest tile.
const LARGEST: usize = 14 * 48;

/// How a processor multiplies numbers that panels hold as `P`.
#[derive(Clone, Copy)]
pub(super) struct Plan<P, S> {
    pub(super) level: Level,
    pub(super) tile: Tile<P, S>,
    /// Rows, and registers side by side, of a whole tile.
    pub(super) whole: (usize, usize),
    /// Sums in a register.
    pub(super) lanes: usize,
}

/// Room for copied panels, kept from call to call.
#[derive(Debug, Default)]
pub(super) struct Room<P> {
    first: Lines<P>,
    second: Lines<P>,
}

/// Numbers of which the first one starts a cache line, so that no register is read from two.
#[derive(Debug, Default)]
struct Lines<P> {
    numbers: Vec<P>,
}

impl<P: Copy + Default> Lines<P> {
    fn get(&mut self, len: usize) -> &mut [P] {
        const LINE: usize = 64;
        let slack = LINE / size_of::<P>();
        if self.numbers.len() < len + slack {
            self.numbers = vec![P::default(); len + slack];
        }
        // Where the start cannot be reached in whole numbers, speed is lost and nothing else.
        let skip = self.numbers.as_ptr().align_offset(LINE).min(slack);
        &mut self.numbers[skip..skip + len]
    }
}

/// The product, to whose rows and columns several threads write.
#[derive(Clone, Copy)]
struct Target<S>(*mut S);
// SAFETY: each task writes its own rows and columns alone, see `product`.
unsafe impl<S: Send> Send for Target<S> {}
// SAFETY: as above.
unsafe impl<S: Send> Sync for Target<S> {}

/// Rows and panels of a task.
struct Task<'a, P> {
    rows: Range<usize>,
    panels: Range<usize>,
    /// Room for a block of the first matrix.
    block: &'a mut [P],
}

/// The sizes of a product.
#[derive(Clone, Copy)]
struct Sizes {
    rows: usize,
    columns: usize,
    /// Steps of the depth: numbers, or pairs.
    steps: usize,
    /// Columns of a whole panel.
    wide: usize,
}

/// `c = a · b`, or `c += a · b`; shapes were checked.
pub(super) fn product<T, P, S>(
    team: &Team,
    plan: &Plan<P, S>,
    (a, b): (Matrix<'_, T>, Matrix<'_, T>),
    c: &mut [S],
    accumulate: bool,
    room: &mut Room<P>,
) where
    T: Packs<P> + Sync,
    P: Copy + Default + Send + Sync,
    S: Copy + Default + std::ops::AddAssign + Send + Sync,
{
    let steps = a.columns().div_ceil(T::FOLD);
    if c.is_empty() || steps == 0 {
        if !accumulate {
            c.fill(S::default());
        }
        return;
    }
    let sizes = Sizes { rows: a.rows(), columns: b.columns(), steps, wide: plan.whole.1 * plan.lanes };
    let panels = sizes.columns.div_ceil(sizes.wide);
    let at_once = (ROOM / (sizes.steps * sizes.wide * size_of::<P>())).clamp(1, panels);
    let target = Target(c.as_mut_ptr());
    for turn in (0..panels).step_by(at_once) {
        let turn = turn..(turn + at_once).min(panels);
        let second = room.second.get(turn.len() * sizes.steps * sizes.wide);
        copy_columns(team, b, sizes, plan.lanes, turn.clone(), second);

        let tiles = sizes.rows.div_ceil(plan.whole.0);
        let (down, across) = grid(team.threads(), sizes, tiles, turn.len());
        let block = BLOCK.div_ceil(plan.whole.0) * plan.whole.0 * depth_of_block(sizes.steps);
        let ranges: Vec<_> =
            down.iter().flat_map(|rows| across.iter().map(move |panels| (rows.clone(), panels.clone()))).collect();
        let first = room.first.get(ranges.len() * block);
        let tasks = ranges.into_iter().zip(first.chunks_exact_mut(block)).map(|((tiles, panels), block)| Task {
            rows: tiles.start * plan.whole.0..(tiles.end * plan.whole.0).min(sizes.rows),
            panels,
            block,
        });
        let second = &*second;
        team.each(tasks.collect(), |task: Task<'_, P>| {
            // SAFETY: the target has `rows × columns` sums, and tasks differ in rows or in columns.
            unsafe { part(plan, a, second, sizes, turn.start, task, target, accumulate) }
        });
    }
}

/// Rows (in tiles) and columns (in panels) by which the tasks differ.
fn grid(threads: usize, sizes: Sizes, tiles: usize, panels: usize) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    if threads == 1 {
        return (evenly(tiles, 1), evenly(panels, 1));
    }
    let work = sizes.rows.saturating_mul(sizes.columns).saturating_mul(sizes.steps);
    let wanted = (work / TASK).clamp(1, threads * TASKS_PER_THREAD);
    // Rows are copied for each range of columns anew: columns are cut only where there are too few rows.
    let down = evenly(tiles, wanted.min(tiles / 4).max(1));
    let across = evenly(panels, wanted.div_ceil(down.len()));
    (down, across)
}

/// Steps of a block of the depth: equal ones.
fn depth_of_block(steps: usize) -> usize {
    steps.div_ceil(steps.div_ceil(STEPS))
}

/// Columns of a panel, up to a whole register.
fn width(sizes: Sizes, lanes: usize, panel: usize) -> usize {
    (sizes.columns - panel * sizes.wide).min(sizes.wide).next_multiple_of(lanes)
}

/// Copies the columns of the panels of a turn, one panel after another.
fn copy_columns<T: Packs<P> + Sync, P: Copy + Send + Sync>(
    team: &Team,
    b: Matrix<'_, T>,
    sizes: Sizes,
    lanes: usize,
    turn: Range<usize>,
    to: &mut [P],
) {
    let panel_len = sizes.steps * sizes.wide;
    let together = turn.len().div_ceil(team.tasks(turn.len() * panel_len));
    let tasks: Vec<_> = to.chunks_mut(together * panel_len).enumerate().collect();
    team.each(tasks, |(task, to): (usize, &mut [P])| {
        for from in (0..sizes.steps).step_by(COPIED) {
            let some = COPIED.min(sizes.steps - from);
            for (number, to) in to.chunks_exact_mut(panel_len).enumerate() {
                let panel = turn.start + task * together + number;
                let wide = width(sizes, lanes, panel);
                let left = panel * sizes.wide;
                let part = Part {
                    data: &b.data()[from * T::FOLD * b.row_stride() + left * b.column_stride()..],
                    lines: wide.min(sizes.columns - left),
                    depth: (some * T::FOLD).min(b.rows() - from * T::FOLD),
                    line_stride: b.column_stride(),
                    depth_stride: b.row_stride(),
                };
                fill(part, wide, &mut to[from * wide..(from + some) * wide]);
            }
        }
    });
}

/// Some rows and columns of the product.
///
/// # Safety
/// The target has `rows × columns` sums, of which nobody else touches those of the task.
#[allow(clippy::too_many_arguments, reason = "what all tasks share, and the task")]
unsafe fn part<T: Packs<P>, P: Copy, S: Copy + Default + std::ops::AddAssign>(
    plan: &Plan<P, S>,
    a: Matrix<'_, T>,
    second: &[P],
    sizes: Sizes,
    first_panel: usize,
    task: Task<'_, P>,
    target: Target<S>,
    accumulate: bool,
) {
    let (most, _) = plan.whole;
    let Task { rows, panels, block } = task;
    let together = depth_of_block(sizes.steps);
    for from in (0..sizes.steps).step_by(together) {
        let steps = together.min(sizes.steps - from);
        let adds = accumulate || from > 0;
        for top in rows.clone().step_by(block.len() / together) {
            let bottom = (top + block.len() / together).min(rows.end);
            let tiles = || (top..bottom).step_by(most).map(|row| (row, height(bottom - row, most)));
            let mut at = 0;
            for (row, high) in tiles() {
                let part = Part {
                    data: &a.data()[row * a.row_stride() + from * T::FOLD * a.column_stride()..],
                    lines: high.min(bottom - row),
                    depth: (steps * T::FOLD).min(a.columns() - from * T::FOLD),
                    line_stride: a.row_stride(),
                    depth_stride: a.column_stride(),
                };
                fill(part, high, &mut block[at..at + high * steps]);
                at += high * steps;
            }
            for panel in panels.clone() {
                let wide = width(sizes, plan.lanes, first_panel + panel);
                let b = &second[panel * sizes.steps * sizes.wide + from * wide..][..steps * wide];
                let left = (first_panel + panel) * sizes.wide;
                let there = wide.min(sizes.columns - left);
                let mut a = &block[..at];
                for (row, high) in tiles() {
                    let (mine, rest) = a.split_at(high * steps);
                    a = rest;
                    let mut place = Place {
                        rows: high,
                        registers: wide / plan.lanes,
                        steps,
                        a: mine.as_ptr(),
                        b: b.as_ptr(),
                        // SAFETY: row and column are of the product.
                        c: unsafe { target.0.add(row * sizes.columns + left) },
                        stride: sizes.columns,
                        adds,
                    };
                    if there == wide && high <= bottom - row {
                        // SAFETY: both panels have `steps` steps, and the whole tile lies within the product.
                        unsafe { (plan.tile)(plan.level, place) };
                        continue;
                    }
                    // The tile reaches beyond the product: it is made apart.
                    let corner = place.c;
                    let mut sums = [S::default(); LARGEST];
                    (place.c, place.stride, place.adds) = (sums.as_mut_ptr(), wide, false);
                    // SAFETY: both panels have `steps` steps, and there is room for the largest tile.
                    unsafe { (plan.tile)(plan.level, place) };
                    for (i, sums) in sums.chunks_exact(wide).take(high.min(bottom - row)).enumerate() {
                        // SAFETY: these rows and columns are of the product, and of this task.
                        let c = unsafe { std::slice::from_raw_parts_mut(corner.add(i * sizes.columns), there) };
                        if adds {
                            c.iter_mut().zip(sums).for_each(|(c, sum)| *c += *sum);
                        } else {
                            c.copy_from_slice(&sums[..there]);
                        }
                    }
                }
            }
        }
    }
}
