//! Claims: what the guide and the field say, as data beside the experiment that tests them.

use serde::{Deserialize, Serialize};

use crate::{Contrast, Crossing, Definition, Error};

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
    /// For a claim about where something begins to pay: the crossing to find here, instead of `test`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crossing: Option<Crossing>,
    /// Lowest factor of improvement (baseline ÷ variant for metrics where less is better) that the claim allows; of a
    /// crossing the lowest place, in the axis' unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Highest factor (or place) that the claim allows; absent for "at least".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Why it cannot be tested here, if it cannot be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untestable: Option<String>,
}

impl Claims {
    /// Reads the `claims.toml` that belongs to a definition.
    ///
    /// # Errors
    /// If it is malformed, has an unknown key, names something that the definition does not have, or a claim has neither a
    /// test with a range nor a reason.
    pub fn parse(slug: &str, text: &str, definition: &Definition) -> Result<Vec<Claim>, Error> {
        let error = |why: String| Error::Toml { slug: slug.to_owned(), file: "claims.toml".to_owned(), why };
        let mut claims: Self = toml::from_str(text).map_err(|e| error(e.to_string()))?;
        claims.claim.iter_mut().try_for_each(|claim| claim.check(definition)).map_err(error)?;
        Ok(claims.claim)
    }
}

impl Claim {
    /// Puts the experiment's own metrics in place, and says what is wrong with the claim.
    fn check(&mut self, definition: &Definition) -> Result<(), String> {
        let place = format!("claim {:?}", self.id);
        let asked = usize::from(self.test.is_some()) + usize::from(self.crossing.is_some());
        // Without `high` a claim says "at least"; where something crosses may also be said to be "at most".
        let range = self.low.is_some() || (self.crossing.is_some() && self.high.is_some());
        if asked > 1 || (asked == 1 && range) == self.untestable.is_some() {
            return Err(format!(
                "{place} needs one of: a [claim.test] with `low`, a [claim.crossing] with `low` or `high`, or `untestable` \
                 with a reason"
            ));
        }
        let metric = self.test.iter_mut().map(|test| &mut test.metric);
        for metric in metric.chain(self.crossing.iter_mut().map(|crossing| &mut crossing.metric)) {
            metric.resolve(&definition.metric).map_err(|why| format!("{place} names the metric {why}"))?;
        }
        self.test.iter().try_for_each(|test| definition.known_contrast(&place, test))?;
        self.crossing.iter().try_for_each(|crossing| definition.check_crossing(&place, crossing))
    }
}
