//! Conclusions with a paragraph per outcome, of which the interval picks one.

use serde::Deserialize;
use stats::Verdict;

/// The body of an `answer` or `verdict` block. Each paragraph is inline Markdown that may use values.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Outcomes {
    /// Name of the finding; the chapter's headline if absent.
    pub(crate) finding: Option<String>,
    /// The interval lies beyond the margin on the good side.
    pub(crate) faster: String,
    /// The interval lies within the margin.
    pub(crate) same: String,
    /// The interval lies beyond the margin on the bad side.
    pub(crate) slower: String,
    /// Anything else.
    pub(crate) cannot_tell: String,
    /// There is no interval.
    pub(crate) not_measured: String,
}

/// What can come out of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There is an interval, and this is what it says.
    Judged(Verdict),
    /// There is none.
    NotMeasured,
}

impl Outcome {
    /// The key in the block.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Judged(Verdict::Faster) => "faster",
            Self::Judged(Verdict::Same) => "same",
            Self::Judged(Verdict::Slower) => "slower",
            Self::Judged(Verdict::CannotTell) => "cannot-tell",
            Self::NotMeasured => "not-measured",
        }
    }
}

impl From<Option<Verdict>> for Outcome {
    fn from(verdict: Option<Verdict>) -> Self {
        verdict.map_or(Self::NotMeasured, Self::Judged)
    }
}

impl Outcomes {
    /// Reads the TOML of a block.
    pub(super) fn parse(body: &str) -> Result<Self, String> {
        toml::from_str(body).map_err(|e| e.to_string().trim().to_owned())
    }

    /// The five paragraphs.
    pub(crate) fn all(&self) -> [(Outcome, &str); 5] {
        [
            (Outcome::Judged(Verdict::Faster), &self.faster),
            (Outcome::Judged(Verdict::Same), &self.same),
            (Outcome::Judged(Verdict::Slower), &self.slower),
            (Outcome::Judged(Verdict::CannotTell), &self.cannot_tell),
            (Outcome::NotMeasured, &self.not_measured),
        ]
    }
}
