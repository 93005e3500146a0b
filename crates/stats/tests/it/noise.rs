//! Noise as shared machines make it: layouts that differ by launch, drift over blocks and rounds, outliers.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// What disturbs a measurement. Spreads are on the log scale: 0.01 is 1 %.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise {
    /// Spread over launches of one side's median.
    pub(crate) layout: f64,
    /// Whether layouts have heavy tails (Student's t with 4 degrees of freedom).
    pub(crate) heavy: bool,
    /// Share of launches that are 20 % slow.
    pub(crate) slow_launches: f64,
    /// Random walk over blocks, common to both sides.
    pub(crate) blocks: f64,
    /// Autocorrelated drift over the rounds of a launch, common to both sides.
    pub(crate) drift: f64,
    /// Autocorrelated noise of each side.
    pub(crate) own: f64,
    /// Share of samples that are tens of percent slow.
    pub(crate) slow_samples: f64,
}

/// A quiet machine.
pub(crate) const QUIET: Noise = Noise {
    layout: 0.01,
    heavy: false,
    slow_launches: 0.0,
    blocks: 0.005,
    drift: 0.003,
    own: 0.003,
    slow_samples: 0.01,
};
/// A shared machine.
pub(crate) const SHARED: Noise =
    Noise { layout: 0.015, blocks: 0.03, drift: 0.02, own: 0.01, slow_samples: 0.05, ..QUIET };
/// Heavy tails over launches.
pub(crate) const HEAVY: Noise = Noise { heavy: true, slow_launches: 0.03, ..SHARED };
/// Another program comes and goes.
pub(crate) const BUSY: Noise = Noise { layout: 0.01, drift: 0.08, own: 0.03, slow_samples: 0.2, ..SHARED };

/// All of them, with names.
pub(crate) const ALL: [(&str, Noise); 4] = [("quiet", QUIET), ("shared", SHARED), ("heavy", HEAVY), ("busy", BUSY)];

/// Seconds by launch and round.
pub(crate) type Samples = Vec<Vec<f64>>;

/// A seeded source of measurements.
pub(crate) struct Source {
    rng: Xoshiro256PlusPlus,
}

impl Source {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: Xoshiro256PlusPlus::seed_from_u64(seed) }
    }

    /// A number between 0 and 1.
    pub(crate) fn uniform(&mut self) -> f64 {
        self.rng.random()
    }

    /// A standard normal number (Box and Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    /// Variant and baseline in the same blocks, where the variant truly takes `ratio` times as long.
    pub(crate) fn pair(&mut self, noise: Noise, launches: usize, rounds: usize, ratio: f64) -> (Samples, Samples) {
        let mut block = 0.0;
        let (mut variant, mut baseline) = (Samples::new(), Samples::new());
        for _ in 0..launches {
            block += noise.blocks * self.normal();
            let mut drift = noise.drift * self.normal();
            let layouts = [self.layout(noise), self.layout(noise)];
            let mut own = [noise.own * self.normal(), noise.own * self.normal()];
            let mut seconds = [Vec::new(), Vec::new()];
            for _ in 0..rounds {
                drift = 0.8 * drift + 0.6 * noise.drift * self.normal();
                for side in 0..2 {
                    own[side] = 0.6 * own[side] + 0.8 * noise.own * self.normal();
                    let slow =
                        if self.uniform() < noise.slow_samples { -0.4 * (1.0 - self.uniform()).ln() } else { 0.0 };
                    seconds[side].push((block + drift + layouts[side] + own[side] + slow).exp() * 1e-3);
                }
            }
            let [v, b] = seconds;
            variant.push(v.into_iter().map(|s| s * ratio).collect());
            baseline.push(b);
        }
        (variant, baseline)
    }

    fn layout(&mut self, noise: Noise) -> f64 {
        let spread = if noise.heavy {
            let squares: f64 = (0..4).map(|_| self.normal().powi(2)).sum();
            (2.0 / squares).sqrt()
        } else {
            1.0
        };
        let slow = if self.uniform() < noise.slow_launches { 0.2 } else { 0.0 };
        noise.layout * spread * self.normal() + slow
    }
}
