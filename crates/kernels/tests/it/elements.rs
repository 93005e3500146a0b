//! What is done to each number, against the same in double precision.

use half::{bf16, f16};
use kernels::simd::Element;
use kernels::{Level, Team, elements};

use crate::support::Random;

/// Lengths: none, one, around registers and around what several threads share.
const LENGTHS: [usize; 9] = [0, 1, 3, 15, 16, 17, 1000, 4097, 100_003];

/// Unit round-off of a type of number, and the smallest step between small ones.
trait Rounded: Element {
    const UNIT: f64;
    const SMALLEST: f64;
}
impl Rounded for f32 {
    const UNIT: f64 = 6.0e-8;
    const SMALLEST: f64 = 1e-38;
}
impl Rounded for bf16 {
    const UNIT: f64 = 1.0 / 256.0;
    const SMALLEST: f64 = 1e-38;
}
impl Rounded for f16 {
    const UNIT: f64 = 1.0 / 2048.0;
    const SMALLEST: f64 = 6e-8;
}

fn wide<T: Element>(numbers: &[T]) -> Vec<f64> {
    numbers.iter().map(|x| f64::from(x.to_f32())).collect()
}

/// Fails unless each number is the expected one, rounded to `T`, with an own error of at most `error`.
fn close<T: Rounded>(found: &[T], expected: impl Iterator<Item = f64>, error: f64, about: &str) {
    for (at, (found, expected)) in wide(found).into_iter().zip(expected).enumerate() {
        let bound = T::UNIT * expected.abs() + T::SMALLEST + error;
        assert!((found - expected).abs() <= bound, "{about} at {at}: {found} for {expected}");
    }
}

/// Values that round-off would show in: of all sizes up to `most`.
fn numbers<T: Element>(random: &mut Random, len: usize, most: f64) -> Vec<T> {
    random.numbers(len, |x| T::from_f32((most * x * x * x) as f32))
}

fn check<T: Rounded>(random: &mut Random, team: &Team, level: Level) {
    let about = format!("{}, {level:?}, {} threads", std::any::type_name::<T>(), team.threads());
    for len in LENGTHS {
        let (x, y): (Vec<T>, Vec<T>) = (numbers(random, len, 6.0), numbers(random, len, 6.0));
        let (wide_x, wide_y) = (wide(&x), wide(&y));

        let mut sums = y.clone();
        elements::add_scaled(team, level, 0.7, &x, &mut sums);
        let expected = wide_x.iter().zip(&wide_y).map(|(x, y)| f64::from(0.7_f32) * x + y);
        close(&sums, expected, 1e-6, &format!("{about}, sums of {len}"));

        let found = elements::sum(team, level, &x);
        let size: f64 = wide_x.iter().map(|x| x.abs()).sum();
        // A block of 4,096 in f32, in at least 16 parts.
        assert!((found - wide_x.iter().sum::<f64>()).abs() <= 300.0 * 6e-8 * size, "{about}: {found}");

        let mut bent = vec![T::default(); len];
        elements::gelu(team, level, &x, &mut bent);
        close(&bent, wide_x.iter().map(|x| x * normal(*x)), 1.5e-6, &format!("{about}, GELU of {len}"));

        let mut back = vec![0.0_f32; len];
        elements::convert(team, level, &x, &mut back);
        assert!(back.iter().zip(&x).all(|(back, x)| *back == x.to_f32()), "{about}");
    }
    for (rows, columns) in [(0, 5), (1, 1), (3, 7), (5, 16), (2, 128), (301, 129), (64, 768)] {
        let x: Vec<T> = numbers(random, rows * columns, 9.0);
        let mut y = vec![T::default(); x.len()];
        elements::softmax(team, level, columns, &x, &mut y);
        for (x, y) in wide(&x).chunks(columns).zip(y.chunks(columns)) {
            let sum: f64 = x.iter().map(|x| x.exp()).sum();
            close(y, x.iter().map(|x| x.exp() / sum), 1e-6, &format!("{about}, softmax of {columns}"));
        }
        let (gain, bias) = (random.numbers(columns, |x| x as f32), random.numbers(columns, |x| x as f32));
        elements::layer_norm(team, level, &gain, &bias, 1e-5, &x, &mut y);
        for (x, y) in wide(&x).chunks(columns).zip(y.chunks(columns)) {
            let mean = x.iter().sum::<f64>() / columns as f64;
            let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / columns as f64;
            let scale = 1.0 / (variance + 1e-5).sqrt();
            let expected =
                x.iter().zip(&gain).zip(&bias).map(|((x, g), b)| (x - mean) * scale * f64::from(*g) + f64::from(*b));
            // A single column is its own mean: all that is left is the round-off of that, scaled up.
            close(y, expected, 2e-5, &format!("{about}, layer norm of {columns}"));
        }
    }
}

