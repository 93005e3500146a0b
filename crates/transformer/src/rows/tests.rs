//! Rows against the same thing in f64, at sizes that fill registers and that do not.

use statrs::function::erf::erf;

use super::*;

const SIZES: [usize; 6] = [1, 7, 32, 33, 64, 255];

/// Numbers between -bound and bound without pattern.
fn numbers(len: usize, bound: f32, salt: u32) -> Vec<f32> {
    let mix = |i: u32| i.wrapping_add(salt).wrapping_mul(2_654_435_761).rotate_left(13).wrapping_mul(0x9e37_79b9);
    (0..len as u32).map(|i| (f64::from(mix(i)) / f64::from(u32::MAX) * 2.0 - 1.0) as f32 * bound).collect()
}

fn close(ours: f32, exact: f64, tolerance: f64, what: &str) {
    assert!((f64::from(ours) - exact).abs() <= tolerance * exact.abs().max(1.0), "{what}: {ours} for {exact}");
}

#[test]
fn gelu_and_its_slope() {
    let x: Vec<f32> = (-1200..1200).map(|i| i as f32 / 100.0).collect();
    let mut out = vec![0.0; x.len()];
    gelu(&x, &mut out);
    let mut slope = vec![1.0; x.len()];
    gelu_back(&x, &mut slope);
    for ((x, out), slope) in x.iter().map(|x| f64::from(*x)).zip(out).zip(slope) {
        let below = 0.5 * (1.0 + erf(x / 2.0_f64.sqrt()));
        close(out, x * below, 1e-6, "gelu");
        let density = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        close(slope, below + x * density, 1e-6, "slope");
    }
}

#[test]
fn softmax_and_back() {
    for size in SIZES {
        let scores = numbers(size, 20.0, 3);
        let mut ours = scores.clone();
        let log_sum = softmax(&mut ours, 0.125);
        let exact: Vec<f64> = scores.iter().map(|x| (f64::from(*x) * 0.125).exp()).collect();
        let sum: f64 = exact.iter().sum();
        close(log_sum, sum.ln(), 1e-6, "log of the sum");
        let mut again = scores.clone();
        softmax_again(&mut again, 0.125, log_sum);
        let gradient = numbers(size, 1.0, 4);
        let mean: f64 = exact.iter().zip(&gradient).map(|(e, g)| e / sum * f64::from(*g)).sum();
        let mut back = gradient.clone();
        softmax_back(&ours, mean as f32, 0.125, &mut back);
        for i in 0..size {
            close(ours[i], exact[i] / sum, 1e-6, "softmax");
            close(again[i], exact[i] / sum, 2e-6, "softmax again");
            close(back[i], exact[i] / sum * (f64::from(gradient[i]) - mean) * 0.125, 1e-6, "softmax back");
        }
    }
}

#[test]
fn exponentials_of_all_sizes() {
    let mut row: Vec<f32> = (-870..0).map(|i| i as f32 / 10.0).collect();
    let exact: Vec<f64> = row.iter().map(|x| f64::from(*x).exp()).collect();
    softmax_again(&mut row, 1.0, 0.0);
    for (ours, exact) in row.iter().zip(exact) {
        let relative = (f64::from(*ours) - exact).abs() / exact;
        assert!(relative < 3e-7, "{ours} for {exact}");
    }
    let mut large = [88.0_f32];
    softmax_again(&mut large, 1.0, 0.0);
    close(large[0], 88.0_f64.exp(), 3e-7, "exp(88)");
}

#[test]
fn norms_and_back() {
    for size in SIZES {
        let x = numbers(size, 3.0, 5);
        let wide: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
        let mean = wide.iter().sum::<f64>() / size as f64;
        let variance = wide.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / size as f64;
        let mut normal = x.clone();
        let inverse = normalise(&mut normal, 1e-5);
        close(inverse, 1.0 / (variance + 1e-5).sqrt(), 1e-5, "one over the deviation");
        for (ours, x) in normal.iter().zip(&wide) {
            close(*ours, (x - mean) / (variance + 1e-5).sqrt(), 1e-5, "normal");
        }
    }
}

#[test]
fn what_is_not_a_number_is_passed_on() {
    let mut row = [1.0, f32::NAN, 3.0];
    softmax(&mut row, 1.0);
    assert!(row.iter().any(|x| x.is_nan()));
    let mut out = [0.0; 2];
    gelu(&[f32::NAN, f32::INFINITY], &mut out);
    assert!(out[0].is_nan() && out[1] == f32::INFINITY);
    let mut normal = [1.0, f32::INFINITY, 2.0];
    normalise(&mut normal, 1e-5);
    assert!(normal.iter().any(|x| x.is_nan()));
    assert!(!finite(&[0.0, f32::INFINITY]) && !finite(&[f32::NAN]) && finite(&[f32::MAX, -1.0, 0.0]));
}
