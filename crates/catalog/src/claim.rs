//! Claims: what the guide and the field say, as data beside the experiment that tests them.

use serde::{Deserialize, Serialize};

use crate::{Contrast, Error};

/// `claims.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// The claims in the order of the chapter.
    #[serde(default)]
    pub claim: Vec<Claim>,
}

/// Something that somebody published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Unique within the experiment.
    pub id: String,
    /// The statement in our words, with its number.
    pub statement: String,
    /// Who says so, and where.
    pub source: String,
    /// Under which conditions it was published: machine, data, statistic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<String>,
    /// What to compare here; absent if this experiment cannot test it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<Contrast>,
    /// Lowest factor of improvement (baseline ÷ variant for metrics where less is better) that the claim allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Highest factor that the claim allows; absent for "at least".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Why it cannot be tested here, if it cannot be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untestable: Option<String>,
}

impl Claims {
    /// Reads `claims.toml`.
    ///
    /// # Errors
    /// If it is malformed, has an unknown key, or a claim has neither a test with a range nor a reason.
    pub fn parse(slug: &str, text: &str) -> Result<Vec<Claim>, Error> {
        let error = |why: String| Error::Toml { slug: slug.to_owned(), file: "claims.toml".to_owned(), why };
        let claims: Self = toml::from_str(text).map_err(|e| error(e.to_string()))?;
        for claim in &claims.claim {
            let testable = claim.test.is_some() && claim.low.is_some();
            if testable == claim.untestable.is_some() {
                return Err(error(format!(
                    "claim {:?} needs either a [claim.test] with `low`, or `untestable` with a reason",
                    claim.id
                )));
            }
        }
        Ok(claims.claim)
    }
}