/// The distribution function of the normal distribution, by Simpson's rule.
fn normal(x: f64) -> f64 {
    let density = |t: f64| (-t * t / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let steps = 200;
    let h = x / f64::from(steps);
    let inner: f64 = (1..steps).map(|i| density(f64::from(i) * h) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
    0.5 + h / 3.0 * (density(0.0) + inner + density(x))
}

#[test]
fn elements_of_every_type_by_every_team() {
    let mut random = Random(5);
    for threads in [1, 2, 3, 5] {
        let team = Team::new(threads).unwrap();
        for level in Level::present() {
            check::<f32>(&mut random, &team, level);
            check::<bf16>(&mut random, &team, level);
            check::<f16>(&mut random, &team, level);
        }
    }
}

#[test]
fn every_number_of_16_bits_survives_the_way_to_f32_and_back() {
    let team = Team::new(1).unwrap();
    let bits: Vec<u16> = (0..=u16::MAX).collect();
    macro_rules! check {
        ($number:ident) => {
            for level in Level::present() {
                let numbers: Vec<$number> = bits.iter().map(|bits| $number::from_bits(*bits)).collect();
                let mut wide = vec![0.0_f32; numbers.len()];
                elements::convert(&team, level, &numbers, &mut wide);
                let mut back = vec![$number::ZERO; numbers.len()];
                elements::convert(&team, level, &wide, &mut back);
                for (number, back) in numbers.iter().zip(&back) {
                    let same = number.to_bits() == back.to_bits() || (number.is_nan() && back.is_nan());
                    assert!(same, "{number:?} {back:?}");
                }
            }
        };
    }
    check!(bf16);
    check!(f16);
}

#[test]
fn numbers_are_rounded_as_the_library_of_the_types_rounds_them() {
    let (team, mut random) = (Team::new(1).unwrap(), Random(8));
    // Any bits; ties, on the way to either type; the largest, the smallest, and what is none.
    let mut numbers: Vec<f32> = (0..100_000).map(|_| f32::from_bits(random.bits() as u32)).collect();
    numbers.extend((0..4096_u32).map(|i| f32::from_bits(0x3f80_0000 + i * 0x1000)));
    numbers.extend([
        0.0,
        -0.0,
        f32::MAX,
        f32::MIN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
        65_504.0,
        65_519.9,
        65_520.0,
        1e-45,
    ]);
    for level in Level::present() {
        let mut low = vec![bf16::ZERO; numbers.len()];
        elements::convert(&team, level, &numbers, &mut low);
        let mut half = vec![f16::ZERO; numbers.len()];
        elements::convert(&team, level, &numbers, &mut half);
        for ((number, low), half) in numbers.iter().zip(&low).zip(&half) {
            let (expected_low, expected_half) = (bf16::from_f32(*number), f16::from_f32(*number));
            assert!(low.to_bits() == expected_low.to_bits() || (low.is_nan() && number.is_nan()), "{number} {low}");
            assert!(half.to_bits() == expected_half.to_bits() || (half.is_nan() && number.is_nan()), "{number} {half}");
        }
    }
}

#[test]
fn what_is_no_number_stays_none() {
    let team = Team::new(1).unwrap();
    for level in Level::present() {
        let x = [f32::NAN, 1.0, f32::INFINITY, -3.0];
        let mut y = [0.0; 4];
        elements::gelu(&team, level, &x, &mut y);
        assert!(y[0].is_nan() && y[2] == f32::INFINITY && (y[1] - 0.841_344_7).abs() < 1e-6, "{y:?}");
        elements::softmax(&team, level, 4, &[1.0, f32::NAN, 2.0, 3.0], &mut y);
        assert!(y[1].is_nan(), "{y:?}");
        elements::softmax(&team, level, 4, &[0.0, f32::NEG_INFINITY, -200.0, 0.0], &mut y);
        assert!(y[1] < 1e-37 && y[2] < 1e-37 && (y[0] - 0.5).abs() < 1e-6, "{y:?}");
    }
}

#[test]
#[should_panic(expected = "7 numbers are no rows of 2")]
fn rows_that_are_not_whole_are_refused() {
    elements::softmax(&Team::new(1).unwrap(), Level::best(), 2, &[0.0_f32; 7], &mut [0.0; 7]);
}
