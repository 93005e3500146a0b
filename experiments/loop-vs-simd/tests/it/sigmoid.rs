use loop_vs_simd::kernels::Tables;

use crate::support::families;

/// Arguments over the whole range and beyond it, close together around zero.
fn arguments(limit: f64) -> Vec<f64> {
    let coarse = (-5000..=5000).map(|i| f64::from(i) / 5000.0 * limit * 1.1);
    let fine = (-5000..=5000).map(|i| f64::from(i) / 5000.0 * 10.0);
    let tiny = (0..300).flat_map(|i| [10_f64.powi(-i), -(10_f64.powi(-i))]);
    coarse.chain(fine).chain(tiny).chain([0.0, -0.0]).collect()
}

/// By the standard library, whose exponential is right to a unit in the last place.
fn expected(x: f64, limit: f64) -> f64 {
    1.0 / (1.0 + (-x.clamp(-limit, limit)).exp())
}

#[test]
fn double_precision_is_right_to_a_few_units_in_the_last_place() {
    let x = arguments(708.0);
    for family in families() {
        let mut y = vec![0.0; x.len()];
        assert!(f64::kernels(family).sigmoid(&x, &mut y));
        for (x, y) in x.iter().zip(&y) {
            let expected = expected(*x, 708.0);
            let error = (y - expected).abs() / expected / f64::EPSILON;
            assert!(error <= 4.0, "{family:?}: sigmoid({x}) is {y}, not {expected}: {error} units");
        }
    }
}

#[test]
fn single_precision_is_right_to_a_few_units_in_the_last_place() {
    let x: Vec<f32> = arguments(87.0).into_iter().map(|x| x as f32).collect();
    for family in families() {
        let mut y = vec![0.0; x.len()];
        assert!(f32::kernels(family).sigmoid(&x, &mut y));
        for (x, y) in x.iter().zip(&y) {
            let expected = expected(f64::from(*x), 87.0);
            let error = (f64::from(*y) - expected).abs() / expected / f64::from(f32::EPSILON);
            assert!(error <= 3.0, "{family:?}: sigmoid({x}) is {y}, not {expected}: {error} units");
        }
    }
}

#[test]
fn it_never_falls_and_stays_between_zero_and_one() {
    let mut x = arguments(708.0);
    x.sort_by(f64::total_cmp);
    for family in families() {
        let mut y = vec![0.0; x.len()];
        f64::kernels(family).sigmoid(&x, &mut y);
        assert!(y.iter().all(|y| *y > 0.0 && *y <= 1.0), "{family:?}");
        // Rounding may turn two neighbours round by a unit or two.
        assert!(y.windows(2).all(|pair| pair[1] >= pair[0] * (1.0 - 4.0 * f64::EPSILON)), "{family:?}");
    }
}

#[test]
fn the_ends_of_the_line_and_what_is_no_number() {
    let x = [f64::NEG_INFINITY, f64::INFINITY, f64::NAN, f64::MIN, f64::MAX];
    for family in families() {
        let mut y = [0.5; 5];
        f64::kernels(family).sigmoid(&x, &mut y);
        assert!(y[0] > 0.0 && y[0] < 1e-300 && y[3] == y[0], "{family:?}: {y:?}");
        assert!(y[1] == 1.0 && y[4] == 1.0, "{family:?}: {y:?}");
        assert!(y[2].is_nan(), "{family:?}: {y:?}");
    }
}

#[test]
fn every_tail_is_computed_and_nothing_behind_it() {
    for family in families() {
        for len in [0, 1, 7, 8, 15, 63, 64, 65, 1000] {
            let x: Vec<f32> = (0..len).map(|i| i as f32 / 100.0 - 3.0).collect();
            let mut y = vec![-1.0; len + 1];
            f32::kernels(family).sigmoid(&x, &mut y[..len]);
            assert!(y[..len].iter().all(|y| (0.0..1.0).contains(y)), "{family:?}, {len} elements");
            assert_eq!(y[len], -1.0, "{family:?}, {len} elements");
        }
    }
}

#[test]
fn integers_have_none() {
    for family in families() {
        let mut y = [9; 3];
        assert!(!i64::kernels(family).sigmoid(&[1, 2, 3], &mut y));
        assert_eq!(y, [9; 3]);
    }
}
