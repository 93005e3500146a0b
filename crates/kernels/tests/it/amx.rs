//! Products of bf16 by tiles: the instructions themselves, on an emulator where the processor has none.

use half::bf16;
use kernels::{Level, Matrix, Precision, Products, Team, Unit};

use crate::products::{LIES, SHAPES, check_bf16};
use crate::support::Random;
use crate::tiles;

/// Products by tiles, of a team of so many.
fn on_tiles(threads: usize) -> Products {
    tiles::emulate();
    let team = Team::new(threads).expect("threads");
    // SAFETY: what the processor does not have is emulated from here on.
    unsafe { Products::on_tiles(&team, Level::best()) }
}

#[test]
fn every_shape_by_every_team() {
    let mut random = Random(11);
    for threads in [1, 2, 3, 5] {
        let mut products = on_tiles(threads);
        // The same room for all: a smaller product finds numbers of the larger one before.
        for shape in SHAPES.into_iter().chain([(15, 31, 16), (16, 32, 32), (17, 33, 17), (33, 96, 65), (48, 64, 40)]) {
            check_bf16(&mut random, &mut products, shape, (0, 0), &format!("tiles, {threads} threads"));
        }
    }
}

#[test]
fn every_way_of_lying_in_memory() {
    let mut random = Random(12);
    for threads in [1, 3] {
        let mut products = on_tiles(threads);
        for lies in (0..LIES).flat_map(|a| (0..LIES).map(move |b| (a, b))) {
            let shape = (1 + random.below(70), 1 + random.below(100), 1 + random.below(70));
            check_bf16(&mut random, &mut products, shape, lies, &format!("tiles, {threads} threads"));
        }
    }
}

/// Small multiples of an eighth, of which sums are exact in any order.
fn exact(len: usize, step: usize) -> Vec<bf16> {
    (0..len).map(|i| bf16::from_f64(((i * step) % 17) as f64 / 8.0 - 1.0)).collect()
}

#[test]
fn exact_sums_are_those_of_registers() {
    // More rows than a block has, and more steps.
    let (rows, depth, columns) = (531, 1090, 75);
    let (a, b) = (exact(rows * depth, 7919), exact(depth * columns, 104_729));
    let product = |mut products: Products| {
        let mut c = vec![2.0; rows * columns];
        products.bf16(Matrix::new(&a, rows, depth), Matrix::new(&b, depth, columns), &mut c, true);
        c
    };
    let by_registers = product(Products::with(&Team::new(1).unwrap(), Level::present()[0]));
    for threads in 1..=3 {
        assert!(product(on_tiles(threads)) == by_registers, "{threads} threads");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let mut random = Random(13);
    let (rows, depth, columns) = (205, 1070, 171);
    let a = random.numbers(rows * depth, bf16::from_f64);
    let b = random.numbers(depth * columns, bf16::from_f64);
    let product = |threads| {
        let mut c = vec![0.0; rows * columns];
        on_tiles(threads).bf16(Matrix::new(&a, rows, depth), Matrix::new(&b, depth, columns), &mut c, false);
        c
    };
    let alone = product(1);
    for threads in 2..=4 {
        assert!(product(threads) == alone, "{threads} threads");
    }
}

#[test]
fn what_is_no_number_stays_in_its_row() {
    let (rows, depth, columns) = (37, 70, 41);
    let mut a = vec![bf16::ONE; rows * depth];
    a[19 * depth + 69] = bf16::NAN;
    let b = vec![bf16::from_f32(0.5); depth * columns];
    let mut c = vec![f32::NAN; rows * columns];
    on_tiles(1).bf16(Matrix::new(&a, rows, depth), Matrix::new(&b, depth, columns), &mut c, false);
    for (row, c) in c.chunks_exact(columns).enumerate() {
        assert!(c.iter().all(|x| if row == 19 { x.is_nan() } else { *x == 35.0 }), "row {row}: {c:?}");
    }
}

#[test]
fn tiles_multiply_as_often_as_needed_and_are_given_back() {
    // Three tiles of rows (two and one of a pair), four of columns, and five of depth, the last of which is not whole.
    let (rows, depth, columns) = (40, 140, 64);
    let (a, b) = (exact(rows * depth, 3), exact(depth * columns, 5));
    let mut c = vec![0.0; rows * columns];
    let mut products = on_tiles(1);
    let (before, _) = tiles::emulated();
    products.bf16(Matrix::new(&a, rows, depth), Matrix::new(&b, depth, columns), &mut c, false);
    let (behind, is_released) = tiles::emulated();
    let is_there = Products::unit(Precision::Bf16) == Unit::AmxBf16;
    assert_eq!(behind - before, if is_there { 0 } else { 3 * 4 * 5 });
    assert!(is_released);
}

#[test]
fn the_unit_is_named() {
    assert_eq!(Unit::AmxBf16.to_string(), "AMX-BF16");
    assert!(Unit::AmxBf16.is_native());
}
