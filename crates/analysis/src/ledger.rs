//! Every comparison of the run, judged together.
//!
//! One report makes hundreds of comparisons, so some would come out *faster* by chance. Each comparison counts once,
//! however often prose, tables and claims refer to it; their p-values are adjusted by Benjamini and Hochberg over the
//! whole run, and a verdict whose adjusted p-value is above 5 % is taken back to *cannot tell*. Comparisons without noise
//! (bytes on disk) need no such protection and do not enter the adjustment, and neither do A/A controls, which say how
//! well it works.

use std::collections::BTreeMap;

use catalog::Contrast;
use stats::{CONFIDENCE, Verdict, benjamini_hochberg};

use crate::Finding;
use crate::chapter::Chapter;
use crate::contrast::{Context, Evidence, Sides, compare, confirm};

/// The comparisons of a run with what was found, by slug and sides.
pub(crate) struct Ledger {
    entries: BTreeMap<(String, Sides), Result<Entry, String>>,
    margin: f64,
}

#[derive(Clone, Copy)]
struct Entry {
    evidence: Evidence,
    confirmation: Option<Evidence>,
    verdict: Verdict,
}

/// How the judging went, over the comparisons that were possible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Comparisons judged.
    pub(crate) judged: usize,
    /// With the verdict *cannot tell*.
    pub(crate) cannot_tell: usize,
    /// Verdicts taken back.
    pub(crate) taken_back: usize,
}

impl Ledger {
    /// Compares everything that the chapters ask, and judges it together.
    pub(crate) fn new(chapters: &[Chapter<'_>], context: &Context<'_>) -> Self {
        let mut ledger = Self { entries: BTreeMap::new(), margin: context.margin() };
        for chapter in chapters {
            for contrast in contrasts(chapter) {
                let sides = Sides::new(&contrast, chapter);
                ledger.entries.entry((chapter.slug.to_owned(), sides)).or_insert_with_key(|(_, sides)| {
                    let evidence = compare(sides, chapter, context)?;
                    let confirmation = confirm(sides, chapter, context);
                    Ok(Entry { evidence, confirmation, verdict: evidence.ratio.verdict(context.margin()) })
                });
            }
        }
        ledger.judge();
        ledger
    }

    fn judge(&mut self) {
        let mut noisy: Vec<&mut Entry> =
            self.entries.values_mut().flatten().filter(|entry| entry.evidence.p_value.is_some()).collect();
        let p_values: Vec<f64> = noisy.iter().filter_map(|entry| entry.evidence.p_value).collect();
        for (entry, adjusted) in noisy.iter_mut().zip(benjamini_hochberg(&p_values)) {
            if adjusted > 1.0 - CONFIDENCE {
                entry.verdict = Verdict::CannotTell;
            }
        }
    }

    /// The finding about a contrast that is in the ledger.
    pub(crate) fn finding(&self, contrast: &Contrast, chapter: &Chapter<'_>) -> Finding {
        let mut finding = Finding {
            contrast: contrast.clone(),
            factor: None,
            verdict: None,
            missing: None,
            confirmed: None,
            launches: 0,
        };
        match self.entries.get(&(chapter.slug.to_owned(), Sides::new(contrast, chapter))) {
            Some(Ok(entry)) => {
                finding.factor = Some(entry.evidence.factor());
                finding.verdict = Some(entry.verdict);
                finding.launches = entry.evidence.ratio.launches;
                let again = entry.confirmation.map(|evidence| evidence.ratio.verdict(self.margin));
                finding.confirmed = again.map(|verdict| verdict == entry.verdict);
            }
            Some(Err(reason)) => finding.missing = Some(reason.clone()),
            None => finding.missing = Some("not compared".to_owned()),
        }
        finding
    }

    /// Whether the adjustment took the verdict on a contrast back.
    pub(crate) fn taken_back(&self, contrast: &Contrast, chapter: &Chapter<'_>) -> bool {
        let key = (chapter.slug.to_owned(), Sides::new(contrast, chapter));
        self.entries.get(&key).and_then(|entry| entry.as_ref().ok()).is_some_and(|entry| self.was_taken_back(entry))
    }

    fn was_taken_back(&self, entry: &Entry) -> bool {
        entry.verdict == Verdict::CannotTell && entry.evidence.ratio.verdict(self.margin) != Verdict::CannotTell
    }

    pub(crate) fn tally(&self) -> Tally {
        let judged = || self.entries.values().flatten();
        Tally {
            judged: judged().count(),
            cannot_tell: judged().filter(|entry| entry.verdict == Verdict::CannotTell).count(),
            taken_back: judged().filter(|entry| self.was_taken_back(entry)).count(),
        }
    }
}

/// Every comparison that a chapter asks for: each case with the baseline, and what prose and claims name.
fn contrasts(chapter: &Chapter<'_>) -> Vec<Contrast> {
    let definition = &chapter.definition;
    let cases = chapter.slots().into_iter().filter(|(variant, _)| *variant != definition.baseline);
    let mut contrasts: Vec<Contrast> = cases.map(|(variant, point)| against_baseline(variant, point)).collect();
    contrasts.extend(definition.finding.iter().map(|finding| finding.of.clone()));
    let factors = definition.value.iter().filter(|value| value.kind == catalog::definition::ValueKind::Factor);
    contrasts.extend(factors.map(|value| value.of.clone()));
    contrasts.extend(chapter.claims.iter().filter_map(|claim| claim.test.clone()));
    contrasts
}

/// A case against the baseline at the same point, by time.
pub(crate) fn against_baseline(variant: &str, point: results::Point) -> Contrast {
    Contrast { variant: variant.to_owned(), point, against: None, against_point: None, metric: catalog::Metric::Time }
}
