//! Products against a plain one in double precision, which is exact beside what is tested.

use half::{bf16, f16};
use kernels::{Level, Matrix, Precision, Products, Team};

use crate::support::{Random, products};

/// Rows, depth, columns: empty ones, odd ones, tiles that are not whole, several blocks of each kind.
pub(crate) const SHAPES: [(usize, usize, usize); 23] = [
    (0, 3, 5),
    (3, 0, 5),
    (3, 5, 0),
    (1, 1, 1),
    (1, 17, 1),
    (3, 1, 3),
    (17, 3, 17),
    (5, 7, 300),
    (300, 7, 5),
    (4, 4, 4),
    (11, 65, 31),
    (12, 64, 32),
    (13, 63, 33),
    (24, 256, 48),
    (25, 257, 49),
    (31, 513, 47),
    (64, 64, 64),
    (97, 129, 161),
    (193, 300, 70),
    (200, 33, 129),
    (2, 1100, 2),
    (401, 259, 95),
    (50, 1100, 70),
];

/// A matrix of a number type, as it may lie in memory.
struct Lying<T> {
    numbers: Vec<T>,
    rows: usize,
    columns: usize,
    lie: usize,
}

impl<T: Copy> Lying<T> {
    /// As many numbers as the strided ways need.
    fn new(random: &mut Random, rows: usize, columns: usize, lie: usize, from: impl Fn(f64) -> T) -> Self {
        let numbers = random.numbers((rows + 1) * (columns + 1) * 3 + 8, from);
        Self { numbers, rows, columns, lie }
    }

    fn matrix(&self) -> Matrix<'_, T> {
        let Self { rows, columns, .. } = *self;
        match self.lie {
            0 => Matrix::new(&self.numbers[..rows * columns], rows, columns),
            1 => Matrix::new(&self.numbers[..rows * columns], columns, rows).transposed(),
            // Rows with a gap; columns with a gap; neither together; every row the same one.
            2 => Matrix::strided(&self.numbers, rows, columns, columns + 3, 1),
            3 => Matrix::strided(&self.numbers, columns, rows, rows + 1, 1).transposed(),
            4 => Matrix::strided(&self.numbers, rows, columns, 3 * columns + 1, 3),
            _ => Matrix::strided(&self.numbers, rows, columns, 0, 1),
        }
    }
}

pub(crate) const LIES: usize = 6;

/// Multiplies by `multiply`, and compares with a plain product within `error` (a share of the sum of the magnitudes) for each number of depth.
fn compare<T: Copy, S: Copy>(
    (a, b): (Matrix<'_, T>, Matrix<'_, T>),
    before: &[S],
    to_f64: (impl Fn(T) -> f64, impl Fn(S) -> f64),
    error: f64,
    mut multiply: impl FnMut(&mut [S], bool),
    about: &str,
) {
    let (rows, depth, columns) = (a.rows(), a.columns(), b.columns());
    for accumulate in [false, true] {
        let mut c = before.to_vec();
        multiply(&mut c, accumulate);
        for row in 0..rows {
            for column in 0..columns {
                let at = row * columns + column;
                let start = if accumulate { to_f64.1(before[at]) } else { 0.0 };
                let terms = (0..depth).map(|k| to_f64.0(a.get(row, k)) * to_f64.0(b.get(k, column)));
                let (sum, size) = terms.fold((start, start.abs()), |(sum, size), t| (sum + t, size + t.abs()));
                let found = to_f64.1(c[at]);
                let bound = error * (depth + 2) as f64 * size;
                assert!(
                    (found - sum).abs() <= bound,
                    "{about}, {rows} × {depth} × {columns} at ({row}, {column}), accumulate {accumulate}: {found} for {sum}"
                );
            }
        }
    }
}

/// Unit round-off of sums, and for bf16 what its own unit may lose by other ways of rounding.
const DOUBLE: f64 = 1.2e-16;
const SINGLE: f64 = 6.0e-8;

/// Compares products of one type of number with plain ones: how it is made, how many bits its sums have, and what they may lose.
macro_rules! check {
    ($random:ident, $products:ident, $shape:ident, $lies:ident, $about:ident: $method:ident, $sum:ty, $from:expr, $to:expr, $error:expr) => {
        let (rows, depth, columns) = $shape;
        let a = Lying::new($random, rows, depth, $lies.0, $from);
        let b = Lying::new($random, depth, columns, $lies.1, $from);
        let before = $random.numbers(rows * columns, |x| x as $sum);
        let (a, b) = (a.matrix(), b.matrix());
        let multiply = |c: &mut [$sum], accumulate| $products.$method(a, b, c, accumulate);
        let about = format!("{} {}, lying as {:?}", stringify!($method), $about, $lies);
        compare((a, b), &before, ($to, |x: $sum| x as f64), $error, multiply, &about);
    };
}

