//! Work that uses each number once, so that it waits for memory: the sum of two arrays, and the sum over one.

use std::hint::black_box;

use half::{bf16, f16};
use kernels::simd::Single;
use kernels::{Level, Team, kernel};
use measure::{Prepared, Refusal, Task};
use results::{Answer, Cell, RecordedTable, Unit};

use crate::case::Case;
use crate::numbers::{SECOND, Stored, norm, number};

/// Fewer numbers than this are left to one thread: they are done before another has woken up.
const WORTH_SHARING: usize = 1 << 18;
/// Tasks for each thread, so that one that is held up does not hold up the others.
const TASKS_PER_THREAD: usize = 4;
/// Numbers that are added up in f32 before they are added in f64.
const BLOCK: usize = 4096;
/// Numbers of the widest register.
const MOST_LANES: usize = 16;
/// Numbers of the result that an answer shows.
pub(crate) const SHOWN: usize = 64;

/// What is done to a stretch of an array; one for each format, since registers are picked when it is called.
pub(crate) trait Streamed: Stored {
    /// `c = a + b`, of equal lengths.
    fn add(level: Level, a: &[Self], b: &[Self], c: &mut [Self]);
    /// Σ x.
    fn sum(level: Level, x: &[Self]) -> f64;
}

macro_rules! streamed {
    ($($number:ty),*) => {$(
        impl Streamed for $number {
            fn add(level: Level, a: &[Self], b: &[Self], c: &mut [Self]) {
                kernel! { fn add(a: &[$number], b: &[$number], c: &mut [$number]) = add_body: f32; }
                assert!(a.len() == c.len() && b.len() == c.len(), "arrays of equal lengths");
                add(level, a, b, c);
            }

            fn sum(level: Level, x: &[Self]) -> f64 {
                kernel! { fn sum(x: &[$number]) -> f64 = sum_body: f32; }
                sum(level, x)
            }
        }
    )*};
}

streamed!(f32, bf16, f16);

/// # Safety
/// The processor has the registers `V`, and the arrays are of equal lengths.
#[inline(always)]
unsafe fn add_body<V: Single>(a: &[impl Stored], b: &[impl Stored], c: &mut [impl Stored]) {
    let whole = c.len() / V::LANES * V::LANES;
    for at in (0..whole).step_by(V::LANES) {
        // SAFETY: a register's worth lies before the end of each.
        unsafe {
            let (x, y): (V, V) = (Stored::load(a.as_ptr().add(at)), Stored::load(b.as_ptr().add(at)));
            Stored::store(x.add(y), c.as_mut_ptr().add(at));
        }
    }
    for at in whole..c.len() {
        c[at] = Stored::of(a[at].wide() + b[at].wide());
    }
}

/// # Safety
/// The processor has the registers `V`.
#[inline(always)]
unsafe fn sum_body<V: Single>(x: &[impl Stored]) -> f64 {
    let mut total = 0.0;
    for block in x.chunks(BLOCK) {
        // Four sums side by side, so that none waits for the one before.
        let mut sums = [0.0; 4 * MOST_LANES];
        let whole = block.len() / (4 * V::LANES) * (4 * V::LANES);
        // SAFETY: the registers' worth lies before the end of the block, and the room is large enough.
        unsafe {
            let mut four = [V::splat(0.0); 4];
            for at in (0..whole).step_by(4 * V::LANES) {
                for (k, sum) in four.iter_mut().enumerate() {
                    let x: V = Stored::load(block.as_ptr().add(at + k * V::LANES));
                    *sum = x.add(*sum);
                }
            }
            for (k, sum) in four.into_iter().enumerate() {
                sum.store(sums.as_mut_ptr().add(k * V::LANES));
            }
        }
        let rest = block[whole..].iter().map(|x| f64::from(x.wide())).sum::<f64>();
        total += sums.iter().map(|sum| f64::from(*sum)).sum::<f64>() + rest;
    }
    total
}

/// Threads with the stretches that they work on.
struct Sharing {
    team: Team,
    stretch: usize,
}

