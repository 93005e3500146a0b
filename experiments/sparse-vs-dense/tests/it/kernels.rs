//! Every kernel against the definition of a product, on every kind of registers, alone and in a team.

use kernels::{Level, Team};
use sparse_vs_dense::kernels::view::View;
use sparse_vs_dense::kernels::{dense, spgemm, spmm, spmv};
use testing::Random;

use crate::support::{by_rows, close, matrix};

/// Rows, columns, density: empty ones, odd ones, and one with work for several tasks.
const SHAPES: [(usize, usize, f64); 8] = [
    (1, 1, 1.0),
    (3, 5, 0.0),
    (5, 0, 1.0),
    (17, 31, 0.3),
    (64, 64, 1.0),
    (33, 129, 0.05),
    (400, 300, 0.02),
    (400, 300, 0.9),
];

fn teams() -> [Team; 2] {
    [Team::new(1).unwrap(), Team::new(3).unwrap()]
}

fn product(a: &[f64], b: &[f64], rows: usize, depth: usize, columns: usize) -> Vec<f64> {
    let entry = |i: usize, j: usize| (0..depth).map(|k| a[i * depth + k] * b[k * columns + j]).sum::<f64>();
    (0..rows * columns).map(|at| entry(at / columns, at % columns)).collect()
}

#[test]
fn matrix_times_vector() {
    let mut random = Random(1);
    for (rows, columns, density) in SHAPES {
        let a = matrix(&mut random, rows, columns, density);
        let x = matrix(&mut random, columns, 1, 1.0);
        let expected = product(&a, &x, rows, columns, 1);
        let csr = by_rows(&a, rows, columns);
        let csc = csr.to_csc();
        for team in teams() {
            for level in Level::present() {
                let mut y = vec![f64::NAN; rows];
                dense::times_vector(&team, level, &a, &x, &mut y);
                close(&y, &expected, &format!("dense {rows} × {columns} {level:?}"));
            }
            let mut room = spmv::Partials::default();
            for (matrix, name) in [(&csr, "CSR"), (&csc, "CSC")] {
                // The second time, room is left over from the first.
                for _ in 0..2 {
                    let mut y = vec![f64::NAN; rows];
                    spmv::times_vector(&team, matrix.into(), &x, &mut y, &mut room);
                    close(&y, &expected, &format!("{name} {rows} × {columns} {density}"));
                }
            }
            let back = matrix(&mut random, rows, 1, 1.0);
            let mut transposed = vec![f64::NAN; columns];
            spmv::times_vector(&team, View::from(&csr).transposed(), &back, &mut transposed, &mut room);
            let expected = product(&back, &a, 1, rows, columns);
            close(&transposed, &expected, &format!("transposed {rows} × {columns}"));
        }
    }
}

#[test]
fn matrix_times_dense_matrix() {
    let mut random = Random(2);
    for (rows, depth, density) in SHAPES {
        for columns in [1, 16, 70, 130] {
            let a = matrix(&mut random, rows, depth, density);
            let b = matrix(&mut random, depth, columns, 1.0);
            let expected = product(&a, &b, rows, depth, columns);
            let csr = by_rows(&a, rows, depth);
            let csc = csr.to_csc();
            for team in teams() {
                let mut c = vec![f64::NAN; rows * columns];
                for level in Level::present() {
                    let mut room = spmm::Blocks::default();
                    for (matrix, name) in [(&csr, "CSR"), (&csc, "CSC"), (&csr, "CSR again")] {
                        c.fill(f64::NAN);
                        spmm::times_matrix(&team, level, matrix.into(), &b, columns, &mut c, &mut room);
                        close(&c, &expected, &format!("{name} {rows} × {depth} × {columns} {density} {level:?}"));
                    }
                }
            }
        }
    }
}

#[test]
fn sparse_times_sparse() {
    let mut random = Random(3);
    for (rows, depth, density) in SHAPES {
        for columns in [1, 65, 200] {
            let (a, b) = (matrix(&mut random, rows, depth, density), matrix(&mut random, depth, columns, density));
            let expected = product(&a, &b, rows, depth, columns);
            let (left, right) = (by_rows(&a, rows, depth), by_rows(&b, depth, columns));
            let (left_columns, right_columns) = (left.to_csc(), right.to_csc());
            for team in teams() {
                let by_rows = spgemm::product(&team, (&left).into(), (&right).into());
                let by_columns = spgemm::product(&team, (&left_columns).into(), (&right_columns).into());
                let found: Vec<f64> = (0..rows * columns).map(|at| by_rows.get(at / columns, at % columns)).collect();
                close(&found, &expected, &format!("CSR {rows} × {depth} × {columns}"));
                let found: Vec<f64> =
                    (0..rows * columns).map(|at| by_columns.get(at % columns, at / columns)).collect();
                close(&found, &expected, &format!("CSC {rows} × {depth} × {columns}"));
                assert_eq!(by_rows.starts.len(), rows + 1);
                for row in by_rows.starts.windows(2) {
                    assert!(by_rows.indices[row[0] as usize..row[1] as usize].is_sorted_by(|a, b| a < b));
                }
            }
        }
    }
}

#[test]
#[should_panic(expected = "the shape of the matrix")]
fn a_vector_of_another_length_is_refused() {
    let matrix = by_rows(&[1.0, 0.0], 1, 2);
    let mut y = [0.0];
    spmv::times_vector(&Team::new(1).unwrap(), (&matrix).into(), &[1.0], &mut y, &mut Default::default());
}
