//! Properties that hold for any samples.

use stats::{Looks, Verdict, benjamini_hochberg, difference, geometric_mean, level, log_ratio, unpaired_log_ratio};

use crate::noise::{ALL, QUIET, Samples, Source};

fn scaled(samples: &Samples, factor: f64) -> Samples {
    samples.iter().map(|launch| launch.iter().map(|s| s * factor).collect()).collect()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}

/// Runs a check on pairs of many shapes.
fn for_any_pair(mut check: impl FnMut(Samples, Samples)) {
    let mut source = Source::new(11);
    for case in 0..200 {
        let (_, noise) = ALL[case % ALL.len()];
        let (variant, baseline) = source.pair(noise, 2 + case % 20, 1 + case % 7, 0.2 + 0.01 * case as f64);
        check(variant, baseline);
    }
}

#[test]
fn a_ratio_has_no_unit_and_turns_around() {
    for_any_pair(|v, b| {
        let found = log_ratio(&v, &b, 0.95).unwrap();
        let hours = log_ratio(&scaled(&v, 1.0 / 3600.0), &scaled(&b, 1.0 / 3600.0), 0.95).unwrap();
        assert!(close(found.low, hours.low) && close(found.high, hours.high));
        let swapped = log_ratio(&b, &v, 0.95).unwrap();
        assert!(close(found.estimate, -swapped.estimate) && close(found.low, -swapped.high));
        let twice = log_ratio(&scaled(&v, 2.0), &b, 0.95).unwrap();
        assert!(
            close(twice.estimate, found.estimate + 2.0_f64.ln()) && close(twice.standard_error, found.standard_error)
        );
        assert!(found.low <= found.estimate && found.estimate <= found.high);
        assert!(found.at(0.99).high >= found.high);
    });
}

#[test]
fn the_order_of_launches_does_not_matter() {
    for_any_pair(|mut v, mut b| {
        let (found, side) = (log_ratio(&v, &b, 0.95).unwrap(), level(&v, 0.95).unwrap());
        v.rotate_left(1);
        b.rotate_left(1);
        let again = log_ratio(&v, &b, 0.95).unwrap();
        assert!(close(found.estimate, again.estimate) && close(found.standard_error, again.standard_error));
        assert!(close(side.high, level(&v, 0.95).unwrap().high));
    });
}

#[test]
fn p_value_and_verdict_agree_at_every_confidence() {
    for_any_pair(|v, b| {
        for margin in [0.0, 0.02, 0.05, 0.3] {
            for confidence in [0.9, 0.95, 0.99] {
                let found = log_ratio(&v, &b, confidence).unwrap();
                let p = found.p_value(margin);
                assert!((0.0..=1.0).contains(&p));
                if (p - (1.0 - confidence)).abs() > 1e-6 {
                    assert_eq!(p < 1.0 - confidence, found.verdict(margin) != Verdict::CannotTell, "p {p}, {found:?}");
                }
            }
        }
        let (looks, found) = (Looks::new(&[5, 10, 20]), log_ratio(&v, &b, 0.95).unwrap());
        let p = looks.adjusted(found.p_value(0.05), v.len());
        let judged = found.at(looks.final_confidence(v.len())).verdict(0.05);
        if (p - 0.05).abs() > 1e-6 {
            assert_eq!(p < 0.05, judged != Verdict::CannotTell, "adjusted p {p}");
        }
    });
}

#[test]
fn an_outlier_round_changes_little_and_one_launch_in_ten_too() {
    let mut source = Source::new(12);
    let (mut v, b) = source.pair(QUIET, 10, 6, 1.0);
    let clean = log_ratio(&v, &b, 0.95).unwrap();
    v[3][2] *= 1000.0;
    let round = log_ratio(&v, &b, 0.95).unwrap();
    assert!((round.estimate - clean.estimate).abs() < 0.002 && round.high < clean.high + 0.005, "{round:?} {clean:?}");
    v[7].iter_mut().for_each(|s| *s *= 1000.0);
    let launch = log_ratio(&v, &b, 0.95).unwrap();
    assert!((launch.estimate - clean.estimate).abs() < 0.01 && launch.high < clean.high + 0.02, "{launch:?} {clean:?}");
}

#[test]
fn drift_common_to_both_sides_cancels() {
    let drift: Vec<f64> = (0..6).map(|round| 1.0 + 0.2 * f64::from(round)).collect();
    let b: Samples = (0..3).map(|launch| drift.iter().map(|d| d * (1.0 + 0.5 * f64::from(launch))).collect()).collect();
    let found = log_ratio(&scaled(&b, 1.5), &b, 0.95).unwrap();
    assert!(close(found.estimate, 1.5_f64.ln()) && found.standard_error < 1e-12);
}

