//! What is done to each number, against the same in double precision.

use half::{bf16, f16};
use kernels::simd::Element;
use kernels::{Level, Team, elements};

use crate::support::Random;

/// Lengths: none, one, around registers and around what several threads share.
const LENGTHS: [usize; 18] = [0, 1, 3, 7, 8, 15, 16, 17, 63, 64, 65, 1000, 4095, 4096, 4097, 4166, 65_537, 300_003];

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

        let mut sums = vec![T::from_f32(9.0); len];
        elements::add(team, level, &x, &y, &mut sums);
        let expected = wide_x.iter().zip(&wide_y).map(|(x, y)| x + y);
        close(&sums, expected, 1e-6, &format!("{about}, sums of {len}"));
        let one_by_one = x.iter().zip(&y).map(|(x, y)| T::from_f32(x.to_f32() + y.to_f32()).to_f32());
        assert!(sums.iter().map(|sum| sum.to_f32()).eq(one_by_one), "{about}, sums of {len}");

        let found = elements::sum(team, level, &x);
        let size: f64 = wide_x.iter().map(|x| x.abs()).sum();
        // A block of 4,096 in f32, in at least 16 parts.
        assert!((found - wide_x.iter().sum::<f64>()).abs() <= 300.0 * 6e-8 * size, "{about}: {found}");
        let positive: Vec<T> = random.numbers(len, |x| T::from_f32((1.0 + 0.5 * x) as f32));
        let (found, exact) = (elements::sum(team, level, &positive), wide(&positive).iter().sum::<f64>());
        assert!((found - exact).abs() <= 1e-6 * exact, "{about}, {len} numbers: {found} and {exact}");

        let mut back = vec![0.0_f32; len];
        elements::convert(level, &x, &mut back);
        assert!(back.iter().zip(&x).all(|(back, x)| *back == x.to_f32()), "{about}");

        let number = |at: usize| (at % 1009) as f32 / 7.0;
        let mut filled = vec![T::default(); len];
        elements::fill(team, &mut filled, number);
        assert!(filled.iter().enumerate().all(|(at, x)| x.to_f32() == T::from_f32(number(at)).to_f32()), "{about}");
    }
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
    let bits: Vec<u16> = (0..=u16::MAX).collect();
    macro_rules! check {
        ($number:ident) => {
            for level in Level::present() {
                let numbers: Vec<$number> = bits.iter().map(|bits| $number::from_bits(*bits)).collect();
                let mut wide = vec![0.0_f32; numbers.len()];
                elements::convert(level, &numbers, &mut wide);
                let mut back = vec![$number::ZERO; numbers.len()];
                elements::convert(level, &wide, &mut back);
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
    let mut random = Random(8);
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
        elements::convert(level, &numbers, &mut low);
        let mut half = vec![f16::ZERO; numbers.len()];
        elements::convert(level, &numbers, &mut half);
        for ((number, low), half) in numbers.iter().zip(&low).zip(&half) {
            let (expected_low, expected_half) = (bf16::from_f32(*number), f16::from_f32(*number));
            assert!(low.to_bits() == expected_low.to_bits() || (low.is_nan() && number.is_nan()), "{number} {low}");
            assert!(half.to_bits() == expected_half.to_bits() || (half.is_nan() && number.is_nan()), "{number} {half}");
        }
        let same = |rounded: &[f32], expected: &dyn Fn(usize) -> f32| {
            for (at, rounded) in rounded.iter().enumerate() {
                let expected = expected(at);
                assert!(
                    rounded.to_bits() == expected.to_bits() || (rounded.is_nan() && expected.is_nan()),
                    "{rounded}"
                );
            }
        };
        let mut rounded = vec![0.0; numbers.len()];
        elements::round::<bf16>(level, &numbers, &mut rounded);
        same(&rounded, &|at| low[at].to_f32());
        elements::round::<f16>(level, &numbers, &mut rounded);
        same(&rounded, &|at| half[at].to_f32());
        elements::round::<f32>(level, &numbers, &mut rounded);
        same(&rounded, &|at| numbers[at]);
    }
}

#[test]
#[should_panic(expected = "arrays of equal lengths")]
fn arrays_of_different_lengths_are_refused() {
    elements::add(&Team::new(1).unwrap(), Level::best(), &[0.0_f32; 7], &[0.0; 7], &mut [0.0; 6]);
}