fn check(
    random: &mut Random,
    products: &mut Products,
    shape: (usize, usize, usize),
    lies: (usize, usize),
    about: &str,
) {
    check!(random, products, shape, lies, about: f64, f64, |x| x, |x| x, DOUBLE);
    check!(random, products, shape, lies, about: f32, f32, |x| x as f32, f64::from, SINGLE);
    check_bf16(random, products, shape, lies, about);
    check!(random, products, shape, lies, about: f16, f32, f16::from_f64, f16::to_f64, SINGLE);
}

/// A product of bf16, beside a plain one.
pub(crate) fn check_bf16(
    random: &mut Random,
    products: &mut Products,
    shape: (usize, usize, usize),
    lies: (usize, usize),
    about: &str,
) {
    check!(random, products, shape, lies, about: bf16, f32, bf16::from_f64, bf16::to_f64, 2.0 * SINGLE);
}

#[test]
fn every_shape_on_every_level_by_every_team() {
    let mut random = Random(1);
    for (mut products, about) in products() {
        // The same room for all: a smaller product finds numbers of the larger one before.
        for shape in SHAPES {
            check(&mut random, &mut products, shape, (0, 0), &about);
        }
    }
}

#[test]
fn every_way_of_lying_in_memory() {
    let mut random = Random(2);
    for (mut products, about) in products() {
        for lies in (0..LIES).flat_map(|a| (0..LIES).map(move |b| (a, b))) {
            let shape = (1 + random.below(40), 1 + random.below(80), 1 + random.below(70));
            check(&mut random, &mut products, shape, lies, &about);
        }
    }
}

#[test]
fn columns_that_are_taken_in_several_turns() {
    let mut random = Random(4);
    for (mut products, about) in products() {
        let (random, products, shape, lies) = (&mut random, &mut products, (3, 600, 4300), (0, 0));
        check!(random, products, shape, lies, about: f32, f32, |x| x as f32, f64::from, SINGLE);
    }
}

#[test]
fn rows_of_the_product_that_are_not_asked_for_stay_out() {
    // What is no number in `c` goes away without `accumulate`, and what is none in `a` goes into its own row alone.
    for (mut products, about) in products() {
        let (rows, depth, columns) = (29, 70, 53);
        let mut a = vec![1.0_f32; rows * depth];
        a[7 * depth + 3] = f32::NAN;
        let b = vec![0.5_f32; depth * columns];
        let mut c = vec![f32::NAN; rows * columns];
        products.f32(Matrix::new(&a, rows, depth), Matrix::new(&b, depth, columns), &mut c, false);
        for (row, c) in c.chunks_exact(columns).enumerate() {
            assert!(c.iter().all(|x| x.is_nan() == (row == 7) && (row == 7 || *x == 35.0)), "{about}, row {row}");
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let mut random = Random(3);
    let (rows, depth, columns) = (205, 530, 171);
    let a = random.numbers(rows * depth, |x| x as f32);
    let b = random.numbers(depth * columns, |x| x as f32);
    let multiply = |products: &mut Products| {
        let mut c = vec![0.0; rows * columns];
        products.f32(Matrix::new(&a, rows, depth), Matrix::new(&b, depth, columns), &mut c, false);
        c
    };
    for level in Level::present() {
        let alone = multiply(&mut Products::with(&Team::new(1).unwrap(), level));
        for threads in 2..=5 {
            let together = multiply(&mut Products::with(&Team::new(threads).unwrap(), level));
            assert!(alone == together, "{level:?}, {threads} threads");
        }
    }
}

#[test]
fn the_unit_says_what_multiplies() {
    assert!(Products::unit(Precision::F32).is_native());
    assert!(Products::unit(Precision::F64).is_native());
    assert!(!Products::unit(Precision::F16).is_native(), "sums of f16 are f32 nowhere");
    let f16 = Products::unit(Precision::F16).to_string();
    assert!(f16.starts_with("conversion to f32 ("), "{f16}");
    for precision in [Precision::F64, Precision::F32, Precision::Bf16, Precision::F16] {
        assert!(!Products::unit(precision).to_string().is_empty());
    }
}

#[test]
#[should_panic(expected = "columns of the first matrix, rows of the second")]
fn matrices_that_do_not_fit_are_refused() {
    let numbers = [1.0_f32; 6];
    let mut c = [0.0; 4];
    Products::new(1).unwrap().f32(Matrix::new(&numbers, 2, 3), Matrix::new(&numbers[..4], 2, 2), &mut c, false);
}

#[test]
#[should_panic(expected = "6 numbers for 3 × 2, rows 3 and columns 1 apart")]
fn a_matrix_beyond_its_numbers_is_refused() {
    let _ = Matrix::strided(&[1.0_f32; 6], 3, 2, 3, 1);
}
