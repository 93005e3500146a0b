//! The blocked product of Goto and van de Geijn: who multiplies what, and in which order.
//!
//! Each task has some rows and some columns of the product for itself. It takes the depth in blocks; of one, it copies some rows of the
//! first matrix into panels as high as a tile, small enough for the second cache, and passes the columns of the second matrix over
//! them, in panels as wide as a tile, of which one stays in the first cache. A panel of columns is copied when it is first needed, and
//! stays for the rows that follow.
//!
//! What is copied next is asked for while products are summed, so that a copy seldom waits for memory. Tasks that share columns copy them
//! each for itself: that costs less than waiting for each other.

use std::mem::MaybeUninit;
use std::ops::{AddAssign, Range};

use super::ahead::Ahead;
use super::pack::{Packed, Packs, Part, fill};
use super::plan::Plan;
use super::room::{Room, Rooms};
use super::tile::{LARGEST, Place, height};
use crate::Matrix;
use crate::team::{Team, evenly};

/// Steps for which a tile stays in registers: enough that loading and storing it does not count, and few enough for the caches.
const STEPS: usize = 256;
/// Bytes of the panels of columns that a task keeps, above which it takes its columns in several turns.
const ROOM: usize = 8 << 20;
/// Products of two numbers that are worth a task of their own.
const TASK: usize = 1 << 20;
/// Tasks for each thread, so that one that is held up does not hold up the others.
const TASKS_PER_THREAD: usize = 4;
/// What copying a number costs, in products of two numbers by one lane: about this many, by trial.
const COPY: f64 = 8.0;

/// The product, to whose rows and columns several threads write.
#[derive(Clone, Copy)]
struct Target<S>(*mut S);
// SAFETY: each task writes its own rows and columns alone, see `product`.
unsafe impl<S: Send> Send for Target<S> {}
// SAFETY: as above.
unsafe impl<S: Send> Sync for Target<S> {}

/// A product that is under way.
struct Work<'a, T, P, S> {
    plan: &'a Plan<T, P, S>,
    a: Matrix<'a, T>,
    b: Matrix<'a, T>,
    target: Target<S>,
    /// Whether the product is added to what is there.
    accumulate: bool,
    /// Steps of the depth: numbers, or pairs.
    steps: usize,
    /// Columns of a whole panel.
    wide: usize,
}

/// Rows of the product, and panels of its columns.
#[derive(Clone, Debug)]
struct Task {
    rows: Range<usize>,
    panels: Range<usize>,
}

/// Rows of the first matrix for some steps.
#[derive(Clone)]
struct Block {
    rows: Range<usize>,
    steps: Range<usize>,
}

/// `c = a · b`, or `c += a · b`; shapes were checked.
pub(super) fn product<T, P, S>(
    team: &Team,
    plan: &Plan<T, P, S>,
    (a, b): (Matrix<'_, T>, Matrix<'_, T>),
    c: &mut [S],
    accumulate: bool,
    rooms: &Rooms<P>,
) where
    T: Packs<P>,
    P: Packed,
    S: Copy + Default + AddAssign + Send + Sync,
{
    if c.is_empty() || a.columns() == 0 {
        if !accumulate {
            c.fill(S::default());
        }
        return;
    }
    let steps = a.columns().div_ceil(T::FOLD);
    let wide = plan.whole.1 * plan.lanes;
    let work = Work { plan, a, b, target: Target(c.as_mut_ptr()), accumulate, steps, wide };
    let tasks = share_out(team.threads(), (a.rows(), plan.whole.0), (b.columns(), wide), steps);
    team.each(tasks, |task| {
        // SAFETY: the target has a sum for each row of `a` and column of `b`, and tasks differ in rows or in columns.
        rooms.with(|room| unsafe { work.task(task, room) });
    });
}

