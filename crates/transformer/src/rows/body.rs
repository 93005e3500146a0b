//! The loops themselves.

use super::Update;

/// Sums that run side by side, so that the compiler may keep them in registers.
const LANES: usize = 32;

#[inline(always)]
fn mul_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// Adds up `LANES` sums, halving.
#[inline(always)]
fn total(mut lanes: [f32; LANES]) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] += lanes[i + half];
        }
        half /= 2;
    }
    lanes[0]
}

/// `exp(x)` within two units in the last place; below -87 it stays at exp(-87), which is 1.6e-38.
#[inline(always)]
fn exp<const FUSED: bool>(x: f32) -> f32 {
    /// Added and taken away, it leaves the nearest integer; that integer is also in the low bits of the sum.
    const MAGIC: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.7);
    let sum = mul_add::<FUSED>(x, std::f32::consts::LOG2_E, MAGIC);
    let n = sum - MAGIC;
    let r = mul_add::<FUSED>(n, -LN2_LOW, mul_add::<FUSED>(n, -LN2_HIGH, x));
    let mut p = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5.0e-1] {
        p = mul_add::<FUSED>(p, r, coefficient);
    }
    let p = mul_add::<FUSED>(p * r, r, r) + 1.0;
    // n reaches 128, whose power has no place in f32: half of it twice.
    let half = n_of(sum) >> 1;
    p * power(half) * power(n_of(sum) - half)
}

/// The integer in the low bits of a number around `MAGIC`.
#[inline(always)]
fn n_of(sum: f32) -> i32 {
    (sum.to_bits() as i32).wrapping_sub(0x4b40_0000)
}

/// Two to a power.
#[inline(always)]
fn power(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) as u32) << 23)
}

/// The error function, within a few units in the last place: an odd polynomial over an even one.
#[inline(always)]
fn erf<const FUSED: bool>(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let mut p = -2.726_142_3e-10;
    for coefficient in [2.770_681_4e-8, -2.101_024_1e-6, -5.692_506_4e-5, -7.349_906_3e-4, -2.954_6e-3, -1.609_603_3e-2]
    {
        p = mul_add::<FUSED>(p, square, coefficient);
    }
    let mut q = -1.456_607_2e-5;
    for coefficient in [-2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2] {
        q = mul_add::<FUSED>(q, square, coefficient);
    }
    x * p / q
}

#[inline(always)]
pub(super) fn add<const FUSED: bool>(a: &[f32], b: &[f32], out: &mut [f32]) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = a + b;
    }
}

#[inline(always)]
pub(super) fn add_to<const FUSED: bool>(sum: &mut [f32], a: &[f32]) {
    for (sum, a) in sum.iter_mut().zip(a) {
        *sum += a;
    }
}

#[inline(always)]
pub(super) fn affine<const FUSED: bool>(x: &[f32], weight: &[f32], bias: &[f32], out: &mut [f32]) {
    for (((out, x), weight), bias) in out.iter_mut().zip(x).zip(weight).zip(bias) {
        *out = mul_add::<FUSED>(*x, *weight, *bias);
    }
}

#[inline(always)]
pub(super) fn add_affine<const FUSED: bool>(x: &[f32], weight: &[f32], bias: &[f32], sum: &mut [f32]) {
    for (((sum, x), weight), bias) in sum.iter_mut().zip(x).zip(weight).zip(bias) {
        *sum += mul_add::<FUSED>(*x, *weight, *bias);
    }
}

#[inline(always)]
pub(super) fn normalise<const FUSED: bool>(row: &mut [f32], epsilon: f32) -> f32 {
    let mean = sum_of(row, |sum, x| sum + x) / row.len() as f32;
    let variance = sum_of(row, |sum, x| mul_add::<FUSED>(x - mean, x - mean, sum)) / row.len() as f32;
    let inverse = 1.0 / (variance + epsilon).sqrt();
    for x in row {
        *x = (*x - mean) * inverse;
    }
    inverse
}

/// Folds a row into `LANES` sums, and adds them up.
#[inline(always)]
fn sum_of(row: &[f32], step: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for i in 0..LANES {
            lanes[i] = step(lanes[i], chunk[i]);
        }
    }
    for (lane, x) in lanes.iter_mut().zip(rest) {
        *lane = step(*lane, *x);
    }
    total(lanes)
}

