//! Work whose true cost is known: passes over a buffer that fits the second-level cache.

use std::hint::black_box;

use measure::{Experiment, Prepared, Refusal, Task};
use results::{Answer, Choice, Dataset};

/// Passes of the baseline. A slow-down of 1 % is one pass more.
pub(crate) const PASSES: u32 = 100;
/// The parameter that says how many passes to make.
pub(crate) const PARAMETER: &str = "passes";
/// 128 KiB: larger than a first-level cache, so that where the pages lie matters from launch to launch.
const WORDS: usize = 16 << 10;

/// The experiment that the workers serve.
pub(crate) struct Walk;

impl Experiment for Walk {
    fn choose(&self, _dataset: &Dataset) -> Result<Vec<Choice>, String> {
        Ok(Vec::new())
    }

    fn prepare(&self, task: &Task) -> Result<Prepared, Refusal> {
        let passes: u32 = task.params.get(PARAMETER).map_or(Ok(PASSES), |text| text.parse())?;
        let buffer: Vec<u64> = (0..WORDS as u64).collect();
        Ok(Prepared::new(move || {
            let mut sum = 0_u64;
            for _ in 0..passes {
                sum = black_box(&buffer).iter().fold(0, |sum, word| sum.wrapping_add(*word));
                black_box(sum);
            }
            // The sum of one pass: the same however many passes there were.
            Ok(Answer { rows: WORDS as u64, values: vec![sum as f64], digest: None })
        }))
    }
}