#[test]
fn what_cannot_be_told_is_none() {
    let (one, two) = (vec![vec![1.0, 2.0]], vec![vec![1.0, 2.0], vec![1.0, 3.0]]);
    assert!(log_ratio(&one, &one, 0.95).is_none(), "one launch says nothing about launches");
    assert!(log_ratio(&two, &one, 0.95).is_none() && unpaired_log_ratio(&two, &one, 0.95).is_none());
    assert!(log_ratio(&[], &[], 0.95).is_none() && level(&[], 0.95).is_none() && level(&[vec![]], 0.95).is_none());
    let broken = vec![vec![f64::NAN, 0.0], vec![f64::INFINITY, -1.0]];
    assert!(log_ratio(&broken, &two, 0.95).is_none(), "samples that are no times are not usable");
    let partly = vec![vec![f64::NAN, 1.0], vec![1.0], vec![2.0, 2.0], vec![]];
    let found = log_ratio(&partly, &[vec![1.0], vec![1.0], vec![2.0, 2.0], vec![9.0]], 0.95).unwrap();
    assert_eq!((found.estimate, found.launches), (0.0, 3));
}

#[test]
fn levels() {
    let single = level(&[vec![2.0, 4.0, 3.0]], 0.95).unwrap();
    assert!(close(single.estimate, 3.0) && close(single.low, 2.0 / 1.05) && close(single.high, 4.0 * 1.05));
    let zeros = level(&[vec![0.0, 0.0], vec![0.0, 4096.0], vec![0.0, 0.0]], 0.95).unwrap();
    assert!(zeros.low == 0.0 && zeros.estimate > 0.0 && zeros.high > 0.0);
    let exact = level(&[vec![7.0], vec![7.0]], 0.95).unwrap();
    assert!(close(exact.low, 7.0) && close(exact.high, 7.0));
    for_any_pair(|v, _| {
        let found = level(&v, 0.95).unwrap();
        assert!(0.0 < found.low && found.low <= found.estimate && found.estimate <= found.high);
    });
}

#[test]
fn differences_are_in_seconds() {
    let b: Samples = vec![vec![1.0, 2.0], vec![1.5, 1.5], vec![3.0, 1.0]];
    let v: Samples = b.iter().map(|launch| launch.iter().map(|s| s - 0.25).collect()).collect();
    let saved = difference(&v, &b, 0.95).unwrap();
    assert!(close(saved.estimate, -0.25) && saved.standard_error < 1e-12);
}

#[test]
fn geometric_means() {
    assert!(geometric_mean(&[]).is_none());
    let ratio = |r: f64| {
        let b: Samples = vec![vec![1.0, 1.01], vec![1.02, 1.0], vec![1.0, 1.0]];
        log_ratio(&scaled(&b, r), &b, 0.95).unwrap()
    };
    let mean = geometric_mean(&[ratio(0.5), ratio(8.0)]).unwrap();
    assert!(close(mean.estimate, 2.0));
    for_any_pair(|v, b| {
        let one = log_ratio(&v, &b, 0.95).unwrap();
        let mean = geometric_mean(&[one, one, one, one]).unwrap();
        assert!(close(mean.estimate, one.ratio().estimate));
        assert!(mean.high - mean.low <= one.ratio().high - one.ratio().low + 1e-12, "four cases are surer than one");
    });
}

#[test]
fn adjusted_p_values_are_larger_ordered_and_go_with_their_tests() {
    let mut source = Source::new(13);
    for n in 1..60 {
        let p: Vec<f64> = (0..n).map(|_| source.uniform().powi(3)).collect();
        let adjusted = benjamini_hochberg(&p);
        for i in 0..n {
            assert!(adjusted[i] >= p[i] && adjusted[i] <= 1.0);
            for j in 0..n {
                assert!(p[i] > p[j] || adjusted[i] <= adjusted[j], "order is kept");
            }
        }
        let mut turned = p.clone();
        turned.reverse();
        let mut back = benjamini_hochberg(&turned);
        back.reverse();
        assert_eq!(adjusted, back);
        let mut more = p.clone();
        more.push(1.0);
        assert!(benjamini_hochberg(&more)[..n].iter().zip(&adjusted).all(|(with, without)| with >= without));
    }
}
