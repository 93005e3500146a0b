//! Units of quantities that an experiment defines itself.

use serde::{Deserialize, Serialize};

/// Unit of a quantity, by the name that it has in files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// `""`: a plain number or a count.
    #[default]
    #[serde(rename = "")]
    Number,
    /// `"s"`: seconds.
    #[serde(rename = "s")]
    Seconds,
    /// `"B"`: bytes.
    #[serde(rename = "B")]
    Bytes,
    /// `"%"`: a share; the number itself is a fraction, 0 to 1.
    #[serde(rename = "%")]
    Share,
    /// `"rows"`.
    #[serde(rename = "rows")]
    Rows,
    /// `"files"`.
    #[serde(rename = "files")]
    Files,
    /// `"USD"`: US dollars.
    #[serde(rename = "USD")]
    Dollars,
}

impl Unit {
    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "",
            Self::Seconds => "s",
            Self::Bytes => "B",
            Self::Share => "%",
            Self::Rows => "rows",
            Self::Files => "files",
            Self::Dollars => "USD",
        }
    }

    /// Whether it is a plain number.
    #[must_use]
    pub fn is_number(&self) -> bool {
        *self == Self::Number
    }
}
