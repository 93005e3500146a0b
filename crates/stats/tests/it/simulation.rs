//! What the intervals, the looks and the verdicts promise, held against thousands of simulated measurements.
//!
//! Everything is seeded, so a test gives the same counts every time. Bounds leave three standard errors of the simulation.

use stats::{Decision, Looks, Verdict, benjamini_hochberg, log_ratio, unpaired_log_ratio};

use crate::noise::{ALL, HEAVY, Noise, QUIET, SHARED, Source};

const ROUNDS: usize = 6;

/// Three standard errors of a share near `share` after `runs`.
fn slack(share: f64, runs: usize) -> f64 {
    3.0 * (share * (1.0 - share) / runs as f64).sqrt()
}

#[test]
fn intervals_cover_the_truth_as_often_as_they_say() {
    let runs = 1500;
    for (name, noise) in ALL {
        for launches in [2, 3, 5, 10, 20] {
            let mut source = Source::new(launches as u64);
            let (mut covered, mut covered_strict) = (0, 0);
            for _ in 0..runs {
                let (variant, baseline) = source.pair(noise, launches, ROUNDS, 1.3);
                let found = log_ratio(&variant, &baseline, 0.95).unwrap();
                let covers = |low: f64, high: f64| usize::from(low <= 1.3_f64.ln() && 1.3_f64.ln() <= high);
                covered += covers(found.low, found.high);
                let strict = found.at(0.9875);
                covered_strict += covers(strict.low, strict.high);
            }
            for (covered, confidence) in [(covered, 0.95), (covered_strict, 0.9875)] {
                let share = covered as f64 / runs as f64;
                assert!(
                    share >= confidence - slack(confidence, runs),
                    "{name}, {launches} launches: {share} where {confidence} is said"
                );
            }
        }
    }
}

#[test]
fn unpaired_intervals_cover_too() {
    let runs = 1500;
    // Two runs do not share blocks: drift over blocks is part of each side's noise, which a random walk would bias.
    let noise = Noise { blocks: 0.0, ..SHARED };
    for (launches, others) in [(3, 3), (5, 20), (10, 10)] {
        let mut source = Source::new(9);
        let covered = (0..runs).filter(|_| {
            let (a, _) = source.pair(noise, launches, ROUNDS, 0.5);
            let (_, b) = source.pair(noise, others, ROUNDS, 1.0);
            let found = unpaired_log_ratio(&a, &b, 0.95).unwrap();
            found.low <= 0.5_f64.ln() && 0.5_f64.ln() <= found.high
        });
        let share = covered.count() as f64 / runs as f64;
        assert!(share >= 0.95 - slack(0.95, runs), "{launches} against {others} launches: {share}");
    }
}

/// How a measurement with looks ends: verdict and launches.
fn measure(source: &mut Source, noise: Noise, looks: &Looks, ratio: f64, margin: f64) -> (Verdict, usize) {
    let (variant, baseline) = source.pair(noise, looks.last(), ROUNDS, ratio);
    for launches in looks.numbers() {
        match looks.decide(&variant[..launches], &baseline[..launches], margin) {
            Decision::Settled(verdict) => return (verdict, launches),
            Decision::Continue => {}
            Decision::Exhausted => return (Verdict::CannotTell, launches),
        }
    }
    panic!("the last look must end it");
}

fn share(runs: usize, mut hit: impl FnMut() -> bool) -> f64 {
    (0..runs).filter(|_| hit()).count() as f64 / runs as f64
}

#[test]
fn peeking_does_not_raise_the_rate_of_false_verdicts() {
    let runs = 1500;
    // The worst truth is the margin itself: whatever is settled then is a coin's word.
    for (name, noise) in ALL {
        for preset in [&[5, 10, 20][..], &[2, 3, 4, 5, 6, 7, 8, 9, 10]] {
            let looks = Looks::new(preset);
            let mut source = Source::new(3);
            let settled = share(runs, || measure(&mut source, noise, &looks, 1.05, 0.05).0 != Verdict::CannotTell);
            assert!(settled <= 0.05 + slack(0.05, runs), "{name}, looks {preset:?}: {settled}");
        }
    }
}

#[test]
fn a_control_gives_hardly_ever_a_false_alarm() {
    let runs = 1500;
    for (name, noise) in ALL {
        for preset in [&[3, 5][..], &[5, 10, 20]] {
            let looks = Looks::new(preset);
            let mut source = Source::new(4);
            let alarms = share(runs, || {
                matches!(measure(&mut source, noise, &looks, 1.0, 0.02).0, Verdict::Faster | Verdict::Slower)
            });
            assert!(alarms <= 0.01, "{name}, looks {preset:?}: {alarms}");
        }
    }
}

#[test]
fn slow_downs_are_found() {
    let runs = 400;
    let standard = Looks::new(&[5, 10, 20]);
    let table = [
        ("10 % at a margin of 5 %, quiet", QUIET, 1.10, 0.05, 0.99),
        ("10 % at a margin of 5 %, shared", SHARED, 1.10, 0.05, 0.95),
        ("10 % at a margin of 5 %, heavy", HEAVY, 1.10, 0.05, 0.95),
        ("5 % at a margin of 2 %, quiet", QUIET, 1.05, 0.02, 0.99),
        ("5 % at a margin of 2 %, shared", SHARED, 1.05, 0.02, 0.95),
    ];
    for (what, noise, ratio, margin, wanted) in table {
        let mut source = Source::new(5);
        let found = share(runs, || measure(&mut source, noise, &standard, ratio, margin).0 == Verdict::Slower);
        assert!(found >= wanted, "{what}: {found}");
        let mut source = Source::new(6);
        let found = share(runs, || measure(&mut source, noise, &standard, 1.0 / ratio, margin).0 == Verdict::Faster);
        assert!(found >= wanted, "{what}, the other way: {found}");
    }
}

#[test]
fn clear_cases_are_settled_at_the_first_look() {
    let looks = Looks::new(&[3, 5]);
    let mut source = Source::new(7);
    let first = share(400, || measure(&mut source, QUIET, &looks, 3.0, 0.05) == (Verdict::Slower, 3));
    assert!(first > 0.99, "{first}");
}

#[test]
fn the_false_discovery_rate_is_kept() {
    // In each report 40 comparisons lie at the margin (any verdict on them is false) and 40 are clear.
    let (reports, mut false_share) = (60, 0.0);
    let mut source = Source::new(8);
    for _ in 0..reports {
        let p: Vec<f64> = (0..80)
            .map(|i| {
                let (v, b) = source.pair(SHARED, 10, ROUNDS, if i < 40 { 1.05 } else { 1.2 });
                log_ratio(&v, &b, 0.95).unwrap().p_value(0.05)
            })
            .collect();
        let kept: Vec<usize> =
            benjamini_hochberg(&p).iter().enumerate().filter(|(_, p)| **p <= 0.05).map(|(i, _)| i).collect();
        assert!(kept.iter().filter(|i| **i >= 40).count() >= 35, "the clear ones are found");
        false_share += kept.iter().filter(|i| **i < 40).count() as f64 / kept.len().max(1) as f64;
    }
    assert!(false_share / f64::from(reports) <= 0.05, "{}", false_share / f64::from(reports));
}