/// As [`sum_of`], over two rows.
#[inline(always)]
fn sum_of_two(a: &[f32], b: &[f32], step: impl Fn(f32, f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let ((chunks, rest), (others, other)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in chunks.iter().zip(others) {
        for i in 0..LANES {
            lanes[i] = step(lanes[i], a[i], b[i]);
        }
    }
    for ((lane, a), b) in lanes.iter_mut().zip(rest).zip(other) {
        *lane = step(*lane, *a, *b);
    }
    total(lanes)
}

#[inline(always)]
pub(super) fn normalise_back<const FUSED: bool>(
    gradient: &mut [f32],
    normal: &[f32],
    weight: &[f32],
    inverse: f32,
    by_weight: &mut [f32],
    by_bias: &mut [f32],
) {
    for ((((gradient, normal), weight), by_weight), by_bias) in
        gradient.iter_mut().zip(normal).zip(weight).zip(by_weight).zip(by_bias)
    {
        *by_weight = mul_add::<FUSED>(*gradient, *normal, *by_weight);
        *by_bias += *gradient;
        *gradient *= weight;
    }
    let width = gradient.len() as f32;
    let mean = sum_of(gradient, |sum, x| sum + x) / width;
    let along = dot::<FUSED>(gradient, normal) / width;
    for (gradient, normal) in gradient.iter_mut().zip(normal) {
        *gradient = (*gradient - mean - normal * along) * inverse;
    }
}

#[inline(always)]
pub(super) fn gelu<const FUSED: bool>(x: &[f32], out: &mut [f32]) {
    for (out, x) in out.iter_mut().zip(x) {
        *out = x * mul_add::<FUSED>(0.5, erf::<FUSED>(x * std::f32::consts::FRAC_1_SQRT_2), 0.5);
    }
}

#[inline(always)]
pub(super) fn gelu_back<const FUSED: bool>(x: &[f32], gradient: &mut [f32]) {
    /// One over the root of two pi.
    const DENSITY: f32 = 0.398_942_3;
    for (gradient, x) in gradient.iter_mut().zip(x) {
        let below = mul_add::<FUSED>(0.5, erf::<FUSED>(x * std::f32::consts::FRAC_1_SQRT_2), 0.5);
        *gradient *= mul_add::<FUSED>(*x, DENSITY * exp::<FUSED>(-0.5 * x * x), below);
    }
}

#[inline(always)]
pub(super) fn softmax<const FUSED: bool>(row: &mut [f32], factor: f32) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for i in 0..LANES {
            lanes[i] = lanes[i].max(chunk[i]);
        }
    }
    for (lane, x) in lanes.iter_mut().zip(rest) {
        *lane = lane.max(*x);
    }
    let highest = factor * lanes.into_iter().fold(f32::NEG_INFINITY, f32::max);
    for x in row.iter_mut() {
        *x = exp::<FUSED>(mul_add::<FUSED>(*x, factor, -highest));
    }
    let sum = sum_of(row, |sum, x| sum + x);
    let inverse = 1.0 / sum;
    for x in row {
        *x *= inverse;
    }
    highest + sum.ln()
}

#[inline(always)]
pub(super) fn softmax_again<const FUSED: bool>(row: &mut [f32], factor: f32, log_sum: f32) {
    for x in row {
        *x = exp::<FUSED>(mul_add::<FUSED>(*x, factor, -log_sum));
    }
}

#[inline(always)]
pub(super) fn softmax_back<const FUSED: bool>(softmax: &[f32], mean: f32, factor: f32, gradient: &mut [f32]) {
    for (gradient, softmax) in gradient.iter_mut().zip(softmax) {
        *gradient = softmax * (*gradient - mean) * factor;
    }
}

#[inline(always)]
pub(super) fn dot<const FUSED: bool>(a: &[f32], b: &[f32]) -> f32 {
    sum_of_two(a, b, |sum, a, b| mul_add::<FUSED>(a, b, sum))
}

#[inline(always)]
pub(super) fn zeros<const FUSED: bool>(values: &[f32]) -> usize {
    values.iter().map(|value| u32::from(*value == 0.0)).sum::<u32>() as usize
}

#[inline(always)]
pub(super) fn finite<const FUSED: bool>(values: &[f32]) -> bool {
    // An exponent of ones marks infinity and NaN.
    values.iter().fold(0, |highest, value| (value.to_bits() & 0x7f80_0000).max(highest)) < 0x7f80_0000
}

#[inline(always)]
pub(super) fn adamw<const FUSED: bool>(
    update: &Update,
    gradient: &[f32],
    weights: &mut [f32],
    mean: &mut [f32],
    square: &mut [f32],
) {
    let Update { unscale, beta1, beta2, rate, root, epsilon, keep } = *update;
    for (((gradient, weight), mean), square) in gradient.iter().zip(weights).zip(mean).zip(square) {
        let gradient = gradient * unscale;
        *mean = mul_add::<FUSED>(beta1, *mean - gradient, gradient);
        *square = mul_add::<FUSED>(beta2, *square - gradient * gradient, gradient * gradient);
        *weight = *weight * keep - rate * *mean / mul_add::<FUSED>(square.sqrt(), root, epsilon);
    }
}
