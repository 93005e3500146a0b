//! From a run to everything that its pages show.

use std::collections::BTreeMap;

use catalog::{Claim, Definition, FigureValue, ValueKind};
use results::{Point, Role, Run};
use stats::{Outlier, tukey_labels};

use crate::advice::recommend;
use crate::chapter::Chapter;
use crate::claims::claims;
use crate::contrast::{Context, Sides, difference, level};
use crate::crossing::crossing;
use crate::ledger::{Ledger, against_baseline};
use crate::series::{metrics, trials};
use crate::trust::trust;
use crate::{Analysis, Assumptions, CaseAnalysis, ChapterAnalysis, Gain, NamedValue, Reading, Recommendation, cold};

/// Analyses a run.
///
/// `catalog` holds slug, definition and claims of every experiment that this build knows. A recorded definition goes before
/// the embedded one, since it is what was measured; claims come from the catalog. An experiment that neither defines becomes a
/// chapter without cases that says so.
#[must_use]
pub fn analyse(run: &Run, catalog: &[(String, Definition, Vec<Claim>)], assumptions: &Assumptions) -> Analysis {
    let context = Context::new(run, assumptions);
    let mut unknown = Vec::new();
    let mut chapters = Vec::new();
    for experiment in &run.experiments {
        match Chapter::new(run, experiment, catalog) {
            Some(chapter) => chapters.push(chapter),
            None => unknown.push(undefined(experiment)),
        }
    }
    chapters.sort_by_key(|chapter| (chapter.definition.order, chapter.slug));

    let ledger = Ledger::new(&chapters, &context);
    let mut analysed: Vec<ChapterAnalysis> =
        chapters.iter().map(|chapter| analyse_chapter(chapter, &ledger, &context)).collect();
    let trust = trust(&chapters, &analysed, ledger.tally(), &context);
    analysed.extend(unknown);

    let mut recommendations: Vec<_> = analysed.iter().filter_map(|chapter| chapter.recommendation.clone()).collect();
    recommendations.sort_by(|a, b| {
        // What saves something else than time and money comes after what saves these, in the order of the guide.
        let worth = |recommendation: &Recommendation| match &recommendation.gain {
            Gain::Time { seconds_per_day, money_per_month } => (money_per_month.estimate, seconds_per_day.estimate),
            Gain::Metric { .. } => (0.0, 0.0),
        };
        let ((a_money, a_seconds), (b_money, b_seconds)) = (worth(a), worth(b));
        b_money.total_cmp(&a_money).then(b_seconds.total_cmp(&a_seconds))
    });
    Analysis {
        header: run.header.clone(),
        machine: run.machine.clone(),
        dataset: run.dataset.clone(),
        chapters: analysed,
        trust,
        recommendations,
    }
}

fn analyse_chapter(chapter: &Chapter<'_>, ledger: &Ledger, context: &Context<'_>) -> ChapterAnalysis {
    let slots = chapter.slots().into_iter();
    let cases = slots.map(|(variant, point)| analyse_case(variant, point, chapter, ledger, context)).collect();
    let findings = chapter.definition.finding.iter();
    let values = chapter.definition.value.iter();
    let (advised, ruled_out) = recommend(chapter, context);
    let (recommendation, no_recommendation) = match advised {
        None => (None, None),
        Some(Ok(recommendation)) => (Some(recommendation), None),
        Some(Err(reason)) => (None, Some(reason)),
    };
    ChapterAnalysis {
        slug: chapter.slug.to_owned(),
        skipped: chapter.experiment.skipped.clone(),
        cases,
        findings: findings.map(|named| (named.name.clone(), ledger.finding(named, chapter))).collect(),
        values: values.map(|named| (named.name.clone(), value(named, chapter, ledger, context))).collect(),
        claims: claims(chapter, ledger, context),
        recommendation,
        no_recommendation,
        ruled_out,
        choices: chapter.experiment.choices.clone(),
    }
}

fn analyse_case(
    variant: &str,
    point: Point,
    chapter: &Chapter<'_>,
    ledger: &Ledger,
    context: &Context<'_>,
) -> CaseAnalysis {
    let settings = chapter.record(Role::Measure, variant, &point).map(|case| case.settings.clone()).unwrap_or_default();
    let mut analysis = CaseAnalysis {
        variant: variant.to_owned(),
        point: point.clone(),
        missing: None,
        launches: 0,
        samples: 0,
        outliers: 0,
        metrics: BTreeMap::new(),
        trials: BTreeMap::new(),
        against_baseline: None,
        settings,
        cold_proof: None,
    };
    match chapter.case(variant, &point) {
        Err(reason) => analysis.missing = Some(reason),
        Ok(case) => {
            let seconds: Vec<f64> = case.seconds().into_iter().flatten().collect();
            analysis.launches = case.launches.len();
            analysis.samples = seconds.len();
            analysis.outliers = tukey_labels(&seconds).iter().filter(|label| **label != Outlier::No).count();
            analysis.metrics = metrics(case, chapter, context);
            analysis.trials = trials(case, chapter);
            analysis.cold_proof = cold::proof(case);
            let baseline = &chapter.definition.baseline;
            if variant != baseline && chapter.case(baseline, &point).is_ok() {
                analysis.against_baseline = Some(ledger.finding(&against_baseline(variant, point), chapter));
            }
        }
    }
    analysis
}

fn value(named: &FigureValue, chapter: &Chapter<'_>, ledger: &Ledger, context: &Context<'_>) -> NamedValue {
    let sides = Sides::new(&named.of, chapter);
    let level = |variant, point| level(variant, point, sides.metric, chapter, context);
    let found = match named.kind {
        ValueKind::Level => level(&sides.variant, &sides.point).map(Reading::Level),
        ValueKind::Factor => {
            let finding = ledger.finding(&named.of, chapter);
            let zero = |variant, point| level(variant, point).is_ok_and(|level| level.estimate == 0.0);
            match (finding.factor, finding.missing) {
                (Some(factor), _) => Ok(Reading::Factor(factor)),
                _ if zero(&sides.variant, &sides.point) || zero(&sides.against, &sides.against_point) => {
                    Ok(Reading::Zero)
                }
                (None, reason) => Err(reason.unwrap_or_else(|| "not compared".to_owned())),
            }
        }
        ValueKind::Difference => {
            difference(&sides, chapter, context).map(|found| Reading::Difference(found.interval()))
        }
        ValueKind::Crossing => {
            let asked = named.crossing().ok_or_else(|| "the crossing names no axis".to_owned());
            asked.and_then(|asked| {
                let crossed = crossing(&asked, chapter, context)?;
                Ok(Reading::Crossing { axis: asked.axis, crossed })
            })
        }
    };
    NamedValue { metric: named.of.metric, reading: found.unwrap_or_else(Reading::Missing) }
}

/// The chapter of an experiment that this build does not know and whose record it cannot read.
fn undefined(experiment: &results::Experiment) -> ChapterAnalysis {
    ChapterAnalysis {
        slug: experiment.slug.clone(),
        skipped: Some(format!(
            "this version of Benchbook has no experiment {:?}, and its record cannot be read",
            experiment.slug
        )),
        cases: Vec::new(),
        findings: BTreeMap::new(),
        values: BTreeMap::new(),
        claims: Vec::new(),
        recommendation: None,
        no_recommendation: None,
        ruled_out: Vec::new(),
        choices: experiment.choices.clone(),
    }
}
