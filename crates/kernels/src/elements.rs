//! What is done to each number of an array, or to each row of them: work that waits for memory, once several threads do it.
//!
//! Every function takes the threads and the registers that it uses. Numbers are read and written as f32, bf16 or f16; all arithmetic is done in f32, and long sums in f64.

use crate::simd::{Element, Single, convert as convert_body};
use crate::team::evenly;
use crate::{Level, Team, kernel};

/// Numbers that are added up in f32 before they are added in f64.
const BLOCK: usize = 4096;
/// Registers side by side, so that an addition need not wait for the one before.
const SIDE: usize = 4;
/// Numbers of the widest register.
const MOST_LANES: usize = 16;

/// Converts numbers, each to the nearest.
///
/// # Panics
/// If the lengths differ.
pub fn convert<A: Element, B: Element>(team: &Team, level: Level, from: &[A], to: &mut [B]) {
    assert_eq!(from.len(), to.len(), "as many numbers");
    each(team, (from, 1), (to, 1), |from, to| convert_some(level, from, to));
}

/// `y = factor · x + y`.
///
/// # Panics
/// If the lengths differ.
pub fn add_scaled<T: Element>(team: &Team, level: Level, factor: f32, x: &[T], y: &mut [T]) {
    assert_eq!(x.len(), y.len(), "as many numbers");
    each(team, (x, 1), (y, 1), |x, y| add_scaled_some(level, factor, x, y));
}

/// Σ x: blocks of some thousand numbers in f32, their sums in f64.
#[must_use]
pub fn sum<T: Element>(team: &Team, level: Level, x: &[T]) -> f64 {
    let parts = evenly(x.len().div_ceil(BLOCK), team.tasks(x.len()));
    let blocks = |part: std::ops::Range<usize>| &x[part.start * BLOCK..(part.end * BLOCK).min(x.len())];
    team.map(parts, |part| blocks(part).chunks(BLOCK).map(|block| f64::from(sum_some(level, block))).sum::<f64>())
        .iter()
        .sum()
}

/// `y = x · Φ(x)`, with the distribution function Φ of the normal distribution (GELU, not its approximation by tanh).
///
/// # Panics
/// If the lengths differ.
pub fn gelu<T: Element>(team: &Team, level: Level, x: &[T], y: &mut [T]) {
    assert_eq!(x.len(), y.len(), "as many numbers");
    each(team, (x, 1), (y, 1), |x, y| gelu_some(level, x, y));
}

/// `y = exp(x) ÷ Σ exp(x)` over each row of so many columns.
///
/// # Panics
/// If the lengths differ, or are not whole rows.
pub fn softmax<T: Element>(team: &Team, level: Level, columns: usize, x: &[T], y: &mut [T]) {
    check_rows(columns, x.len(), y.len());
    each(team, (x, columns), (y, columns), |x, y| {
        let mut row = vec![0.0; columns];
        for (x, y) in x.chunks_exact(columns).zip(y.chunks_exact_mut(columns)) {
            softmax_row(level, x, y, &mut row);
        }
    });
}

/// `y = (x − mean) ÷ √(variance + epsilon) · gain + bias` over each row of as many columns as `gain` has.
///
/// # Panics
/// If the lengths do not fit.
pub fn layer_norm<T: Element>(
    team: &Team,
    level: Level,
    gain: &[f32],
    bias: &[f32],
    epsilon: f32,
    x: &[T],
    y: &mut [T],
) {
    let columns = gain.len();
    assert_eq!(columns, bias.len(), "a bias for each gain");
    check_rows(columns, x.len(), y.len());
    each(team, (x, columns), (y, columns), |x, y| {
        for (x, y) in x.chunks_exact(columns).zip(y.chunks_exact_mut(columns)) {
            layer_norm_row(level, gain, bias, epsilon, x, y);
        }
    });
}

fn check_rows(columns: usize, from: usize, to: usize) {
    assert_eq!(from, to, "as many numbers");
    assert!(from == 0 || (columns > 0 && from.is_multiple_of(columns)), "{from} numbers are no rows of {columns}");
}

/// Shares rows of so many columns out to a team.
fn each<A: Sync, B: Send>(
    team: &Team,
    (from, from_columns): (&[A], usize),
    (to, to_columns): (&mut [B], usize),
    work: impl Fn(&[A], &mut [B]) + Sync + Send,
) {
    if to.is_empty() {
        return;
    }
    let rows = to.len() / to_columns;
    // Single numbers are cut at whole cache lines of any type.
    let unit = if to_columns == 1 { 64 } else { 1 };
    let together = rows.div_ceil(team.tasks(to.len())).next_multiple_of(unit);
    let parts = from.chunks(together * from_columns).zip(to.chunks_mut(together * to_columns)).collect();
    team.each(parts, |(from, to): (&[A], &mut [B])| work(from, to));
}

