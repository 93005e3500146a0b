//! Each loop once, for any register.
//!
//! Everything is inlined into a function of the register's file that has the instruction set enabled. Closures are
//! avoided: they would be compiled without it.

use super::vector::{FloatVector, Vector};
use crate::kernels::{Element, Float, Total};

/// The type that sums over `V` come to.
pub(crate) type TotalOf<V> = <<V as Vector>::Element as Element>::Total;

/// Registers that a reduction keeps sums in: enough to hide the latency of an addition behind the others.
const SUMS: usize = 8;

/// `y[i] = x[i]²`.
///
/// # Safety
/// The processor has `V`'s instruction set; `y` is as long as `x`.
#[inline(always)]
pub(crate) unsafe fn square<V: Vector>(x: &[V::Element], y: &mut [V::Element]) {
    let (n, from, to) = (x.len(), x.as_ptr(), y.as_mut_ptr());
    let whole = n - n % V::LANES;
    let mut i = 0;
    // SAFETY: the instruction set is there; i + LANES ≤ n in the loop, and the rest is n − whole < LANES elements.
    unsafe {
        while i < whole {
            let v = V::load(from.add(i));
            v.times(v).store(to.add(i));
            i += V::LANES;
        }
        if whole < n {
            let v = V::load_first(from.add(whole), n - whole);
            v.times(v).store_first(to.add(whole), n - whole);
        }
    }
}

/// The same with stores that pass the caches by.
///
/// # Safety
/// The processor has `V`'s instruction set; `y` is as long as `x`.
#[inline(always)]
pub(crate) unsafe fn square_past_caches<V: Vector>(x: &[V::Element], y: &mut [V::Element]) {
    let (n, from, to) = (x.len(), x.as_ptr(), y.as_mut_ptr());
    // Streamed stores want an aligned address: the elements before the first one are done apart.
    let head = to.align_offset(size_of::<V>()).min(n);
    let whole = head + (n - head) / V::LANES * V::LANES;
    let mut i = head;
    // SAFETY: the instruction set is there; i + LANES ≤ n in the loop, where to + i is aligned; head < LANES because the
    // elements' own alignment divides the register's; and the rest is n − whole < LANES elements.
    unsafe {
        if head > 0 {
            let v = V::load_first(from, head);
            v.times(v).store_first(to, head);
        }
        while i < whole {
            let v = V::load(from.add(i));
            v.times(v).stream(to.add(i));
            i += V::LANES;
        }
        if whole < n {
            let v = V::load_first(from.add(whole), n - whole);
            v.times(v).store_first(to.add(whole), n - whole);
        }
        V::fence();
    }
}

/// `y[i] = 1 / (1 + exp(-x[i]))`, by the steps of [`crate::kernels::exp`].
///
/// # Safety
/// The processor has `V`'s instruction set; `y` is as long as `x`.
#[inline(always)]
pub(crate) unsafe fn sigmoid<V: FloatVector>(x: &[V::Element], y: &mut [V::Element]) {
    let (n, from, to) = (x.len(), x.as_ptr(), y.as_mut_ptr());
    let whole = n - n % V::LANES;
    let mut i = 0;
    // SAFETY: the instruction set is there; i + LANES ≤ n in the loop, and the rest is n − whole < LANES elements.
    unsafe {
        while i < whole {
            sigmoid_of(V::load(from.add(i))).store(to.add(i));
            i += V::LANES;
        }
        if whole < n {
            sigmoid_of(V::load_first(from.add(whole), n - whole)).store_first(to.add(whole), n - whole);
        }
    }
}

/// # Safety
/// The processor has `V`'s instruction set.
#[inline(always)]
unsafe fn sigmoid_of<V: FloatVector>(x: V) -> V {
    // SAFETY: the instruction set is there, and no pointer is involved.
    unsafe {
        let one = V::splat(V::Element::ONE);
        let rounder = V::splat(V::Element::ROUNDER);
        let y = V::splat(V::Element::ZERO).minus(x);
        let y = y.at_most(V::splat(V::Element::LIMIT)).at_least(V::splat(V::Element::MINUS_LIMIT));

        let rounded = y.times_plus(V::splat(V::Element::LOG2_E), rounder);
        let n = rounded.minus(rounder);
        let r = n.times_plus(V::splat(V::Element::MINUS_LN2_HIGH), y);
        let r = n.times_plus(V::splat(V::Element::MINUS_LN2_LOW), r);

        let terms = V::Element::POLYNOMIAL;
        let mut q = V::splat(terms[terms.len() - 1]);
        let mut k = terms.len() - 1;
        while k > 0 {
            k -= 1;
            q = q.times_plus(r, V::splat(terms[k]));
        }
        let e = q.times(r).times_plus(r, r).plus(one);
        one.over(e.times_plus(rounded.power_of_two(), one))
    }
}