impl Sharing {
    fn new(threads: usize, len: usize) -> anyhow::Result<Self> {
        let team = Team::new(if len < WORTH_SHARING { 1 } else { threads })?;
        let tasks = if team.threads() == 1 { 1 } else { team.threads() * TASKS_PER_THREAD };
        // Whole cache lines of any format.
        Ok(Self { stretch: len.div_ceil(tasks).next_multiple_of(64), team })
    }

    /// An array in a format, made by the threads that will read it.
    fn array<T: Stored>(&self, len: usize, number: impl Fn(usize) -> f32 + Sync) -> Vec<T> {
        let mut numbers = vec![T::default(); len];
        let stretches = numbers.chunks_mut(self.stretch).enumerate().collect();
        self.team.each(stretches, |(place, numbers): (usize, &mut [T])| {
            let places = place * self.stretch..;
            numbers.iter_mut().zip(places).for_each(|(to, at)| *to = T::of(number(at)));
        });
        numbers
    }
}

/// Sets up the sum of two arrays on the processor.
pub(crate) fn add<T: Streamed>(task: &Task, case: &Case, len: usize) -> Result<Prepared, Refusal> {
    let (level, sharing) = (Level::best(), Sharing::new(case.threads, len)?);
    let second = task.seed.wrapping_add(SECOND);
    let (a, b): (Vec<T>, Vec<T>) =
        (sharing.array(len, |at| number(task.seed, at)), sharing.array(len, |at| number(second, at)));
    let mut c = vec![T::default(); len];
    let threads = sharing.team.threads();
    let run = move |c: &mut [T]| {
        let Sharing { team, stretch } = &sharing;
        let stretches = black_box(&a).chunks(*stretch).zip(black_box(&b).chunks(*stretch)).zip(c.chunks_mut(*stretch));
        team.each(stretches.collect(), |((a, b), c)| T::add(level, a, b, c));
    };
    run(&mut c);
    let pairs = c.iter().enumerate().map(|(at, mine)| {
        let exact = f64::from(number(task.seed, at)) + f64::from(number(second, at));
        (f64::from(mine.wide()), exact)
    });
    let (mut off, mut whole, mut mine_whole) = (0.0, 0.0, 0.0);
    for (mine, exact) in pairs {
        off += (mine - exact).powi(2);
        whole += exact.powi(2);
        mine_whole += mine.powi(2);
    }
    let error = proven((off / whole).sqrt(), case)?;
    let whole: f64 = mine_whole.sqrt();
    let prepared = Prepared::new(move || {
        run(black_box(&mut c));
        let shown = norm(c[..SHOWN.min(c.len())].iter().map(|x| f64::from(x.wide())));
        Ok(Answer { rows: c.len() as u64, values: vec![whole, shown], digest: None })
    });
    let prepared = prepared.setting("ceiling", "memory-copy").fact("flops", len as f64);
    Ok(stated::<T>(prepared, case, len, 3, error).setting("threads", threads))
}

/// Between a half and one and a half, so that a sum says how it was taken.
pub(crate) fn positive(seed: u64, index: usize) -> f32 {
    1.0 + 0.5 * number(seed, index)
}

/// Sets up the sum over an array on the processor.
pub(crate) fn sum<T: Streamed>(task: &Task, case: &Case, len: usize) -> Result<Prepared, Refusal> {
    let (level, sharing) = (Level::best(), Sharing::new(case.threads, len)?);
    let x: Vec<T> = sharing.array(len, |at| positive(task.seed, at));
    let threads = sharing.team.threads();
    let run = move || -> f64 {
        let Sharing { team, stretch } = &sharing;
        team.map(black_box(&x).chunks(*stretch).collect(), |x| T::sum(level, x)).iter().sum()
    };
    let exact: f64 = (0..len).map(|at| f64::from(positive(task.seed, at))).sum();
    let error = proven((run() - exact).abs() / exact, case)?;
    let prepared = Prepared::new(move || Ok(Answer { rows: len as u64, values: vec![black_box(run())], digest: None }));
    let prepared = prepared.setting("ceiling", "memory-read").fact("flops", len as f64);
    let prepared = stated::<T>(prepared, case, len, 1, error).setting("threads", threads);
    Ok(if size_of::<T>() < size_of::<f32>() {
        prepared.table("accumulation", accumulation::<T>(task.seed))
    } else {
        prepared
    })
}