kernel! {
    fn convert_some<A: Element, B: Element>(from: &[A], to: &mut [B]) = convert_body: f32;
}

kernel! {
    fn add_scaled_some<T: Element>(factor: f32, x: &[T], y: &mut [T]) = add_scaled_body: f32;
}

/// # Safety
/// The processor has the registers `V`.
#[inline(always)]
unsafe fn add_scaled_body<V: Single, T: Element>(factor: f32, x: &[T], y: &mut [T]) {
    let len = x.len().min(y.len());
    let whole = len - len % V::LANES;
    for at in (0..whole).step_by(V::LANES) {
        // SAFETY: the caller vouches for the registers; both have as many numbers.
        unsafe {
            let to = y.as_mut_ptr().add(at);
            T::store(V::splat(factor).mul_add(T::load(x.as_ptr().add(at)), T::load(to)), to);
        }
    }
    for (x, y) in x[whole..len].iter().zip(&mut y[whole..len]) {
        *y = T::from_f32(factor * x.to_f32() + y.to_f32());
    }
}

kernel! {
    fn sum_some<T: Element>(x: &[T]) -> f32 = sum_body: f32;
}

/// # Safety
/// The processor has the registers `V`.
#[inline(always)]
unsafe fn sum_body<V: Single, T: Element>(x: &[T]) -> f32 {
    // SAFETY: the caller vouches for the registers.
    unsafe { fold::<V, T>(x, |sum, x| x.add(sum), |x| x) }
}

/// The sum of what `term` adds to sums of numbers, or `last` of the few that are left over.
///
/// # Safety
/// The processor has the registers `V`.
#[inline(always)]
unsafe fn fold<V: Single, T: Element>(x: &[T], term: impl Fn(V, V) -> V, last: impl Fn(f32) -> f32) -> f32 {
    let step = SIDE * V::LANES;
    let whole = x.len() - x.len() % step;
    let mut lanes = [0.0; SIDE * MOST_LANES];
    // SAFETY: the caller vouches for the registers; `whole` numbers can be read in steps, and the room is for the widest.
    unsafe {
        let mut sums = [V::splat(0.0); SIDE];
        for at in (0..whole).step_by(step) {
            for (side, sum) in sums.iter_mut().enumerate() {
                *sum = term(*sum, T::load(x.as_ptr().add(at + side * V::LANES)));
            }
        }
        for (side, sum) in sums.into_iter().enumerate() {
            sum.store(lanes.as_mut_ptr().add(side * V::LANES));
        }
    }
    let rest: f32 = x[whole..].iter().map(|x| last(x.to_f32())).sum();
    lanes[..step].iter().sum::<f32>() + rest
}

/// Calls `each` for every register of numbers, and once more for those left over, behind which zeros stand.
///
/// # Safety
/// The processor has the registers `V`.
#[inline(always)]
unsafe fn map<V: Single, A: Element, B: Element>(x: &[A], y: &mut [B], each: impl Fn(V) -> V) {
    let len = x.len().min(y.len());
    let whole = len - len % V::LANES;
    for at in (0..whole).step_by(V::LANES) {
        // SAFETY: the caller vouches for the registers; both have as many numbers.
        unsafe { B::store(each(A::load(x.as_ptr().add(at))), y.as_mut_ptr().add(at)) };
    }
    let (mut from, mut to) = ([A::default(); MOST_LANES], [B::default(); MOST_LANES]);
    from[..len - whole].copy_from_slice(&x[whole..len]);
    // SAFETY: the caller vouches for the registers; the room is for the widest.
    unsafe { B::store(each(A::load(from.as_ptr())), to.as_mut_ptr()) };
    y[whole..len].copy_from_slice(&to[..len - whole]);
}

kernel! {
    fn gelu_some<T: Element>(x: &[T], y: &mut [T]) = gelu_body: f32;
}

/// # Safety
/// The processor has the registers `V`.
#[inline(always)]
unsafe fn gelu_body<V: Single, T: Element>(x: &[T], y: &mut [T]) {
    // SAFETY: the caller vouches for the registers.
    unsafe { map::<V, T, T>(x, y, |x| x.mul(normal(x))) }
}

/// The distribution function of the normal distribution, with an error of at most about 1e-7 (Abramowitz and Stegun, 7.1.26).
///
/// # Safety
/// The processor has the registers `V`.
#[inline(always)]
unsafe fn normal<V: Single>(x: V) -> V {
    const TERMS: [f32; 5] = [1.061_405_4, -1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6];
    // SAFETY: the caller vouches for the registers.
    unsafe {
        let zero = V::splat(0.0);
        let size = x.max(zero.sub(x));
        let argument = size.mul(V::splat(std::f32::consts::FRAC_1_SQRT_2));
        let t = V::splat(1.0).div(argument.mul_add(V::splat(0.327_591_1), V::splat(1.0)));
        let series = TERMS[1..].iter().fold(V::splat(TERMS[0]), |sum, term| sum.mul_add(t, V::splat(*term)));
        // Half of what lies beyond the argument, on one side.
        let beyond = series.mul(t).mul(exponential(zero.sub(argument.mul(argument)))).mul(V::splat(0.5));
        // Below zero that is it; above, what is left of one. The sign is 0 or 1, from a number far steeper than any.
        let above = x.mul(V::splat(f32::MAX)).min(V::splat(1.0)).max(zero);
        above.mul(V::splat(1.0).sub(beyond)).add(V::splat(1.0).sub(above).mul(beyond))
    }
}

