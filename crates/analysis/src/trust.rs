//! How far a run can be trusted: false alarms, what it could have seen, what is missing.

use results::{Clock, Outcome, Role};

use crate::chapter::Chapter;
use crate::contrast::{Context, control};
use crate::ledger::Tally;
use crate::{CaseAnalysis, ChapterAnalysis, Control, Trust};
use stats::Verdict;

/// Noise that leaves differences this many margins wide unseen is worth a warning.
const NOISY: f64 = 2.0;

/// The trust in a run whose chapters are analysed already.
pub(crate) fn trust(
    chapters: &[Chapter<'_>],
    analysed: &[ChapterAnalysis],
    tally: Tally,
    context: &Context<'_>,
) -> Trust {
    let mut trust = Trust {
        controls: Vec::new(),
        false_alarms: 0,
        smallest_effect: None,
        measured: 0,
        skipped: 0,
        failed: 0,
        unfinished: 0,
        cannot_tell: tally.cannot_tell,
        judged: tally.judged,
        taken_back: tally.taken_back,
        warnings: Vec::new(),
    };
    let mut half_widths = Vec::new();
    for chapter in chapters {
        count(chapter, context, &mut trust);
        for case in context.run.cases(chapter.slug, Role::Control) {
            let Some((ratio, verdict)) = control(&case.point, chapter, context) else { continue };
            trust.controls.push(Control {
                experiment: case.experiment.clone(),
                variant: case.variant.clone(),
                point: case.point.clone(),
                factor: ratio.factor(),
                verdict,
            });
            trust.false_alarms += usize::from(matches!(verdict, Verdict::Faster | Verdict::Slower));
            half_widths.push(((ratio.high - ratio.low) / 2.0).exp_m1());
        }
    }
    trust.smallest_effect = stats::median(&half_widths).map(|half_width| context.margin() + half_width);
    trust.warnings = warnings(analysed, &trust, context);
    trust
}

/// Counts the planned cases by outcome.
fn count(chapter: &Chapter<'_>, context: &Context<'_>, trust: &mut Trust) {
    let mut recorded = 0;
    for case in context.run.cases(chapter.slug, Role::Measure) {
        recorded += 1;
        match case.outcome {
            Outcome::Measured => trust.measured += 1,
            Outcome::Skipped { .. } => trust.skipped += 1,
            Outcome::Failed { .. } | Outcome::TimedOut { .. } => trust.failed += 1,
        }
    }
    let missing = chapter.experiment.planned.len().saturating_sub(recorded);
    if chapter.experiment.skipped.is_some() {
        trust.skipped += missing;
    } else {
        trust.unfinished += missing;
    }
}

fn warnings(analysed: &[ChapterAnalysis], trust: &Trust, context: &Context<'_>) -> Vec<String> {
    let run = context.run;
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let mut warnings = Vec::new();
    let mut warn = |when: bool, what: String| {
        if when {
            warnings.push(what);
        }
    };
    warn(
        run.header.clock == Clock::Fake,
        "the seconds of this run are made up; they test the pages and mean nothing".into(),
    );
    match &run.end {
        Some(end) => warn(end.interrupted, "the run was interrupted: what it had finished is shown".into()),
        None => warn(true, "the run is under way, or was cut off without an end: what it had finished is shown".into()),
    }
    warn(trust.unfinished > 0, format!("{} planned {} not measured", trust.unfinished, cases_were(trust.unfinished)));
    if let Some(effect) = trust.smallest_effect {
        warn(
            effect > (1.0 + NOISY) * context.margin(),
            format!("the machine was noisy: only differences of {} and more could be told from noise", percent(effect)),
        );
    }
    warn(
        trust.false_alarms > 0,
        format!("{} of {} A/A controls gave a false alarm", trust.false_alarms, trust.controls.len()),
    );
    warn(
        trust.controls.is_empty() && trust.measured > 0,
        "the run has no A/A control, so its rate of false alarms is not known".into(),
    );
    let unproven = |case: &&CaseAnalysis| case.cold_proof.as_ref().is_some_and(|proof| !proof.proven);
    let cold = analysed.iter().flat_map(|chapter| &chapter.cases).filter(unproven).count();
    warn(
        cold > 0,
        format!("{cold} cold {} not shown to be cold, and nothing is concluded from them", cases_were(cold)),
    );
    warnings.extend(run.warnings.iter().cloned());
    warnings
}

fn cases_were(count: usize) -> &'static str {
    if count == 1 { "case was" } else { "cases were" }
}
