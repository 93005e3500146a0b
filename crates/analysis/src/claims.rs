//! What the measurements say about a published claim.

use catalog::{Claim, Crossing};
use stats::Interval;

use crate::chapter::Chapter;
use crate::contrast::Context;
use crate::crossing::crossing;
use crate::ledger::Ledger;
use crate::{ClaimResult, ClaimVerdict, Crossed, Place, Reading};

/// The claims of a chapter beside what was measured.
pub(crate) fn claims(chapter: &Chapter<'_>, ledger: &Ledger, context: &Context<'_>) -> Vec<ClaimResult> {
    let result = |claim: &Claim| match &claim.crossing {
        Some(asked) => place(claim, asked, chapter, context),
        None => result(claim, chapter, ledger, context.margin()),
    };
    chapter.claims.iter().map(result).collect()
}

/// A claim about where something begins to pay.
fn place(claim: &Claim, asked: &Crossing, chapter: &Chapter<'_>, context: &Context<'_>) -> ClaimResult {
    let (measured, verdict, reason) = match crossing(asked, chapter, context) {
        Ok(crossed) => {
            let verdict = place_verdict(&crossed, claim.low, claim.high);
            (Some(Reading::Crossing { axis: asked.axis.clone(), crossed }), verdict, None)
        }
        Err(reason) => (None, ClaimVerdict::NotTestable, Some(reason)),
    };
    ClaimResult { claim: claim.clone(), measured, verdict, reason }
}

/// Holds a measured place against a claimed range: confirmed if its whole interval lies in the range, refuted if it lies
/// outside.
fn place_verdict(crossed: &Crossed, low: Option<f64>, high: Option<f64>) -> ClaimVerdict {
    let Crossed::Once { low: from, high: to, .. } = crossed else { return ClaimVerdict::CannotTell };
    // What lies beyond the measured places is somewhere there, and how far is not known.
    let (least, most) = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
    let starts_within = match from {
        Place::BelowSmallest(_) => low.is_none(),
        Place::At(place) | Place::BeyondLargest(place) => *place >= least,
    };
    let ends_within = match to {
        Place::BelowSmallest(place) | Place::At(place) => *place <= most,
        Place::BeyondLargest(_) => high.is_none(),
    };
    let all_above = matches!(from, Place::At(place) | Place::BeyondLargest(place) if *place > most);
    let all_below = matches!(to, Place::BelowSmallest(place) | Place::At(place) if *place < least);
    if all_above || all_below {
        ClaimVerdict::Refuted
    } else if starts_within && ends_within {
        ClaimVerdict::Confirmed
    } else {
        ClaimVerdict::CannotTell
    }
}

fn result(claim: &Claim, chapter: &Chapter<'_>, ledger: &Ledger, margin: f64) -> ClaimResult {
    let not_testable = |reason: Option<String>| ClaimResult {
        claim: claim.clone(),
        measured: None,
        verdict: ClaimVerdict::NotTestable,
        reason,
    };
    let (Some(test), Some(low)) = (&claim.test, claim.low) else {
        return not_testable(claim.untestable.clone());
    };
    let finding = ledger.finding(test, chapter);
    let Some(factor) = finding.factor else { return not_testable(finding.missing) };
    let doubtful = ledger.taken_back(test, chapter);
    let held = if doubtful { ClaimVerdict::CannotTell } else { verdict(factor, low, claim.high, margin) };
    let reason =
        doubtful.then(|| "among this many comparisons, one such difference is likely by chance alone".to_owned());
    ClaimResult { claim: claim.clone(), measured: Some(Reading::Factor(factor)), verdict: held, reason }
}

