//! The tuner on machines that are made up: it ends near the best of a full grid, at a tenth of what that costs.

use loading::Knobs;
use loading::tuner::{LOOKS, grid, search};

/// A machine: cores, seconds of a core for a batch, seconds of the accelerator for one, and noise of a look.
struct Machine {
    cores: f64,
    load: f64,
    accelerator: f64,
    /// What every worker beyond the cores costs.
    crowd: f64,
    /// How uneven batches are: the queue must even it out.
    uneven: f64,
}

impl Machine {
    /// Batches per second, without noise.
    fn rate(&self, knobs: Knobs) -> f64 {
        if knobs.workers == 0 {
            return 1.0 / (self.load + self.accelerator);
        }
        let workers = knobs.workers as f64;
        let crowded = 1.0 + self.crowd * (workers - self.cores).max(0.0);
        let loader = workers.min(self.cores) / self.load / crowded;
        let evened = 1.0 - self.uneven / (1.0 + knobs.ahead() as f64);
        loader.min(1.0 / self.accelerator) * evened
    }
}

/// Noise that falls with the length of a look, as that of a mean does; the same in every run of this test.
fn noise(state: &mut u64, batches: usize) -> f64 {
    let mut sum = 0.0;
    for _ in 0..12 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        sum += (*state >> 11) as f64 / (1_u64 << 53) as f64;
    }
    1.0 + 0.1 * (sum - 6.0) / (batches as f64).sqrt()
}

#[test]
fn it_ends_within_a_twentieth_of_the_best_at_a_tenth_of_the_cost() {
    let mut state = 42;
    let (mut good, mut runs) = (0, 0);
    for cores in [2, 4, 8, 16, 32, 96] {
        for load in [0.002, 0.02, 0.2] {
            for accelerator in [0.0005, 0.005, 0.05] {
                for (crowd, uneven) in [(0.0, 0.0), (0.02, 0.1), (0.1, 0.3)] {
                    let machine = Machine { cores: cores as f64, load, accelerator, crowd, uneven };
                    let candidates = grid(cores, 1 << 20, 1 << 40);
                    let measure = |knobs, batches| Ok(machine.rate(knobs) * noise(&mut state, batches));
                    let found = search(&candidates, LOOKS, 1 << 20, measure).unwrap();
                    let best = candidates.iter().map(|knobs| machine.rate(*knobs)).fold(0.0, f64::max);
                    let full = candidates.len() * LOOKS.last;
                    assert!(found.batches * 10 <= full, "{cores} cores: {} of {full} batches", found.batches);
                    assert_eq!(found.tried.len(), candidates.len());
                    good += usize::from(machine.rate(found.best.knobs) >= 0.95 * best);
                    runs += 1;
                }
            }
        }
    }
    assert!(good * 100 >= runs * 95, "{good} of {runs} searches end within a twentieth of the best");
}

#[test]
fn of_equally_fast_settings_the_smallest_is_taken() {
    // The accelerator sets the pace: one worker that is one batch ahead is as good as any.
    let machine = Machine { cores: 8.0, load: 0.01, accelerator: 0.05, crowd: 0.0, uneven: 0.0 };
    let found = search(&grid(8, 1 << 20, 1 << 40), LOOKS, 1 << 20, |knobs, _| Ok(machine.rate(knobs))).unwrap();
    assert_eq!(found.best.knobs, Knobs { workers: 1, prefetch: 1 });
    assert!(found.is_draw());
}

#[test]
fn the_last_look_ends_once_its_parts_agree() {
    let two = [Knobs { workers: 1, prefetch: 1 }, Knobs { workers: 2, prefetch: 1 }];
    let won = |lead: &[f64]| {
        let mut leads = lead.iter().cycle();
        let mut rate = |knobs: Knobs| if knobs.workers == 2 { *leads.next().unwrap() } else { 1.0 };
        search(&two, LOOKS, 1, |knobs, _| Ok(rate(knobs))).unwrap().won
    };
    assert_eq!(won(&[1.5]), (3, 3));
    assert_eq!(won(&[0.5]), (3, 3));
    assert_eq!(won(&[1.5, 0.9]).1, 4, "parts that do not agree are not enough");
}

#[test]
fn a_slow_consumer_has_a_short_last_look() {
    let seconds = |accelerator: f64| {
        let machine = Machine { cores: 4.0, load: 0.01, accelerator, crowd: 0.0, uneven: 0.0 };
        let found = search(&grid(4, 1 << 20, 1 << 40), LOOKS, 1 << 20, |knobs, _| Ok(machine.rate(knobs))).unwrap();
        found.best.batches as f64 * accelerator
    };
    assert!(seconds(2.0) <= LOOKS.seconds, "{}", seconds(2.0));
    assert!(seconds(0.005) < 1.0, "a fast one needs no more than its batches");
}

#[test]
fn a_grid_fits_into_memory_and_always_has_no_workers() {
    for cores in [1, 2, 4, 96] {
        let all = grid(cores, 1000, u64::MAX);
        assert!(all.iter().any(|knobs| knobs.workers > cores), "it tries more workers than cores");
        assert!(all.iter().any(|knobs| knobs.workers == cores) && all[0].workers == 0);
        assert!(all.len() <= 60, "{} settings for {cores} cores", all.len());
    }
    assert!(grid(4, 1000, 5000).iter().all(|knobs| knobs.memory(1000) <= 5000));
    assert_eq!(grid(4, 1000, 10), [Knobs { workers: 0, prefetch: 0 }]);
}

#[test]
fn one_candidate_is_the_best_and_none_is_an_error() {
    let alone = search(&[Knobs { workers: 2, prefetch: 2 }], LOOKS, 1, |_, _| Ok(1.0)).unwrap();
    assert_eq!((alone.best.knobs.workers, alone.runner_up, alone.won), (2, None, (0, 0)));
    assert!(search(&[], LOOKS, 1, |_, _| Ok(1.0)).is_err());
    assert!(search(&grid(2, 1, 100), LOOKS, 1, |_, _| anyhow::bail!("no")).is_err());
}
