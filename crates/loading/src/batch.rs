//! A batch: its numbers, and what proves that they are the right ones.

use serde::{Deserialize, Serialize};

use crate::Troubles;

/// A batch as the consumer gets it.
#[derive(Debug, Default)]
pub struct Batch {
    /// Which batch of the pass.
    pub number: usize,
    /// Samples in it; fewer than the batch size in the last one, and where samples were left out.
    pub samples: usize,
    /// Its numbers: sample after sample.
    pub data: Data,
    /// The proof.
    pub check: Check,
    /// What was left out.
    pub troubles: Troubles,
}

impl Batch {
    /// Makes it ready to be filled anew.
    pub fn clear(&mut self) {
        self.samples = 0;
        self.check = Check::default();
        self.troubles = Troubles::default();
    }
}

/// The numbers of a batch.
pub enum Data {
    /// In memory of this process; the buffer is used again.
    Own(Vec<f32>),
    /// In memory that somebody else sees as well.
    Shared(Box<dyn Window>),
}

/// A part of a memory that is shared between processes; whoever has it is the only one who touches it.
pub trait Window: AsRef<[f32]> + AsMut<[f32]> + Send {}

impl<W: AsRef<[f32]> + AsMut<[f32]> + Send> Window for W {}

impl Default for Data {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

impl std::fmt::Debug for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} numbers", self.values().len())
    }
}

impl Data {
    /// The numbers.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        match self {
            Self::Own(values) => values,
            Self::Shared(window) => (**window).as_ref(),
        }
    }

    /// Room for so many numbers, or for fewer where shared memory has no more; what is in it is to be overwritten.
    pub fn room(&mut self, numbers: usize) -> &mut [f32] {
        match self {
            Self::Own(values) => {
                if values.len() < numbers {
                    values.resize(numbers, 0.0);
                }
                values
            }
            Self::Shared(window) => (**window).as_mut(),
        }
    }
}

/// What proves a set of samples, whatever their order: each adds a part that depends on the sample and on what became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Samples.
    pub samples: u64,
    /// Sum over samples of the mean of their numbers, moved away from zero.
    pub mean: f64,
    /// The same, each with a weight of its sample: an exchange of samples shows.
    pub weighted: f64,
    /// Sum over samples of a hash of their numbers before they are normalised: exact, and so the same from the same decoder alone.
    pub digest: u64,
}

impl Check {
    /// Moves a mean of normalised numbers, which lies about zero, to where relative differences mean something.
    const AWAY_FROM_ZERO: f64 = 4.0;
    /// Samples have this many different weights.
    const WEIGHTS: u64 = 97;

    /// Adds a sample.
    pub fn add(&mut self, sample: u64, mean: f64, hash: u64) {
        let mean = mean + Self::AWAY_FROM_ZERO;
        self.samples += 1;
        self.mean += mean;
        self.weighted += mean * (sample % Self::WEIGHTS + 1) as f64;
        self.digest = self.digest.wrapping_add(hash);
    }

    /// Adds the samples of another batch.
    pub fn merge(&mut self, other: Self) {
        self.samples += other.samples;
        self.mean += other.mean;
        self.weighted += other.weighted;
        self.digest = self.digest.wrapping_add(other.digest);
    }
}
