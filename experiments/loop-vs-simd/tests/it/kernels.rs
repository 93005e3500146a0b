use loop_vs_simd::kernels::{Tables, Total};
use testing::Random;

use crate::support::families;

/// Lengths around every width, tail and block: single precision adds up blocks of 2¹⁴.
const LENGTHS: [usize; 22] =
    [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 63, 64, 65, 127, 128, 129, 1000, 4096, 16_383, 16_385, 40_001];
/// Starts within a buffer, so that nothing relies on alignment.
const OFFSETS: [usize; 3] = [0, 1, 3];

/// Types that the kernels are tried on.
trait Sample: Tables {
    const THRESHOLDS: [Self; 3];
    /// Relative error that rounding may cause in a sum of positive numbers.
    const ROUNDING: f64;
    fn sample(random: &mut Random) -> Self;
}

impl Sample for f64 {
    const THRESHOLDS: [Self; 3] = [1.0, -1.0, 9.0];
    const ROUNDING: f64 = 1e-13;

    fn sample(random: &mut Random) -> Self {
        0.5 + random.unit()
    }
}

impl Sample for f32 {
    const THRESHOLDS: [Self; 3] = [1.0, -1.0, 9.0];
    const ROUNDING: f64 = 1e-5;

    fn sample(random: &mut Random) -> Self {
        (0.5 + random.unit()) as Self
    }
}

impl Sample for i64 {
    const THRESHOLDS: [Self; 3] = [0, Self::MIN, Self::MAX];
    const ROUNDING: f64 = 0.0;

    /// The whole range: products and sums wrap, and must wrap alike.
    fn sample(random: &mut Random) -> Self {
        random.bits().cast_signed()
    }
}

/// The sum as the type's total, exactly for integers and in double precision for floats.
fn plain_sum<T: Sample>(terms: impl Iterator<Item = T>) -> f64 {
    terms.fold(T::Total::default(), |total, term| total.plus(term.total())).number()
}

fn close<T: Sample>(mine: f64, expected: f64) -> bool {
    (mine - expected).abs() <= T::ROUNDING * expected.abs()
}

fn agree<T: Sample>() {
    let mut random = Random(7);
    let buffer: Vec<T> = (0..LENGTHS[LENGTHS.len() - 1] + 8).map(|_| T::sample(&mut random)).collect();
    let other: Vec<T> = (0..buffer.len()).map(|_| T::sample(&mut random)).collect();
    for family in families() {
        let kernels = T::kernels(family);
        for len in LENGTHS {
            for offset in OFFSETS {
                let place = format!("{family:?}, {len} elements from {offset}");
                let (x, y) = (&buffer[offset..offset + len], &other[offset + 1..offset + 1 + len]);

                let expected: Vec<T> = x.iter().map(|x| x.times(*x)).collect();
                for past in [false, true] {
                    // One element more on each side shows whether a tail writes where it must not.
                    let mut output = vec![T::ZERO; len + offset + 1];
                    let target = &mut output[offset..offset + len];
                    if past {
                        kernels.square_past_caches(x, target)
                    } else {
                        kernels.square(x, target)
                    }
                    assert_eq!(target, expected, "square, past the caches: {past}, {place}");
                    assert_eq!(output[offset + len], T::ZERO, "square wrote behind its output, {place}");
                    assert!(output[..offset].iter().all(|y| *y == T::ZERO), "square wrote before its output, {place}");
                }

                let (sum, expected) = (kernels.sum(x).number(), plain_sum(x.iter().copied()));
                assert!(close::<T>(sum, expected), "sum is {sum}, not {expected}, {place}");

                let dot = kernels.dot(x, y).number();
                let expected = plain_sum(x.iter().zip(y).map(|(x, y)| x.times(*y)));
                assert!(close::<T>(dot, expected), "dot is {dot}, not {expected}, {place}");

                for threshold in T::THRESHOLDS {
                    let (count, total) = kernels.filter(x, threshold);
                    let kept = || x.iter().copied().filter(|x| *x > threshold);
                    assert_eq!(count, kept().count() as u64, "count above {threshold:?}, {place}");
                    let (total, expected) = (total.number(), plain_sum(kept()));
                    assert!(close::<T>(total, expected), "filtered sum is {total}, not {expected}, {place}");
                }
            }
        }
    }
}

#[test]
fn all_ways_agree_in_double_precision() {
    agree::<f64>();
}

#[test]
fn all_ways_agree_in_single_precision() {
    agree::<f32>();
}

#[test]
fn all_ways_agree_on_integers_that_overflow() {
    agree::<i64>();
}

#[test]
fn a_long_sum_in_single_precision_does_not_stand_still() {
    // Ones added up one by one in single precision stop at 2²⁴.
    let ones = vec![1.0_f32; (1 << 24) + 1000];
    for family in families() {
        let kernels = f32::kernels(family);
        assert_eq!(kernels.sum(&ones), ones.len() as f64, "{family:?}");
        assert_eq!(kernels.dot(&ones, &ones), ones.len() as f64, "{family:?}");
        assert_eq!(kernels.filter(&ones, 0.5), (ones.len() as u64, ones.len() as f64), "{family:?}");
    }
}

#[test]
fn numbers_that_are_none_pass_no_filter() {
    let mut x = vec![2.0; 100];
    x[17] = f64::NAN;
    x[99] = f64::NAN;
    for family in families() {
        assert_eq!(f64::kernels(family).filter(&x, 1.0), (98, 196.0), "{family:?}");
    }
}

#[test]
#[should_panic(expected = "differ in length")]
fn slices_of_different_length_are_refused() {
    let (x, mut y) = ([1.0; 8], [0.0; 7]);
    f64::kernels(families()[0]).square(&x, &mut y);
}
