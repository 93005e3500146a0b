//! Work that uses each number once, so that it waits for memory: the sum of two arrays, and the sum over one.

use std::hint::black_box;

use kernels::simd::Element;
use kernels::{Level, Team, elements};
use measure::{Prepared, Refusal, Task};
use results::{Answer, Cell, RecordedTable, Unit};

use crate::case::Case;
use crate::numbers::{SECOND, norm, number};

/// Numbers of the result that an answer shows.
pub(crate) const SHOWN: usize = 64;

/// Numbers of a sum of arrays whose error is looked at, evenly spaced: enough for any digit that is shown.
const CHECKED: usize = 1 << 20;

/// An array in a format.
fn array<T: Element>(team: &Team, len: usize, number: impl Fn(usize) -> f32 + Sync) -> Vec<T> {
    let mut numbers = vec![T::default(); len];
    elements::fill(team, &mut numbers, number);
    numbers
}

/// Threads that share work on so many numbers: small work is done by one.
fn busy(team: &Team, len: usize) -> usize {
    team.threads().min(team.tasks(len))
}

/// Sets up the sum of two arrays on the processor.
pub(crate) fn add<T: Element>(task: &Task, case: &Case, len: usize) -> Result<Prepared, Refusal> {
    let (level, team) = (Level::best(), Team::new(case.threads)?);
    let second = task.seed.wrapping_add(SECOND);
    let (a, b): (Vec<T>, Vec<T>) =
        (array(&team, len, |at| number(task.seed, at)), array(&team, len, |at| number(second, at)));
    let mut c = vec![T::default(); len];
    let threads = busy(&team, len);
    let run = move |c: &mut [T]| elements::add(&team, level, black_box(&a), black_box(&b), c);
    run(&mut c);
    let (mut off, mut exact_whole) = (0.0, 0.0);
    for (at, mine) in c.iter().enumerate().step_by(len.div_ceil(CHECKED)) {
        let exact = f64::from(number(task.seed, at)) + f64::from(number(second, at));
        off += (f64::from(mine.to_f32()) - exact).powi(2);
        exact_whole += exact.powi(2);
    }
    let error = proven((off / exact_whole).sqrt(), case)?;
    let whole = norm(c.iter().map(|x| f64::from(x.to_f32())));
    let prepared = Prepared::new(move || {
        run(black_box(&mut c));
        let shown = norm(c[..SHOWN.min(c.len())].iter().map(|x| f64::from(x.to_f32())));
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
pub(crate) fn sum<T: Element>(task: &Task, case: &Case, len: usize) -> Result<Prepared, Refusal> {
    let (level, team) = (Level::best(), Team::new(case.threads)?);
    let x: Vec<T> = array(&team, len, |at| positive(task.seed, at));
    let threads = busy(&team, len);
    let run = move || elements::sum(&team, level, black_box(&x));
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
fn accumulation<T: Element>(seed: u64) -> RecordedTable {
    let row = |count: usize| {
        let numbers = (0..count).map(|at| T::from_f32(positive(seed, at)).to_f32());
        let (mut exact, mut single, mut own) = (0.0, 0.0_f32, T::default());
        for number in numbers {
            exact += f64::from(number);
            single += number;
            own = T::from_f32(own.to_f32() + number);
        }
        let error = |sum: f32| Cell::Number((f64::from(sum) - exact).abs() / exact);
        vec![Cell::Number(count as f64), error(single), error(own.to_f32())]
    };
    let columns =
        [("Numbers", Unit::Number), ("Sum kept in f32", Unit::Share), ("Sum kept in the format itself", Unit::Share)];
    RecordedTable::new(&columns, [10, 100, 1000, 10_000, 100_000, 1_000_000].map(row).into())
}

#[cfg(test)]
mod tests {
    use half::bf16;

    use super::*;

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
