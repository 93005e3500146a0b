//! Where a handful of launches lie, and how sure that is: a trimmed mean with Student's *t*.
//!
//! Of `n` numbers, one per launch, the lowest and the highest tenth (rounded down: none below 10 launches) are trimmed,
//! the rest is averaged, and the standard error comes from the winsorised variance (Tukey and McLaughlin 1963, Yuen
//! 1974). Degrees of freedom are those of the numbers kept, less one more for each trimmed pair: trimming chooses what
//! to keep by looking at the data, and without that correction 10 launches cover 94.5 % where 95 % is said.
//!
//! Chosen by simulation (6000 runs each; 6 rounds; layout moves a launch's median by 1.5 %; blocks drift; rounds are
//! autocorrelated and one in twenty is an outlier; in the second table layouts are heavy-tailed and 3 % of the launches
//! are 20 % off). Cells: coverage of the 95 % interval, and its median half-width.
//!
//! | launches                                  | 3             | 5             | 10            | 20            |
//! |-------------------------------------------|---------------|---------------|---------------|---------------|
//! | this                                      | 95.4 %, 5.2 % | 95.0 %, 2.9 % | 95.3 %, 1.9 % | 94.7 %, 1.2 % |
//! | mean, *t*                                 | 95.4 %, 5.2 % | 95.0 %, 2.9 % | 94.8 %, 1.7 % | 94.6 %, 1.2 % |
//! | bootstrap of launches and rounds, *t*     | 99.9 %, 12 %  | 99.5 %, 7.2 % | 99.8 %, 4.8 % | 100 %, 3.4 %  |
//! | the same, percentiles                     | 88.9 %, 4.9 % | 95.2 %, 5.0 % | 97.6 %, 4.3 % | 99.5 %, 3.3 % |
//! | bootstrap of launches, Huber's mean, *t*  | 98.1 %, 8.0 % | 98.2 %, 4.2 % | 96.0 %, 1.9 % | 94.9 %, 1.2 % |
//!
//! | launches, some far off                    | 3             | 5             | 10            | 20            |
//! |-------------------------------------------|---------------|---------------|---------------|---------------|
//! | this                                      | 96.0 %, 5.6 % | 96.8 %, 3.2 % | 95.9 %, 2.0 % | 96.1 %, 1.3 % |
//! | mean, *t*                                 | 96.0 %, 5.6 % | 96.8 %, 3.2 % | 96.8 %, 2.4 % | 97.3 %, 2.4 % |
//! | bootstrap of launches and rounds, *t*     | 99.9 %, 15 %  | 99.7 %, 10 %  | 99.9 %, 6.1 % | 100 %, 4.2 %  |
//! | the same, percentiles                     | 89.4 %, 6.2 % | 93.7 %, 6.4 % | 97.1 %, 5.2 % | 98.5 %, 3.9 % |
//! | bootstrap of launches, Huber's mean, *t*  | 98.2 %, 8.7 % | 99.0 %, 4.7 % | 97.6 %, 2.4 % | 97.0 %, 1.4 % |
//!
//! A bootstrap that redraws rounds within redrawn launches counts the rounds' noise twice: the spread over launches has
//! it already. That costs two to three times the width, which is four to nine times the launches.

use crate::Estimate;

/// Launches per trimmed pair.
const TENTH: usize = 10;

/// The trimmed mean of one number per launch with its interval; `None` of fewer than two.
#[must_use]
pub fn location(mut numbers: Vec<f64>, confidence: f64) -> Option<Estimate> {
    let n = numbers.len();
    if n < 2 {
        return None;
    }
    numbers.sort_unstable_by(f64::total_cmp);
    let trimmed = n / TENTH;
    let kept = n - 2 * trimmed;
    let estimate = numbers[trimmed..n - trimmed].iter().sum::<f64>() / kept as f64;

    let (lowest, highest) = (numbers[trimmed], numbers[n - 1 - trimmed]);
    let winsorised = || numbers.iter().map(|x| x.clamp(lowest, highest));
    let centre = winsorised().sum::<f64>() / n as f64;
    let squares: f64 = winsorised().map(|x| (x - centre).powi(2)).sum();
    let standard_error = (squares / (kept * (kept - 1)) as f64).sqrt();
    let freedom = kept - 1 - trimmed;
    Some(Estimate::new(estimate, standard_error, freedom as f64, n, confidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_few_launches_it_is_the_t_interval_of_the_mean() {
        let found = location(vec![4.0, 1.0, 2.0, 3.0], 0.95).unwrap();
        assert_eq!((found.estimate, found.degrees_of_freedom, found.launches), (2.5, 3.0, 4));
        assert!((found.standard_error - (5.0 / 12.0_f64).sqrt()).abs() < 1e-12);
        assert!((found.high - 2.5 - 3.1824 * found.standard_error).abs() < 1e-3);
    }

    #[test]
    fn agrees_with_yuen_by_hand() {
        // 1 … 9 and an outlier: trimmed mean of 2 … 9, winsorised 2, 2, 3 … 9, 9.
        let found = location(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 1000.0], 0.95).unwrap();
        assert_eq!((found.estimate, found.degrees_of_freedom), (5.5, 6.0));
        assert!((found.standard_error - (66.5 / 56.0_f64).sqrt()).abs() < 1e-12, "{}", found.standard_error);
    }

    #[test]
    fn edges() {
        assert_eq!(location(vec![], 0.95), None);
        assert_eq!(location(vec![1.0], 0.95), None, "one launch says nothing about launches");
        let same = location(vec![2.0; 12], 0.95).unwrap();
        assert_eq!((same.low, same.estimate, same.high), (2.0, 2.0, 2.0));
    }
}
