//! Every comparison of the run, judged together.
//!
//! One report makes hundreds of comparisons, so some would come out *faster* by chance. Each comparison counts once,
//! however often prose, tables and claims refer to it; their p-values are adjusted by Benjamini and Hochberg over the
//! whole run, and a verdict whose adjusted p-value is above 5 % is taken back to *cannot tell*. Comparisons without noise
//! (bytes on disk) need no such protection and do not enter the adjustment, and neither do A/A controls, which say how
//! well it works.

use std::collections::BTreeMap;

use catalog::{Contrast, NamedFinding, Scale};
use stats::{CONFIDENCE, Estimate, Verdict, benjamini_hochberg};

use crate::Finding;
use crate::chapter::Chapter;
use crate::contrast::{Context, Evidence, Judge, Sides, compare, confirm};

/// The comparisons of a run with what was found, by slug and question.
pub(crate) struct Ledger {
    entries: BTreeMap<(String, Question), Result<Entry, String>>,
    margin: f64,
}

/// A comparison and how it is judged: the same sides may be judged by ratio in one place and by difference in another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Question {
    sides: Sides,
    scale: Scale,
    /// Bits of the margin, which order as it does: margins are above zero.
    margin: u64,
}

/// What is asked: sides that the definition names, and how they are judged.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    contrast: &'a Contrast,
    scale: Scale,
    /// The run's margin if absent.
    margin: Option<f64>,
}

impl<'a> From<&'a Contrast> for Asked<'a> {
    /// By ratio, with the run's margin.
    fn from(contrast: &'a Contrast) -> Self {
        Self { contrast, scale: Scale::Ratio, margin: None }
    }
}

impl<'a> From<&'a NamedFinding> for Asked<'a> {
    fn from(finding: &'a NamedFinding) -> Self {
        Self { contrast: &finding.of, scale: finding.scale, margin: finding.margin }
    }
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
            let cases = against_baselines(chapter);
            for asked in cases.iter().map(Asked::from).chain(named(chapter)) {
                let judge = ledger.judge_of(asked);
                ledger.entries.entry(ledger.key(asked, chapter)).or_insert_with_key(|(_, question)| {
                    let evidence = compare(&question.sides, judge, chapter, context)?;
                    let again = judge.scale == Scale::Ratio;
                    let confirmation =
                        again.then(|| confirm(&question.sides, judge.margin, chapter, context)).flatten();
                    Ok(Entry { evidence, confirmation, verdict: evidence.verdict })
                });
            }
        }
        ledger.judge();
        ledger
    }

    fn judge_of(&self, asked: Asked<'_>) -> Judge {
        Judge { scale: asked.scale, margin: asked.margin.unwrap_or(self.margin) }
    }

    fn key(&self, asked: Asked<'_>, chapter: &Chapter<'_>) -> (String, Question) {
        let Judge { scale, margin } = self.judge_of(asked);
        let question = Question { sides: Sides::new(asked.contrast, chapter), scale, margin: margin.to_bits() };
        (chapter.slug.to_owned(), question)
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

    /// The finding about something that is in the ledger.
    pub(crate) fn finding<'a>(&self, asked: impl Into<Asked<'a>>, chapter: &Chapter<'_>) -> Finding {
        let asked = asked.into();
        let judge = self.judge_of(asked);
        let mut finding = Finding {
            contrast: asked.contrast.clone(),
            scale: judge.scale,
            margin: judge.margin,
            factor: None,
            difference: None,
            verdict: None,
            missing: None,
            confirmed: None,
            launches: 0,
        };
        match self.entries.get(&self.key(asked, chapter)) {
            Some(Ok(entry)) => {
                finding.factor = entry.evidence.factor();
                finding.difference = entry.evidence.difference.map(|difference: Estimate| difference.interval());
                finding.verdict = Some(entry.verdict);
                finding.launches = entry.evidence.launches;
                finding.confirmed = entry.confirmation.map(|again| again.verdict == entry.verdict);
            }
            Some(Err(reason)) => finding.missing = Some(reason.clone()),
            None => finding.missing = Some("not compared".to_owned()),
        }
        finding
    }

    /// Whether the adjustment took the verdict on a contrast back.
    pub(crate) fn taken_back(&self, contrast: &Contrast, chapter: &Chapter<'_>) -> bool {
        let entry = self.entries.get(&self.key(contrast.into(), chapter));
        entry.and_then(|entry| entry.as_ref().ok()).is_some_and(Entry::was_taken_back)
    }

    pub(crate) fn tally(&self) -> Tally {
        let judged = || self.entries.values().flatten();
        Tally {
            judged: judged().count(),
            cannot_tell: judged().filter(|entry| entry.verdict == Verdict::CannotTell).count(),
            taken_back: judged().filter(|entry| entry.was_taken_back()).count(),
        }
    }
}

impl Entry {
    fn was_taken_back(&self) -> bool {
        self.verdict == Verdict::CannotTell && self.evidence.verdict != Verdict::CannotTell
    }
}

/// Each case with the baseline.
fn against_baselines(chapter: &Chapter<'_>) -> Vec<Contrast> {
    let cases = chapter.slots().into_iter().filter(|(variant, _)| *variant != chapter.definition.baseline);
    cases.map(|(variant, point)| against_baseline(variant, point)).collect()
}

/// What prose and claims name.
fn named<'a>(chapter: &'a Chapter<'_>) -> impl Iterator<Item = Asked<'a>> {
    let definition = &chapter.definition;
    let factors = definition.value.iter().filter(|value| value.kind == catalog::ValueKind::Factor);
    let tests = chapter.claims.iter().filter_map(|claim| claim.test.as_ref());
    let contrasts = factors.map(|value| &value.of).chain(tests);
    definition.finding.iter().map(Asked::from).chain(contrasts.map(Asked::from))
}

/// A case against the baseline at the same point, by time.
pub(crate) fn against_baseline(variant: &str, point: results::Point) -> Contrast {
    Contrast { variant: variant.to_owned(), point, against: None, against_point: None, metric: catalog::Metric::Time }
}
