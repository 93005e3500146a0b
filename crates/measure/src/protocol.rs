//! The numbers of the protocol, by budget.

use std::time::Duration;

use results::BudgetName;
use stats::Looks;

/// How cases are measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Protocol {
    /// Margin of practical equivalence, as a fraction.
    pub margin: f64,
    /// Numbers of launches after which it is decided whether to stop; set in advance, the confidence is spread over them.
    pub looks: Looks,
    /// Rounds per launch.
    pub rounds: u32,
    /// Most warm-up samples per launch beyond the call that gives the answer; warm-up ends when two in a row agree.
    pub warmup: u32,
    /// A sample makes as many calls as take about this long.
    pub sample: Duration,
    /// Share of the points that get an A/A control.
    pub control_share: f64,
    /// Longest time to prepare a case (deriving its files included).
    pub prepare_limit: Duration,
    /// Longest time of one sample.
    pub run_limit: Duration,
    /// Seed of order and bootstrap.
    pub seed: u64,
}

/// What a report may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Which preset the experiments use.
    pub name: BudgetName,
    /// Time for the whole report.
    pub time: Duration,
}

impl Budget {
    /// `quick`, `standard`, `thorough`, or a duration: `90s`, `10m`, `8h`.
    ///
    /// # Errors
    /// A sentence that lists what is understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let minutes = |m: u64| Duration::from_secs(60 * m);
        let named = |name, time| Ok(Self { name, time });
        match text {
            "quick" => return named(BudgetName::Quick, Duration::from_secs(236)),
            "standard" => return named(BudgetName::Standard, minutes(20)),
            "thorough" => return named(BudgetName::Thorough, minutes(8 * 60)),
            _ => {}
        }
        let unknown = || {
            format!(
                "budget {text:?} is not understood: say quick, standard, thorough, or a duration such as 90s, 10m or 8h"
            )
        };
        let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(unknown)?;
        let amount: u64 = text[..split].parse().map_err(|_| unknown())?;
        let seconds = match &text[split..] {
            "s" => Some(amount),
            "m" | "min" => amount.checked_mul(60),
            "h" => amount.checked_mul(3600),
            _ => None,
        };
        let time = Duration::from_secs(seconds.filter(|s| *s > 0).ok_or_else(unknown)?);
        let name = match time.as_secs() {
            0..240 => BudgetName::Quick,
            240..1800 => BudgetName::Standard,
            _ => BudgetName::Thorough,
        };
        named(name, time)
    }
}

impl Protocol {
    /// The protocol of a budget.
    #[must_use]
    pub fn new(budget: BudgetName, margin: f64, seed: u64) -> Self {
        // Many short samples beat a few long ones: the interval of a launch's median narrows with rounds, and a short sample
        // has less time to be disturbed (benches/protocol measures it).
        let short = Duration::from_micros(200);
        let (looks, rounds, warmup, sample, control_share): (&[usize], _, _, _, _) = match budget {
            BudgetName::Quick => (&[3, 5], 9, 2, short, 0.34),
            BudgetName::Standard => (&[5, 10, 20], 12, 4, short, 0.34),
            BudgetName::Thorough => (&[5, 10, 20, 40], 16, 8, short, 1.0),
        };
        Self {
            margin,
            looks: Looks::new(looks),
            rounds,
            warmup,
            sample,
            control_share,
            prepare_limit: Duration::from_secs(600),
            run_limit: Duration::from_secs(120),
            seed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_names_or_durations() {
        let table = [
            ("quick", BudgetName::Quick, 236),
            ("90s", BudgetName::Quick, 90),
            ("3m", BudgetName::Quick, 180),
            ("10m", BudgetName::Standard, 600),
            ("8h", BudgetName::Thorough, 28_800),
        ];
        for (text, name, seconds) in table {
            assert_eq!(Budget::parse(text), Ok(Budget { name, time: Duration::from_secs(seconds) }), "{text}");
        }
        for text in ["", "0s", "fast", "10", "s", "-5m", "10 m", "99999999999999999999h", "18446744073709551615h"] {
            assert!(Budget::parse(text).is_err(), "{text}");
        }
    }
}
