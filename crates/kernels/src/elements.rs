//! What is done to each number of an array, or to all of them: work that waits for memory, once several threads do it.
//!
//! Numbers are read and written as f32, bf16 or f16; arithmetic is done in f32, and long sums in f64. Every function takes the registers
//! that it uses. [`fill`], [`add`] and [`sum`] share their work out; [`convert`] and [`round`] are for the few numbers that a caller has in hand.

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
#[inline]
pub fn convert<A: Element, B: Element>(level: Level, from: &[A], to: &mut [B]) {
    assert_eq!(from.len(), to.len(), "as many numbers");
    convert_some(level, from, to);
}

/// What is left of numbers that are converted to `T` and back.
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn round<T: Element>(level: Level, from: &[f32], to: &mut [f32]) {
    assert_eq!(from.len(), to.len(), "as many numbers");
    round_some::<T>(level, from, to);
}

/// `to[i] = number(i)`, each written by a thread that will read it if the same team adds it or adds it up.
pub fn fill<T: Element>(team: &Team, to: &mut [T], number: impl Fn(usize) -> f32 + Sync) {
    let stretch = stretch(team, to.len());
    team.each(to.chunks_mut(stretch).enumerate().collect(), |(part, to): (usize, &mut [T])| {
        to.iter_mut().zip(part * stretch..).for_each(|(to, at)| *to = T::from_f32(number(at)));
    });
}

/// `c = a + b`.
///
/// # Panics
/// If the lengths differ.
pub fn add<T: Element>(team: &Team, level: Level, a: &[T], b: &[T], c: &mut [T]) {
    assert!(a.len() == c.len() && b.len() == c.len(), "arrays of equal lengths");
    let stretch = stretch(team, c.len());
    let parts = a.chunks(stretch).zip(b.chunks(stretch)).zip(c.chunks_mut(stretch)).collect();
    team.each(parts, |((a, b), c): ((&[T], &[T]), &mut [T])| add_some(level, a, b, c));
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

/// Numbers of a task: whole cache lines of any type.
fn stretch(team: &Team, len: usize) -> usize {
    len.div_ceil(team.tasks(len)).next_multiple_of(64).max(64)
}

kernel! {
    fn convert_some<A: Element, B: Element>(from: &[A], to: &mut [B]) = convert_body: f32;
}

kernel! {
    fn round_some<T: Element>(from: &[f32], to: &mut [f32]) = round_body: f32;
}

/// # Safety
/// The processor has the registers `V`.
#[inline(always)]
unsafe fn round_body<V: Single, T: Element>(from: &[f32], to: &mut [f32]) {
    let len = from.len().min(to.len());
    let whole = len - len % V::LANES;
    let mut room = [T::default(); MOST_LANES];
    for at in (0..whole).step_by(V::LANES) {
        // SAFETY: the caller vouches for the registers; both have as many numbers, and the room is for the widest.
        unsafe {
            T::store(V::load(from.as_ptr().add(at)), room.as_mut_ptr());
            T::load::<V>(room.as_ptr()).store(to.as_mut_ptr().add(at));
        }
    }
    for (from, to) in from[whole..len].iter().zip(&mut to[whole..len]) {
        *to = T::from_f32(*from).to_f32();
    }
}

kernel! {
    fn add_some<T: Element>(a: &[T], b: &[T], c: &mut [T]) = add_body: f32;
}

/// # Safety
/// The processor has the registers `V`.
#[inline(always)]
unsafe fn add_body<V: Single, T: Element>(a: &[T], b: &[T], c: &mut [T]) {
    let len = a.len().min(b.len()).min(c.len());
    let whole = len - len % V::LANES;
    for at in (0..whole).step_by(V::LANES) {
        // SAFETY: the caller vouches for the registers; all three have as many numbers.
        unsafe {
            let (x, y): (V, V) = (T::load(a.as_ptr().add(at)), T::load(b.as_ptr().add(at)));
            T::store(x.add(y), c.as_mut_ptr().add(at));
        }
    }
    for at in whole..len {
        c[at] = T::from_f32(a[at].to_f32() + b[at].to_f32());
    }
}

kernel! {
    fn sum_some<T: Element>(x: &[T]) -> f32 = sum_body: f32;
}

/// # Safety
/// The processor has the registers `V`.
#[inline(always)]
unsafe fn sum_body<V: Single, T: Element>(x: &[T]) -> f32 {
    let step = SIDE * V::LANES;
    let whole = x.len() - x.len() % step;
    let mut lanes = [0.0; SIDE * MOST_LANES];
    // SAFETY: the caller vouches for the registers; `whole` numbers can be read in steps, and the room is for the widest.
    unsafe {
        let mut sums = [V::splat(0.0); SIDE];
        for at in (0..whole).step_by(step) {
            for (side, sum) in sums.iter_mut().enumerate() {
                *sum = T::load::<V>(x.as_ptr().add(at + side * V::LANES)).add(*sum);
            }
        }
        for (side, sum) in sums.into_iter().enumerate() {
            sum.store(lanes.as_mut_ptr().add(side * V::LANES));
        }
    }
    let rest: f32 = x[whole..].iter().map(|x| x.to_f32()).sum();
    lanes[..step].iter().sum::<f32>() + rest
}