/// Holds a measured factor of improvement against a claimed range.
///
/// A claim is of one of three kinds. *Better* (the low end is above 1, or there is no high end): confirmed if the whole
/// interval is an improvement beyond the margin and reaches the low end within the margin, also if it is better still;
/// weaker here if it is an improvement beyond the margin and the whole interval lies below the claim; refuted if the whole
/// interval holds no improvement beyond the margin. A claim that is smaller than the margin gets no such slack: the
/// interval must reach it, or miss it, by itself. *Worse* (the high end is below 1): the same, mirrored. *No difference* (1
/// lies in the range): confirmed if the whole interval lies in the range widened by the margin, refuted if wholly outside.
fn verdict(factor: Interval, low: f64, high: Option<f64>, margin: f64) -> ClaimVerdict {
    let slack = 1.0 + margin;
    match high {
        Some(high) if high < 1.0 => verdict(factor.reciprocal(), 1.0 / high, Some(1.0 / low), margin),
        Some(high) if low <= 1.0 => {
            if factor.low >= low / slack && factor.high <= high * slack {
                ClaimVerdict::Confirmed
            } else if factor.high < low / slack || factor.low > high * slack {
                ClaimVerdict::Refuted
            } else {
                ClaimVerdict::CannotTell
            }
        }
        _ => {
            let reached = if low > slack { slack.max(low / slack) } else { low };
            if factor.low >= reached {
                ClaimVerdict::Confirmed
            } else if factor.high <= slack.min(low) {
                ClaimVerdict::Refuted
            } else if factor.low > slack && factor.high < low {
                ClaimVerdict::WeakerHere
            } else {
                ClaimVerdict::CannotTell
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        use ClaimVerdict::{CannotTell, Confirmed, Refuted};
        use Place::{At, BelowSmallest, BeyondLargest};
        let table = [
            // interval of the place; claim low, high; verdict
            (At(0.5), At(0.7), Some(0.4), Some(0.8), Confirmed),
            (At(0.5), At(0.9), Some(0.4), Some(0.8), CannotTell),
            (At(0.1), At(0.2), Some(0.4), Some(0.8), Refuted),
            (At(0.9), At(1.0), Some(0.4), Some(0.8), Refuted),
            (BelowSmallest(0.01), At(0.2), None, Some(0.3), Confirmed),
            (BelowSmallest(0.01), At(0.2), Some(0.001), Some(0.3), CannotTell),
            (BelowSmallest(0.01), BelowSmallest(0.01), Some(0.4), Some(0.8), Refuted),
            (BeyondLargest(1.0), BeyondLargest(1.0), Some(0.4), Some(0.8), Refuted),
            (At(0.5), BeyondLargest(1.0), Some(0.4), None, Confirmed),
            (At(0.5), BeyondLargest(1.0), Some(0.4), Some(2.0), CannotTell),
        ];
        for (low, high, from, to, expected) in table {
            let crossed = Crossed::Once { estimate: low, low, high };
            assert_eq!(place_verdict(&crossed, from, to), expected, "{low:?} to {high:?}, claimed {from:?} to {to:?}");
        }
        assert_eq!(place_verdict(&Crossed::Several(vec![0.5, 0.6]), Some(0.4), Some(0.8)), CannotTell);
    }

    #[test]
    fn table() {
        use ClaimVerdict::{CannotTell, Confirmed, Refuted, WeakerHere};
        let table = [
            // factor low, high; claim low, high; verdict
            (2.1, 2.4, 2.0, Some(3.0), Confirmed),
            (1.95, 2.4, 2.0, Some(3.0), Confirmed), // reaches the low end within the margin
            (5.0, 6.0, 2.0, Some(3.0), Confirmed),  // stronger than claimed
            (1.2, 1.5, 2.0, None, WeakerHere),
            (1.2, 2.5, 2.0, None, CannotTell),
            (1.0, 1.5, 2.0, None, CannotTell),
            (0.9, 1.04, 2.0, None, Refuted), // an improvement within the margin is none
            (0.3, 0.4, 2.0, Some(3.0), Refuted),
            (0.01, 90.0, 2.0, Some(3.0), CannotTell),
            // a claim near the margin
            (1.06, 1.08, 1.07, Some(1.20), Confirmed),
            (1.02, 1.04, 1.07, Some(1.20), Refuted),
            (1.02, 1.09, 1.07, Some(1.20), CannotTell),
            // and one below it
            (1.035, 1.08, 1.03, Some(1.10), Confirmed),
            (1.00, 1.04, 1.03, Some(1.10), CannotTell),
            (0.95, 1.01, 1.03, Some(1.10), Refuted),
            // worse
            (0.40, 0.50, 0.3, Some(0.5), Confirmed),
            (0.60, 0.80, 0.3, Some(0.5), WeakerHere),
            (0.97, 1.50, 0.3, Some(0.5), Refuted),
            // no difference
            (0.97, 1.03, 0.95, Some(1.05), Confirmed),
            (1.50, 1.60, 0.95, Some(1.05), Refuted),
            (0.97, 1.30, 0.95, Some(1.05), CannotTell),
            // not worse
            (0.97, 1.30, 0.9, None, Confirmed),
            (0.50, 0.60, 0.9, None, Refuted),
        ];
        for (low, high, from, to, expected) in table {
            let factor = Interval { estimate: f64::midpoint(low, high), low, high };
            assert_eq!(verdict(factor, from, to, 0.05), expected, "{low} to {high}, claimed {from} to {to:?}");
        }
    }
}
