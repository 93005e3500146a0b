//! Verdicts as marks: a shape and a word, never a colour alone.

use analysis::ClaimVerdict;
use catalog::Metric;
use serde::Serialize;
use stats::Verdict;

/// A verdict on the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Badge {
    /// Class: `good`, `bad`, `same`, `unsure`, `none`.
    pub(crate) kind: &'static str,
    /// The shape.
    pub(crate) mark: &'static str,
    /// The word.
    pub(crate) word: &'static str,
}

impl Badge {
    /// The same markup as the macro `badge` of the templates.
    pub(crate) fn html(&self) -> String {
        let Self { kind, mark, word } = self;
        format!("<span class=\"badge {kind}\"><span aria-hidden=\"true\">{mark}</span> {word}</span>")
    }

    /// The verdict of a comparison, in the words of its metric.
    pub(crate) fn verdict(verdict: Option<Verdict>, metric: Metric) -> Self {
        let (better, worse) = words(metric);
        let (kind, mark, word) = match verdict {
            Some(Verdict::Faster) => ("good", "▲", better),
            Some(Verdict::Same) => ("same", "=", "no difference"),
            Some(Verdict::Slower) => ("bad", "▼", worse),
            Some(Verdict::CannotTell) => ("unsure", "?", "cannot tell"),
            None => ("none", "○", "not measured"),
        };
        Self { kind, mark, word }
    }

    /// What a measurement says about a claim.
    pub(crate) fn claim(verdict: ClaimVerdict) -> Self {
        let (kind, mark, word) = match verdict {
            ClaimVerdict::Confirmed => ("good", "✓", "confirmed"),
            ClaimVerdict::WeakerHere => ("same", "◐", "weaker here"),
            ClaimVerdict::Refuted => ("bad", "✗", "refuted"),
            ClaimVerdict::CannotTell => ("unsure", "?", "cannot tell"),
            ClaimVerdict::NotTestable => ("none", "○", "not testable here"),
        };
        Self { kind, mark, word }
    }

    /// Whether the confirming second run agreed; `None` if there was none.
    pub(crate) fn confirmed(confirmed: Option<bool>) -> Option<Self> {
        confirmed.map(|yes| match yes {
            true => Self { kind: "good", mark: "✓", word: "confirmed by a second run" },
            false => Self { kind: "unsure", mark: "?", word: "a second run did not agree" },
        })
    }
}

/// Better and worse in the words of a metric.
fn words(metric: Metric) -> (&'static str, &'static str) {
    match metric {
        Metric::Time | Metric::RowsPerSecond | Metric::BytesPerSecond | Metric::FlopPerSecond => ("faster", "slower"),
        Metric::Cpu | Metric::DeviceBytes | Metric::PeakMemory => ("less", "more"),
        Metric::DiskBytes => ("smaller", "larger"),
        Metric::CeilingShare => ("closer to the ceiling", "further from the ceiling"),
        Metric::Money => ("cheaper", "dearer"),
        Metric::Own(_) => ("better", "worse"),
    }
}