/// `exp(x)`, with an error of about two units in the last place; no less than `exp(−87)`, and no more than `exp(88)`.
///
/// # Safety
/// The processor has the registers `V`.
#[inline(always)]
unsafe fn exponential<V: Single>(x: V) -> V {
    // Adding it to a number leaves no room for what is behind the point.
    const ROUND: f32 = 12_582_912.0;
    // ln 2 in two parts, of which the first has few digits.
    const LN_2: (f32, f32) = (0.693_359_4, -2.121_944_4e-4);
    // Of the Taylor series, from the seventh power down.
    const TERMS: [f32; 6] = [1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5];
    // SAFETY: the caller vouches for the registers.
    unsafe {
        // Not a number stays what it is: `max` and `min` give their second number then.
        let x = V::splat(88.0).min(V::splat(-87.0).max(x));
        let power = x.mul_add(V::splat(std::f32::consts::LOG2_E), V::splat(ROUND)).sub(V::splat(ROUND));
        let rest = power.mul_add(V::splat(-LN_2.1), power.mul_add(V::splat(-LN_2.0), x));
        let series = TERMS[1..].iter().fold(V::splat(TERMS[0]), |sum, term| sum.mul_add(rest, V::splat(*term)));
        let whole = series.mul_add(rest.mul(rest), rest.add(V::splat(1.0)));
        whole.mul(power.power_of_two())
    }
}

kernel! {
    fn softmax_row<T: Element>(x: &[T], y: &mut [T], row: &mut [f32]) = softmax_body: f32;
}

/// # Safety
/// The processor has the registers `V`.
#[inline(always)]
unsafe fn softmax_body<V: Single, T: Element>(x: &[T], y: &mut [T], row: &mut [f32]) {
    // SAFETY: the caller vouches for the registers.
    unsafe {
        convert_body::<V, T, f32>(x, row);
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for chunk in row.chunks_mut(MOST_LANES) {
            let mut room = [0.0; MOST_LANES];
            room[..chunk.len()].copy_from_slice(chunk);
            for at in (0..MOST_LANES).step_by(V::LANES) {
                let x = V::load(room.as_ptr().add(at));
                exponential(x.sub(V::splat(largest))).store(room.as_mut_ptr().add(at));
            }
            chunk.copy_from_slice(&room[..chunk.len()]);
        }
        let sum = fold::<V, f32>(row, |sum, x| x.add(sum), |x| x);
        let share = V::splat(1.0 / sum);
        map::<V, f32, T>(row, y, |x| x.mul(share));
    }
}

kernel! {
    fn layer_norm_row<T: Element>(gain: &[f32], bias: &[f32], epsilon: f32, x: &[T], y: &mut [T]) = layer_norm_body: f32;
}

/// # Safety
/// The processor has the registers `V`, and all slices are equally long.
#[inline(always)]
unsafe fn layer_norm_body<V: Single, T: Element>(gain: &[f32], bias: &[f32], epsilon: f32, x: &[T], y: &mut [T]) {
    let len = x.len();
    // SAFETY: the caller vouches for the registers.
    let (mean, scale) = unsafe {
        let mean = fold::<V, T>(x, |sum, x| x.add(sum), |x| x) / len as f32;
        let middle = V::splat(mean);
        let off = |x: V| x.sub(middle);
        // Twice over the row, which is in the cache: the difference of two large sums would lose its digits.
        let squares = fold::<V, T>(x, |sum, x| off(x).mul_add(off(x), sum), |x| (x - mean) * (x - mean));
        (mean, 1.0 / (squares / len as f32 + epsilon).sqrt())
    };
    let whole = len - len % V::LANES;
    for at in (0..whole).step_by(V::LANES) {
        // SAFETY: the caller vouches for the registers and the lengths.
        unsafe {
            let x: V = T::load(x.as_ptr().add(at));
            let normal = x.sub(V::splat(mean)).mul(V::splat(scale));
            let normal = normal.mul_add(V::load(gain.as_ptr().add(at)), V::load(bias.as_ptr().add(at)));
            T::store(normal, y.as_mut_ptr().add(at));
        }
    }
    for at in whole..len {
        y[at] = T::from_f32((x[at].to_f32() - mean) * scale * gain[at] + bias[at]);
    }
}