/// The error, if rounding to the format explains it: each number twice, and the result.
pub(crate) fn proven(error: f64, case: &Case) -> anyhow::Result<f64> {
    let most = 3.0 * case.format.rounding();
    anyhow::ensure!(error <= most, "the result is off by {error:.1e}, and rounding explains {most:.1e}");
    Ok(error)
}

fn stated<T>(prepared: Prepared, case: &Case, len: usize, arrays: usize, error: f64) -> Prepared {
    let bytes = (arrays * len * size_of::<T>()) as f64;
    let registers = Level::best().name();
    let widened = if size_of::<T>() < size_of::<f32>() { ", widened to f32 and rounded back" } else { "" };
    case.described(prepared, &format!("{registers}{widened}"))
        .fact("rows", len as f64)
        .fact("bytes", bytes)
        .fact("working_set_bytes", bytes)
        .fact("error", error)
}

/// What becomes of a sum that is kept in the format itself: the relative error, by how many numbers are added.
fn accumulation<T: Stored>(seed: u64) -> RecordedTable {
    let row = |count: usize| {
        let numbers = (0..count).map(|at| T::of(positive(seed, at)).wide());
        let (mut exact, mut single, mut own) = (0.0, 0.0_f32, T::default());
        for number in numbers {
            exact += f64::from(number);
            single += number;
            own = T::of(own.wide() + number);
        }
        let error = |sum: f32| Cell::Number((f64::from(sum) - exact).abs() / exact);
        vec![Cell::Number(count as f64), error(single), error(own.wide())]
    };
    let columns =
        [("Numbers", Unit::Number), ("Sum kept in f32", Unit::Share), ("Sum kept in the format itself", Unit::Share)];
    RecordedTable::new(&columns, [10, 100, 1000, 10_000, 100_000, 1_000_000].map(row).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every level and every length around the width of a register agrees with one number after the other.
    fn agree<T: Streamed + PartialEq + std::fmt::Debug>() {
        for level in Level::present() {
            for len in [0, 1, 7, 8, 15, 16, 17, 63, 64, 65, BLOCK - 1, BLOCK, BLOCK + 70] {
                let array = |seed| -> Vec<T> { (0..len).map(|at| T::of(number(seed, at))).collect() };
                let (a, b) = (array(1), array(2));
                let mut c = vec![T::of(9.0); len];
                T::add(level, &a, &b, &mut c);
                let one_by_one: Vec<T> = a.iter().zip(&b).map(|(a, b)| T::of(a.wide() + b.wide())).collect();
                assert_eq!(c, one_by_one, "{level:?}, {len} numbers");
                let positive: Vec<T> = (0..len).map(|at| T::of(positive(1, at))).collect();
                let exact: f64 = positive.iter().map(|x| f64::from(x.wide())).sum();
                let sum = T::sum(level, &positive);
                assert!((sum - exact).abs() <= 1e-6 * exact, "{level:?}, {len} numbers: {sum} and {exact}");
            }
        }
    }

    #[test]
    fn every_kind_of_registers_agrees_with_one_number_at_a_time() {
        agree::<f32>();
        agree::<bf16>();
        agree::<f16>();
    }

    #[test]
    fn a_sum_in_a_short_format_stops_growing() {
        let table = accumulation::<bf16>(1);
        let error = |row: usize, column: usize| match table.rows[row][column] {
            Cell::Number(error) => error,
            ref other => panic!("{other:?}"),
        };
        assert!(error(3, 2) > 0.5, "of ten thousand numbers most are lost: {}", error(3, 2));
        assert!((0..6).all(|row| error(row, 1) < 0.01));
    }
}
