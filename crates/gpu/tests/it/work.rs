//! The kernels that are measured on their own, on the emulated GPU, against the same in f64.

use gpu::{Buffer, Element, Factors, Handle, Norm, Precision, Product};

use crate::emulator;

fn device() -> Option<Handle> {
    emulator::device(64 << 20)
}

fn numbers(len: usize, salt: usize) -> Vec<f32> {
    (0..len).map(|i| ((i + salt).wrapping_mul(2_654_435_761) % 2001) as f32 / 500.0 - 2.0).collect()
}

/// Sizes around what threads and blocks do at once.
const SIZES: [usize; 6] = [1, 7, 8, 255, 2048, 2500];

fn each(mut check: impl FnMut(&Handle, Element, usize)) {
    let Some(device) = device() else { return };
    for element in Element::COMPUTED {
        for size in SIZES {
            check(&device, element, size);
        }
    }
}

fn close(element: Element, ours: &[f32], exact: impl Iterator<Item = f64>, size: f64, what: &str) {
    let mut count = 0;
    for (i, (ours, exact)) in ours.iter().zip(exact).enumerate() {
        // Half a unit of the result, and what f32 loses on the way among numbers of a size.
        let tolerance = 1.5 * f64::from(element.rounding()) * exact.abs() + 1e-6 * size;
        assert!((f64::from(*ours) - exact).abs() <= tolerance, "{what} in {element:?}, number {i}: {ours} for {exact}");
        count += 1;
    }
    assert_eq!(count, ours.len(), "{what}");
}

#[test]
fn axpy() {
    each(|device, element, size| {
        let (x, y) = (element.rounded(&numbers(size, 1)), element.rounded(&numbers(size, 2)));
        let mut sum = Buffer::upload(device, element, &y).unwrap();
        gpu::axpy(0.75, Buffer::upload(device, element, &x).unwrap().view(), sum.view_mut()).unwrap();
        let exact = x.iter().zip(&y).map(|(x, y)| 0.75 * f64::from(*x) + f64::from(*y));
        close(element, &sum.download().unwrap(), exact, 1.0, "axpy");
    });
}

#[test]
fn sum() {
    each(|device, element, size| {
        let x = element.rounded(&numbers(size, 3));
        let x_there = Buffer::upload(device, element, &x).unwrap();
        let mut room = gpu::sum_room(&x_there).unwrap();
        gpu::sum(x_there.view(), room.view_mut()).unwrap();
        let exact: f64 = x.iter().map(|x| f64::from(*x)).sum();
        let ours = *room.download().unwrap().last().unwrap();
        assert!((f64::from(ours) - exact).abs() < 1e-6 * size as f64 * 4.0, "{element:?} {size}: {ours} for {exact}");
    });
}

#[test]
fn gelu() {
    each(|device, element, size| {
        let x = element.rounded(&numbers(size, 4));
        let x_there = Buffer::upload(device, element, &x).unwrap();
        let mut y = Buffer::zeros(device, element, size).unwrap();
        gpu::gelu(x_there.view(), y.view_mut()).unwrap();
        // The share of a normal distribution below x, by adding up its density.
        let below = |x: f64| {
            let density = |t: f64| (-0.5 * t * t).exp() / std::f64::consts::TAU.sqrt();
            let steps = 400;
            let width = x / f64::from(steps);
            let middle = |i: i32| density((f64::from(i) + 0.5) * width) * width;
            0.5 + (0..steps).map(middle).sum::<f64>()
        };
        let exact = x.iter().map(|x| f64::from(*x) * below(f64::from(*x)));
        close(element, &y.download().unwrap(), exact, 1.0, "gelu");
    });
}

#[test]
fn softmax() {
    each(|device, element, columns| {
        let x = element.rounded(&numbers(3 * columns, 5));
        let x_there = Buffer::upload(device, element, &x).unwrap();
        let mut y = Buffer::zeros(device, element, 3 * columns).unwrap();
        gpu::softmax(0.5, columns, x_there.view(), y.view_mut()).unwrap();
        let exact = x.chunks(columns).flat_map(|row| {
            let powers: Vec<f64> = row.iter().map(|x| (0.5 * f64::from(*x)).exp()).collect();
            let sum: f64 = powers.iter().sum();
            powers.into_iter().map(move |power| power / sum)
        });
        close(element, &y.download().unwrap(), exact, 0.1, "softmax");
        assert!(gpu::softmax(1.0, 2 * columns, x_there.view(), y.view_mut()).is_err(), "not whole rows");
    });
}

