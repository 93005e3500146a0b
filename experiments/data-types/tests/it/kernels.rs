//! Every loop that this processor can run, against plain arithmetic in 64 bits.

use data_types::kernels::Stored;
use data_types::kernels::bits::{self, TOGETHER};
use half::{bf16, f16};

/// Lengths around the widths of registers, and none.
const LENGTHS: [usize; 14] = [0, 1, 3, 7, 8, 15, 16, 17, 31, 63, 64, 65, 200, 1536];

fn noise(i: usize, salt: usize) -> f64 {
    ((i * 7919 + salt * 104_729 + 13) % 2003) as f64 / 1001.5 - 1.0
}

/// Runs all tables of a type on all lengths.
fn check<S: Stored>(
    make: impl Fn(f64) -> S,
    ask: impl Fn(f64) -> S::Query,
    value: impl Fn(S) -> f64,
    query_value: impl Fn(S::Query) -> f64,
    tolerance: f64,
) where
    S::Score: Into<f64>,
{
    for dots in S::all() {
        for len in LENGTHS {
            let rows: Vec<Vec<S>> = (0..4).map(|r| (0..len).map(|i| make(noise(i, r))).collect()).collect();
            let queries: Vec<Vec<S::Query>> =
                (0..4).map(|q| (0..len).map(|i| ask(noise(i, 10 + q))).collect()).collect();
            let exact = |r: usize, q: usize| -> (f64, f64) {
                let products = || rows[r].iter().zip(&queries[q]).map(|(&a, &b)| value(a) * query_value(b));
                (products().sum(), products().map(f64::abs).sum())
            };
            let tile = dots
                .tile([&rows[0], &rows[1], &rows[2], &rows[3]], [&queries[0], &queries[1], &queries[2], &queries[3]]);
            for (r, products) in tile.into_iter().enumerate() {
                for (q, found) in products.into_iter().enumerate() {
                    let (sum, magnitude) = exact(r, q);
                    let found: f64 = found.into();
                    let close = (found - sum).abs() <= tolerance * magnitude.max(1e-9);
                    let name = std::any::type_name::<S>();
                    assert!(close, "{name} {} of {len}, row {r}, query {q}: {found} and {sum}", dots.level);
                }
            }
            let one: f64 = dots.one(&rows[2], &queries[1]).into();
            assert!((one - exact(2, 1).0).abs() <= tolerance * exact(2, 1).1.max(1e-9), "{} of {len}", dots.level);
        }
    }
}

#[test]
fn products_of_floats() {
    check::<f64>(|v| v, |v| v, |v| v, |v| v, 1e-12);
    check::<f32>(|v| v as f32, |v| v as f32, f64::from, f64::from, 1e-5);
    check::<f16>(f16::from_f64, |v| v as f32, f64::from, f64::from, 1e-5);
    check::<bf16>(bf16::from_f64, |v| v as f32, f64::from, f64::from, 1e-5);
}

#[test]
fn products_of_bytes_are_exact() {
    check::<u8>(|v| (v * 127.0 + 128.0) as u8, |v| (v * 127.0) as i8, f64::from, f64::from, 0.0);
}

#[test]
fn products_of_the_largest_bytes_do_not_saturate() {
    for dots in u8::all() {
        let (row, query) = (vec![255_u8; 1536], vec![-128_i8; 1536]);
        assert_eq!(dots.one(&row, &query), -255 * 128 * 1536, "{}", dots.level);
    }
}

#[test]
fn special_halves_are_converted() {
    for dots in f16::all() {
        for value in [f16::INFINITY, f16::MAX, f16::MIN_POSITIVE_SUBNORMAL, f16::NEG_ZERO] {
            assert_eq!(dots.one(&[value], &[1.0]), value.to_f32(), "{}", dots.level);
        }
        assert!(dots.one(&[f16::NAN], &[1.0]).is_nan());
    }
}

#[test]
#[should_panic(expected = "differ in length")]
fn lengths_are_checked() {
    let _ = f32::dots().one(&[1.0, 2.0], &[1.0]);
}

#[test]
fn distances_of_bits() {
    let word =
        |i: usize, salt: usize| (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left((salt * 7 % 64) as u32);
    for kernel in bits::all() {
        for words in [0, 1, 2, 23, 24, 25] {
            let block: Vec<[u64; TOGETHER]> =
                (0..words).map(|w| std::array::from_fn(|lane| word(w, lane * 3 + 1))).collect();
            let queries: Vec<Vec<u64>> = (0..4).map(|q| (0..words).map(|w| word(w * 5, q)).collect()).collect();
            let found = kernel.distances(&block, [&queries[0], &queries[1], &queries[2], &queries[3]]);
            for q in 0..4 {
                for lane in 0..TOGETHER {
                    let expected: u32 = (0..words).map(|w| (block[w][lane] ^ queries[q][w]).count_ones()).sum();
                    assert_eq!(found[q][lane], expected, "{} of {words} words", kernel.level);
                }
            }
        }
    }
}
