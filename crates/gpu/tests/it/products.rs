//! Products as cuBLASLt sees them, against a plain product of what lies in memory.

use gpu::{Element, Layout, Precision, Product};

/// What a column-after-column matrix has at a place, after the transposition that was asked for.
fn at(memory: &[f64], layout: &Layout, pair: usize, row: usize, column: usize) -> f64 {
    let (row, column) = if layout.transposed { (column, row) } else { (row, column) };
    memory[pair * layout.stride + column * layout.rows + row]
}

/// What cuBLASLt does, as its documentation defines it, with the described matrices.
fn as_described(product: &Product, a: &[f64], b: &[f64]) -> Vec<f64> {
    let seen = product.described();
    let mut c = vec![f64::NAN; product.lengths()[2]];
    for pair in 0..product.pairs {
        for column in 0..seen.output.columns {
            for row in 0..seen.output.rows {
                let sum = (0..product.inner)
                    .map(|i| at(b, &seen.first, pair, row, i) * at(a, &seen.second, pair, i, column))
                    .sum();
                c[pair * seen.output.stride + column * seen.output.rows + row] = sum;
            }
        }
    }
    c
}

/// The same, row after row, as the product is meant.
fn as_meant(product: &Product, a: &[f64], b: &[f64]) -> Vec<f64> {
    let Product { rows, columns, inner, .. } = *product;
    let mut c = Vec::new();
    for pair in 0..product.pairs {
        let (a, b) = (&a[pair * rows * inner..], &b[pair * inner * columns..]);
        for row in 0..rows {
            for column in 0..columns {
                let sum = (0..inner)
                    .map(|i| {
                        let a = if product.a_transposed { a[i * rows + row] } else { a[row * inner + i] };
                        let b = if product.b_transposed { b[column * inner + i] } else { b[i * columns + column] };
                        a * b
                    })
                    .sum();
                c.push(sum);
            }
        }
    }
    c
}

#[test]
fn memory_read_column_after_column_gives_the_product_row_after_row() {
    for (rows, columns, inner) in [(1, 1, 1), (2, 3, 4), (5, 2, 3), (4, 4, 1), (1, 7, 2)] {
        for (a_transposed, b_transposed) in [(false, false), (true, false), (false, true), (true, true)] {
            for pairs in [1, 3] {
                let plain = Product::new(Precision::F32, rows, columns, inner).pairs(pairs);
                let product = Product { a_transposed, b_transposed, ..plain };
                let [a, b, _] = product.lengths();
                let a: Vec<f64> = (0..a).map(|i| (i * 7 % 11) as f64 - 3.0).collect();
                let b: Vec<f64> = (0..b).map(|i| (i * 5 % 13) as f64 - 6.0).collect();
                assert_eq!(as_described(&product, &a, &b), as_meant(&product, &a, &b), "{product:?}");
            }
        }
    }
}

#[test]
fn fp8_has_the_inner_dimension_contiguous_on_both_sides() {
    let product = Product::new(Precision::Fp8, 32, 48, 64);
    product.check().unwrap();
    let seen = product.described();
    // cuBLASLt wants the first factor transposed and the second not: both have `inner` contiguous rows.
    assert!(seen.first.transposed && !seen.second.transposed);
    assert_eq!((seen.first.rows, seen.second.rows, product.output), (64, 64, Element::Bf16));

    for (product, word) in [
        (product.a_transposed(), "contiguous"),
        (Product { b_transposed: false, ..product }, "contiguous"),
        (Product { inner: 40, ..product }, "multiples of 16"),
        (Product { rows: 0, ..product }, "without numbers"),
    ] {
        let why = product.check().unwrap_err().to_string();
        assert!(why.contains(word), "{why}");
    }
}

#[test]
fn flops_count_both_operations() {
    assert_eq!(Product::new(Precision::F16, 8192, 8192, 8192).flops(), 2.0 * 8192_f64.powi(3));
    assert_eq!(Product::new(Precision::F16, 2, 3, 4).pairs(5).flops(), 240.0);
}