#[test]
fn softmax_shows_what_is_not_a_number() {
    let Some(device) = device() else { return };
    let x = Buffer::upload(&device, Element::F32, &[1.0, f32::NAN, 2.0, 0.0, 0.0, 0.0]).unwrap();
    let mut y = Buffer::zeros(&device, Element::F32, 6).unwrap();
    gpu::softmax(1.0, 3, x.view(), y.view_mut()).unwrap();
    let y = y.download().unwrap();
    assert!(
        y[..3].iter().all(|number| number.is_nan()) && y[3..].iter().all(|number| (number - 1.0 / 3.0).abs() < 1e-6)
    );
}

#[test]
fn layer_norm() {
    each(|device, element, columns| {
        let x = element.rounded(&numbers(3 * columns, 6));
        let (weight, bias) = (numbers(columns, 7), numbers(columns, 8));
        let x_there = Buffer::upload(device, element, &x).unwrap();
        let [weight_there, bias_there] =
            [&weight, &bias].map(|list| Buffer::upload(device, Element::F32, list).unwrap());
        let mut statistics = Buffer::zeros(device, Element::F32, 6).unwrap();
        let mut y = Buffer::zeros(device, element, 3 * columns).unwrap();
        let (weight_view, bias_view) = (weight_there.view(), bias_there.view());
        let norm = Norm { weight: weight_view, bias: bias_view, epsilon: 1e-5, statistics: statistics.view_mut() };
        gpu::layer_norm(norm, x_there.view(), y.view_mut()).unwrap();
        let exact: Vec<f64> = x
            .chunks(columns)
            .flat_map(|row| {
                let row: Vec<f64> = row.iter().map(|x| f64::from(*x)).collect();
                let mean = row.iter().sum::<f64>() / columns as f64;
                let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / columns as f64;
                let scaled = move |x: f64| (x - mean) / (variance + 1e-5).sqrt();
                row.into_iter()
                    .map(scaled)
                    .zip(&weight)
                    .zip(&bias)
                    .map(|((x, w), b)| x * f64::from(*w) + f64::from(*b))
                    .collect::<Vec<_>>()
            })
            .collect();
        close(element, &y.download().unwrap(), exact.into_iter(), 10.0, "layer norm");
    });
}

#[test]
fn sizes_and_kinds_that_do_not_fit_are_errors() {
    let Some(device) = device() else { return };
    let short = Buffer::zeros(&device, Element::F32, 3).unwrap();
    let mut long = Buffer::zeros(&device, Element::F32, 4).unwrap();
    let mut other = Buffer::zeros(&device, Element::F16, 3).unwrap();
    assert!(gpu::axpy(1.0, short.view(), long.view_mut()).is_err());
    assert!(gpu::gelu(short.view(), other.view_mut()).is_err());
    assert!(long.view_mut().write(&[1.0]).is_err());
    assert!(other.view_mut().write_indices(&[1, 2, 3]).is_err());
    let product = Product::new(Precision::F32, 2, 2, 2);
    let why = gpu::multiply(&product, Factors::WRITE, short.view(), short.view(), long.view_mut()).unwrap_err();
    assert!(why.to_string().contains("`a` has 3 numbers of f32"), "{why}");
}

#[test]
fn products_add_and_scale() {
    let Some(device) = device() else { return };
    let a = [1.0, 2.0, 3.0, 4.0];
    let b = [5.0, 6.0, 7.0, 8.0];
    let (a, b) =
        (Buffer::upload(&device, Element::F32, &a).unwrap(), Buffer::upload(&device, Element::F32, &b).unwrap());
    let mut c = Buffer::upload(&device, Element::F32, &[1.0; 4]).unwrap();
    let product = Product::new(Precision::F32, 2, 2, 2);
    gpu::multiply(&product, Factors { alpha: 2.0, beta: 1.0 }, a.view(), b.view(), c.view_mut()).unwrap();
    assert_eq!(c.download().unwrap(), [39.0, 45.0, 87.0, 101.0]);
    gpu::multiply(&product.b_transposed(), Factors::WRITE, a.view(), b.view(), c.view_mut()).unwrap();
    assert_eq!(c.download().unwrap(), [17.0, 23.0, 39.0, 53.0]);
}

#[test]
fn numbers_in_8_bits_keep_their_scale() {
    let Some(device) = device() else { return };
    let numbers = numbers(64, 9);
    let (there, scale) = Buffer::quantise(&device, &numbers).unwrap();
    let back = there.download().unwrap();
    close(
        Element::E4m3,
        &back.iter().map(|number| number * scale).collect::<Vec<_>>(),
        numbers.iter().map(|n| f64::from(*n)),
        1e4,
        "fp8",
    );
    assert_eq!(Buffer::quantise(&device, &[0.0; 4]).unwrap().1, 1.0);
}