/// The tasks of a product of `rows` × `columns`, each given with those of a tile.
fn share_out(threads: usize, rows: (usize, usize), columns: (usize, usize), steps: usize) -> Vec<Task> {
    let (tiles, panels) = (rows.0.div_ceil(rows.1), columns.0.div_ceil(columns.1));
    let work = rows.0.saturating_mul(columns.0).saturating_mul(steps);
    let most = (work / TASK).clamp(1, threads * TASKS_PER_THREAD);
    let wanted = if threads == 1 { 1 } else { most };
    // Rows are copied for each range of columns anew, and columns for each range of rows.
    let cost = |down: usize| {
        let across = wanted.div_ceil(down).min(panels);
        let (tiles, panels) = (tiles.div_ceil(down), panels.div_ceil(across));
        let (high, wide) = ((tiles * rows.1) as f64, (panels * columns.1) as f64);
        let turns = (down * across).div_ceil(threads) as f64;
        turns * (high * wide + COPY * (high + wide))
    };
    let down = (1..=wanted.min(tiles)).min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap_or(1);
    let across = wanted.div_ceil(down).min(panels);
    let rows = |part: Range<usize>| part.start * rows.1..(part.end * rows.1).min(rows.0);
    let across = evenly(panels, across);
    let task =
        |part: Range<usize>| across.iter().map(move |panels| Task { rows: rows(part.clone()), panels: panels.clone() });
    evenly(tiles, down).into_iter().flat_map(task).collect()
}