/// Σ x[i].
///
/// # Safety
/// The processor has `V`'s instruction set.
#[inline(always)]
pub(crate) unsafe fn sum<V: Vector>(x: &[V::Element]) -> TotalOf<V> {
    let mut total = TotalOf::<V>::default();
    for block in x.chunks(V::Element::BLOCK) {
        let (n, from) = (block.len(), block.as_ptr());
        let mut i = 0;
        // SAFETY: the instruction set is there; every load ends at or before n.
        unsafe {
            let mut sums = [V::splat(V::Element::ZERO); SUMS];
            while i + SUMS * V::LANES <= n {
                for (k, sum) in sums.iter_mut().enumerate() {
                    *sum = sum.plus(V::load(from.add(i + k * V::LANES)));
                }
                i += SUMS * V::LANES;
            }
            while i + V::LANES <= n {
                sums[0] = sums[0].plus(V::load(from.add(i)));
                i += V::LANES;
            }
            if i < n {
                sums[1] = sums[1].plus(V::load_first(from.add(i), n - i));
            }
            total = total.plus(add_up(sums).total());
        }
    }
    total
}

/// Σ x[i] · y[i].
///
/// # Safety
/// The processor has `V`'s instruction set; `y` is as long as `x`.
#[inline(always)]
pub(crate) unsafe fn dot<V: Vector>(x: &[V::Element], y: &[V::Element]) -> TotalOf<V> {
    let mut total = TotalOf::<V>::default();
    for (x, y) in x.chunks(V::Element::BLOCK).zip(y.chunks(V::Element::BLOCK)) {
        let (n, xs, ys) = (x.len(), x.as_ptr(), y.as_ptr());
        let mut i = 0;
        // SAFETY: the instruction set is there; every load ends at or before n, the length of both.
        unsafe {
            let mut sums = [V::splat(V::Element::ZERO); SUMS];
            while i + SUMS * V::LANES <= n {
                for (k, sum) in sums.iter_mut().enumerate() {
                    let at = i + k * V::LANES;
                    *sum = V::load(xs.add(at)).times_plus(V::load(ys.add(at)), *sum);
                }
                i += SUMS * V::LANES;
            }
            while i + V::LANES <= n {
                sums[0] = V::load(xs.add(i)).times_plus(V::load(ys.add(i)), sums[0]);
                i += V::LANES;
            }
            if i < n {
                let (x, y) = (V::load_first(xs.add(i), n - i), V::load_first(ys.add(i), n - i));
                sums[1] = x.times_plus(y, sums[1]);
            }
            total = total.plus(add_up(sums).total());
        }
    }
    total
}

/// How many are greater than `threshold`, and their sum. No branch depends on the data.
///
/// # Safety
/// The processor has `V`'s instruction set.
#[inline(always)]
pub(crate) unsafe fn filter<V: Vector>(x: &[V::Element], threshold: V::Element) -> (u64, TotalOf<V>) {
    /// Each keeps a sum and a counter.
    const PAIRS: usize = SUMS / 2;
    let (mut count, mut total) = (0, TotalOf::<V>::default());
    for block in x.chunks(V::Element::BLOCK) {
        let (n, from) = (block.len(), block.as_ptr());
        let mut i = 0;
        // SAFETY: the instruction set is there; every load ends at or before n.
        unsafe {
            let limit = V::splat(threshold);
            let mut sums = [V::splat(V::Element::ZERO); PAIRS];
            let mut counters = [V::counter(); PAIRS];
            while i + PAIRS * V::LANES <= n {
                for k in 0..PAIRS {
                    let v = V::load(from.add(i + k * V::LANES));
                    let mask = v.above(limit);
                    counters[k] = V::count(counters[k], mask);
                    sums[k] = v.add_where(mask, sums[k]);
                }
                i += PAIRS * V::LANES;
            }
            while i + V::LANES <= n {
                let v = V::load(from.add(i));
                let mask = v.above(limit);
                counters[0] = V::count(counters[0], mask);
                sums[0] = v.add_where(mask, sums[0]);
                i += V::LANES;
            }
            for counter in counters {
                count += V::counted(counter);
            }
            total = total.plus(add_up(sums).total());
            // The rest is done element by element: a lane filled with zero might be above a negative threshold.
            for x in &block[i..] {
                if *x > threshold {
                    count += 1;
                    total = total.plus(x.total());
                }
            }
        }
    }
    (count, total)
}

/// # Safety
/// The processor has `V`'s instruction set.
#[inline(always)]
unsafe fn add_up<V: Vector, const N: usize>(mut sums: [V; N]) -> V::Element {
    let mut width = N;
    // SAFETY: the instruction set is there, and no pointer is involved.
    unsafe {
        while width > 1 {
            width /= 2;
            for k in 0..width {
                sums[k] = sums[k].plus(sums[k + width]);
            }
        }
        sums[0].add_lanes()
    }
}
