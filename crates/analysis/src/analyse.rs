//! From a run to everything that its pages show.

use catalog::definition::ValueKind;
use catalog::{Claim, Definition, FigureValue};
use results::{Point, Role, Run};
use stats::{Outlier, tukey_labels};

use crate::advice::recommend;
use crate::chapter::Chapter;
use crate::claims::claims;
use crate::contrast::{Context, Sides, level};
use crate::ledger::{Ledger, against_baseline};
use crate::series::metrics;
use crate::trust::trust;
use crate::{Analysis, Assumptions, CaseAnalysis, ChapterAnalysis, NamedValue, cold};

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
        let worth = |r: &crate::Recommendation| (r.money_per_month.estimate, r.seconds_per_day.estimate);
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
    let (recommendation, no_recommendation) = recommend(chapter, context);
    ChapterAnalysis {
        slug: chapter.slug.to_owned(),
        skipped: chapter.experiment.skipped.clone(),
        cases,
        findings: findings.map(|named| (named.name.clone(), ledger.finding(&named.of, chapter))).collect(),
        values: values.map(|named| (named.name.clone(), value(named, chapter, ledger, context))).collect(),
        claims: claims(chapter, ledger, context.margin()),
        recommendation,
        no_recommendation,
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
        metrics: std::collections::BTreeMap::new(),
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
    let value = match named.kind {
        ValueKind::Factor => ledger.finding(&named.of, chapter).factor,
        ValueKind::Level => {
            let sides = Sides::new(&named.of, chapter);
            level(&sides.variant, &sides.point, sides.metric, chapter, context)
        }
    };
    NamedValue { metric: named.of.metric, is_factor: named.kind == ValueKind::Factor, value }
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
        findings: std::collections::BTreeMap::new(),
        values: std::collections::BTreeMap::new(),
        claims: Vec::new(),
        recommendation: None,
        no_recommendation: None,
        choices: experiment.choices.clone(),
    }
}
