//! The blocked product of Goto and van de Geijn: what is copied and multiplied, and in which order.
//!
//! Each task has some rows and some columns of the product for itself, and takes the depth in blocks. Of one, it copies its rows of the
//! first matrix into panels as high as a tile, few enough for the second cache, and passes the columns of the second matrix over them, in
//! panels as wide as a tile, of which one stays in the first cache. A panel of columns is copied by the task that needs it first, and stays
//! for all: see `columns`. Tasks that run side by side start with different ones, so that they share this work too.
//!
//! What is copied next is asked for while products are summed, so that a copy seldom waits for memory.

use std::mem::MaybeUninit;
use std::ops::{AddAssign, Range};

use super::ahead::Ahead;
use super::columns::Columns;
use super::pack::{Packed, Packs, Part, fill};
use super::plan::Plan;
use super::room::{OfTask, Room};
use super::tasks::{Size, Task, share_out, worth};
use super::tile::{LARGEST, Place, height};
use crate::Matrix;
use crate::team::{Team, evenly};

/// Bytes of the panels of columns that are kept, above which the columns are taken in several turns.
const ROOM: usize = 8 << 20;

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
    /// Columns of a whole panel.
    wide: usize,
}

/// `c = a · b`, or `c += a · b`; shapes were checked.
pub(super) fn product<T, P, S>(
    team: &Team,
    plan: &Plan<T, P, S>,
    (a, b): (Matrix<'_, T>, Matrix<'_, T>),
    c: &mut [S],
    accumulate: bool,
    room: &mut Room<P>,
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
    let work = Work { plan, a, b, target: Target(c.as_mut_ptr()), accumulate, wide };
    // Equal blocks: a short one would be loaded and stored for little.
    let deep = steps.div_ceil(steps.div_ceil(plan.steps)).next_multiple_of(plan.grain);
    let blocks: Vec<_> = (0..steps).step_by(deep).map(|from| from..(from + deep).min(steps)).collect();
    let panels = b.columns().div_ceil(wide);
    let threads = worth(a.rows(), b.columns(), steps).clamp(1, team.threads());
    let fits = ROOM / (deep * wide * size_of::<P>());
    for panels in evenly(panels, panels.div_ceil(fits.max(1))) {
        // Several threads take as many blocks at once as there is room for, since they wait for each other behind these; one thread
        // takes the next block to where the last one was, which its caches hold.
        let together = if threads == 1 { 1 } else { (fits / panels.len()).max(1) };
        for blocks in blocks.chunks(together) {
            let size = Size { rows: a.rows(), panels: panels.clone(), steps: deep * blocks.len() };
            let tasks = share_out(threads, size, (plan.whole.0, wide), plan.block);
            let (columns, own) = room.panels(panels.len() * blocks.len(), deep * wide);
            let make = |task: Task| {
                // SAFETY: the target has a sum for each row of `a` and column of `b`, and tasks differ in rows or in columns.
                own.with(|own| unsafe { work.task(&task, blocks, (panels.clone(), &columns), own) });
            };
            if threads == 1 { tasks.into_iter().for_each(make) } else { team.each(tasks, make) }
        }
    }
}

impl<T: Packs<P>, P: Packed, S: Copy + Default + AddAssign> Work<'_, T, P, S> {
    /// Makes the rows and columns of a task, for some blocks of steps. Panels of columns are shared: of each block, those that are said.
    ///
    /// # Safety
    /// The target has a sum for each row of `a` and column of `b`, of which nobody else touches those of the task.
    unsafe fn task(
        &self,
        task: &Task,
        blocks: &[Range<usize>],
        (panels, columns): (Range<usize>, &Columns<'_, P>),
        own: &mut OfTask<P>,
    ) {
        if let Some(state) = self.plan.state {
            // SAFETY: there is a plan only of what the processor has.
            unsafe { (state.enter)() };
        }
        for (block, steps) in blocks.iter().enumerate() {
            let shared = |panel: usize| block * panels.len() + panel - panels.start;
            let next = match blocks.get(block + 1) {
                Some(steps) => Some((task.rows.clone(), steps)),
                None => (!task.then.is_empty()).then(|| (task.then.clone(), &blocks[0])),
            };
            let next = next.map(|(rows, steps)| self.part_of_a(rows, steps));
            // SAFETY: the caller vouches for the rows and columns.
            unsafe { self.block(task, steps, next, (shared, columns), own) };
        }
        if let Some(state) = self.plan.state {
            // SAFETY: as above.
            unsafe { (state.leave)() };
        }
    }

    /// Makes the rows and columns of a task for some steps; `next` are the rows that are copied behind these.
    ///
    /// # Safety
    /// As [`Self::task`].
    unsafe fn block(
        &self,
        task: &Task,
        steps: &Range<usize>,
        next: Option<Part<'_, T>>,
        (shared, columns): (impl Fn(usize) -> usize, &Columns<'_, P>),
        own: &mut OfTask<P>,
    ) {
        let deep = steps.len().next_multiple_of(self.plan.grain);
        let tiles: Vec<_> = self.tiles(&task.rows).collect();
        let a = own.rows.get(tiles.iter().map(|(_, high)| high * deep).sum());
        let mut rest = &mut *a;
        for (row, high) in &tiles {
            let (panel, others) = rest.split_at_mut(high * deep);
            rest = others;
            let part = self.part_of_a(*row..(row + high).min(task.rows.end), steps);
            (self.plan.rows)(self.plan.level, part, *high, panel);
        }
        let mut rows_ahead = Ahead::new(next, tiles.len() * task.panels.len());
        let nth = |i: usize| task.panels.start + (task.start + i) % task.panels.len();
        for i in 0..task.panels.len() {
            let panel = nth(i);
            let part = self.part_of_b(panel, steps);
            let wide = part.lines.next_multiple_of(self.plan.lanes);
            let copy = |to: &mut [P]| fill(self.plan.level, part, wide, &mut to[..deep * wide]);
            let b = match columns.get(shared(panel), copy) {
                Some(panel) => panel,
                None => {
                    let panel = own.columns.get(deep * wide);
                    copy(panel);
                    panel
                }
            };
            let next = (i + 1 < task.panels.len()).then(|| nth(i + 1)).filter(|next| columns.is_missing(shared(*next)));
            let mut columns_ahead = Ahead::new(next.map(|next| self.part_of_b(next, steps)), tiles.len());
            let mut a = &*a;
            for (row, high) in &tiles {
                rows_ahead.ask();
                columns_ahead.ask();
                let (mine, rest) = a.split_at(high * deep);
                a = rest;
                let place = Place {
                    rows: *high,
                    registers: wide / self.plan.lanes,
                    steps: deep,
                    a: mine.as_ptr(),
                    b: b.as_ptr(),
                    // SAFETY: row and column are of the product.
                    c: unsafe { self.target.0.add(row * self.b.columns() + panel * self.wide) },
                    stride: self.b.columns(),
                    adds: self.accumulate || steps.start > 0,
                };
                let there = (*high).min(task.rows.end - row);
                if (there, part.lines) == (*high, wide) {
                    // SAFETY: both panels have `deep` steps, and the whole tile lies within the product.
                    unsafe { (self.plan.tile)(self.plan.level, place) };
                } else {
                    // SAFETY: as above, for the rows and columns that there are.
                    unsafe { self.edge(place, there, part.lines, wide) };
                }
            }
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

    /// A tile that reaches beyond the product: it is made apart, and the rows and columns that there are go to the product.
    ///
    /// # Safety
    /// As [`Tile`](super::tile::Tile), but of the product, `rows` and `columns` alone are there.
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