impl<T: Packs<P>, P: Packed, S: Copy + Default + AddAssign> Work<'_, T, P, S> {
    /// Makes the rows and columns of a task.
    ///
    /// # Safety
    /// The target has a sum for each row of `a` and column of `b`, of which nobody else touches those of the task.
    unsafe fn task(&self, task: Task, room: &mut Room<P>) {
        if let Some(state) = self.plan.state {
            // SAFETY: there is a plan only of what the processor has.
            unsafe { (state.enter)() };
        }
        // Equal blocks: a short one would be loaded and stored for little.
        let deep = self.steps.div_ceil(self.steps.div_ceil(STEPS)).next_multiple_of(self.plan.grain);
        let high = self.plan.block.next_multiple_of(self.plan.whole.0);
        let panels = (ROOM / (deep * self.wide * size_of::<P>())).clamp(1, task.panels.len());
        let first = room.first.get(high.min(task.rows.len().next_multiple_of(self.plan.whole.0)) * deep);
        let second = room.second.get(panels * deep * self.wide);
        for turn in task.panels.clone().step_by(panels) {
            let panels = turn..(turn + panels).min(task.panels.end);
            let mut block = Some(self.block(task.rows.start, 0, &task, high, deep));
            let mut is_first = true;
            while let Some(now) = block {
                let next = self.next(&now, &task, high, deep);
                // SAFETY: the caller vouches for the rows, and for the columns of the panels.
                unsafe { self.rows(&now, next.as_ref(), panels.clone(), is_first, first, second) };
                is_first = next.as_ref().is_some_and(|next| next.steps != now.steps);
                block = next;
            }
        }
        if let Some(state) = self.plan.state {
            // SAFETY: as above.
            unsafe { (state.leave)() };
        }
    }

    fn block(&self, row: usize, step: usize, task: &Task, high: usize, deep: usize) -> Block {
        Block { rows: row..(row + high).min(task.rows.end), steps: step..(step + deep).min(self.steps) }
    }

    /// The block behind another: all rows for some steps, then the next steps.
    fn next(&self, now: &Block, task: &Task, high: usize, deep: usize) -> Option<Block> {
        match (now.rows.end < task.rows.end, now.steps.end < self.steps) {
            (true, _) => Some(self.block(now.rows.end, now.steps.start, task, high, deep)),
            (false, true) => Some(self.block(task.rows.start, now.steps.end, task, high, deep)),
            (false, false) => None,
        }
    }

    /// Some rows of the first matrix for some steps.
    fn part_of_a(&self, rows: Range<usize>, steps: &Range<usize>) -> Part<'_, T> {
        let from = steps.start * T::FOLD;
        Part {
            data: &self.a.data()[rows.start * self.a.row_stride() + from * self.a.column_stride()..],
            lines: rows.len(),
            depth: (steps.len() * T::FOLD).min(self.a.columns() - from),
            line_stride: self.a.row_stride(),
            depth_stride: self.a.column_stride(),
        }
    }

    /// The columns of a panel of the second matrix for some steps.
    fn part_of_b(&self, panel: usize, steps: &Range<usize>) -> Part<'_, T> {
        let (from, left) = (steps.start * T::FOLD, panel * self.wide);
        Part {
            data: &self.b.data()[from * self.b.row_stride() + left * self.b.column_stride()..],
            lines: self.wide.min(self.b.columns() - left),
            depth: (steps.len() * T::FOLD).min(self.b.rows() - from),
            line_stride: self.b.column_stride(),
            depth_stride: self.b.row_stride(),
        }
    }

    /// Tiles of rows, from the top: the first row of each, and its height.
    fn tiles(&self, rows: &Range<usize>) -> impl Iterator<Item = (usize, usize)> + use<T, P, S> {
        let (lowest, most, end) = (self.plan.lowest, self.plan.whole.0, rows.end);
        rows.clone().step_by(most).map(move |row| (row, height(end - row, lowest, most)))
    }

    /// Multiplies a block of rows by panels of columns, which are copied first if `fresh`; `next` is the block behind this one.
    ///
    /// # Safety
    /// As [`Self::task`].
    unsafe fn rows(
        &self,
        block: &Block,
        next: Option<&Block>,
        panels: Range<usize>,
        fresh: bool,
        first: &mut [P],
        second: &mut [P],
    ) {
        let steps = block.steps.len().next_multiple_of(self.plan.grain);
        let mut copied = 0;
        for (row, high) in self.tiles(&block.rows) {
            let part = self.part_of_a(row..(row + high).min(block.rows.end), &block.steps);
            (self.plan.rows)(self.plan.level, part, high, &mut first[copied..copied + high * steps]);
            copied += high * steps;
        }
        let tiles = self.tiles(&block.rows).count();
        let rows_ahead = next.map(|next| self.part_of_a(next.rows.clone(), &next.steps));
        let mut rows_ahead = Ahead::new(rows_ahead, tiles * panels.len());
        for panel in panels.clone() {
            let part = self.part_of_b(panel, &block.steps);
            let (there, wide) = (part.lines, part.lines.next_multiple_of(self.plan.lanes));
            let b = &mut second[(panel - panels.start) * steps * self.wide..][..steps * wide];
            if fresh {
                fill(self.plan.level, part, wide, b);
            }
            let columns_ahead = match next {
                _ if fresh && panel + 1 < panels.end => Some(self.part_of_b(panel + 1, &block.steps)),
                Some(next) if next.steps != block.steps && panel + 1 == panels.end => {
                    Some(self.part_of_b(panels.start, &next.steps))
                }
                _ => None,
            };
            let mut columns_ahead = Ahead::new(columns_ahead, tiles);
            let mut a = &first[..copied];
            for (row, high) in self.tiles(&block.rows) {
                rows_ahead.ask();
                columns_ahead.ask();
                let (mine, rest) = a.split_at(high * steps);
                a = rest;
                let place = Place {
                    rows: high,
                    registers: wide / self.plan.lanes,
                    steps,
                    a: mine.as_ptr(),
                    b: b.as_ptr(),
                    // SAFETY: row and column are of the product.
                    c: unsafe { self.target.0.add(row * self.b.columns() + panel * self.wide) },
                    stride: self.b.columns(),
                    adds: self.accumulate || block.steps.start > 0,
                };
                if there == wide && high <= block.rows.end - row {
                    // SAFETY: both panels have `steps` steps, and the whole tile lies within the product.
                    unsafe { (self.plan.tile)(self.plan.level, place) };
                } else {
                    // SAFETY: as above, for the rows and columns that there are.
                    unsafe { self.edge(place, high.min(block.rows.end - row), there, wide) };
                }
            }
        }
    }

    /// A tile that reaches beyond the product: it is made apart, and the rows and columns that there are go to the product.
    ///
    /// # Safety
    /// As [`Tile`], but of the product, `rows` and `columns` alone are there.
    unsafe fn edge(&self, place: Place<P, S>, rows: usize, columns: usize, wide: usize) {
        let mut sums = [const { MaybeUninit::<S>::uninit() }; LARGEST];
        let c = sums.as_mut_ptr().cast();
        // SAFETY: the panels are the caller's, and there is room for the largest tile; it writes all rows and columns of its own.
        let sums = unsafe {
            (self.plan.tile)(self.plan.level, Place { c, stride: wide, adds: false, ..place });
            std::slice::from_raw_parts(c, place.rows * wide)
        };
        for (row, sums) in sums.chunks_exact(wide).take(rows).enumerate() {
            // SAFETY: the caller vouches for these rows and columns.
            let c = unsafe { std::slice::from_raw_parts_mut(place.c.add(row * place.stride), columns) };
            if place.adds {
                c.iter_mut().zip(sums).for_each(|(c, sum)| *c += *sum);
            } else {
                c.copy_from_slice(&sums[..columns]);
            }
        }
    }
}
