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

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(passes: Option<&str>) -> Result<Prepared, Refusal> {
        let params = passes.map(|passes| (PARAMETER, passes)).into_iter().collect::<std::collections::BTreeMap<_, _>>();
        let task = serde_json::json!({
            "experiment": "protocol", "variant": "any", "params": params, "point": {}, "seed": 1, "threads": 1, "scratch": "/nowhere",
        });
        Walk.prepare(&serde_json::from_value(task).unwrap())
    }

    #[test]
    fn more_passes_give_the_same_answer() {
        let answer = |passes| (prepared(passes).unwrap_or_else(|e| panic!("{e:?}")).work)().unwrap();
        let words = WORDS as f64;
        let expected = Answer { rows: WORDS as u64, values: vec![words * (words - 1.0) / 2.0], digest: None };
        for passes in [None, Some("1"), Some("105")] {
            assert_eq!(answer(passes), expected, "{passes:?}");
        }
    }

    #[test]
    fn passes_that_are_no_number_are_an_error() {
        assert!(matches!(prepared(Some("many")), Err(Refusal::Fail(_))));
    }
}
