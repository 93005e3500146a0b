//! Two runs side by side, case by case.
//!
//! The launches of two runs share no blocks, so they are compared unpaired. A verdict over many cases keeps the false
//! discovery rate, as within a run. What it cannot see: a machine that is as a whole faster on one day than on another. Runs to
//! be compared belong on the same machine in the same state, or on different machines on purpose.

use std::collections::HashMap;

use results::{Case, Dataset, Part, Role, Run};
use stats::{CONFIDENCE, Interval, LogRatio, Looks, Verdict, benjamini_hochberg, geometric_mean, unpaired_log_ratio};

use crate::{Comparison, ComparisonRow, RunLabel, cold};

/// Compares run `b` with run `a`, by time. The larger of the two margins holds.
#[must_use]
pub fn compare(a: &Run, b: &Run) -> Comparison {
    let theirs: HashMap<(&str, &str, &results::Point), &Case> =
        measure_cases(b).map(|case| (key(case), case)).collect();
    let ours: HashMap<_, &Case> = measure_cases(a).map(|case| (key(case), case)).collect();
    let margin = a.header.margin.max(b.header.margin);
    let looks = [Looks::new(&a.header.looks), Looks::new(&b.header.looks)];

    let mut unmatched = Vec::new();
    let mut pairs = Vec::new();
    for case in measure_cases(a) {
        match theirs.get(&key(case)) {
            None if case.outcome.is_measured() => unmatched.push(format!("{}: only in A", case.id())),
            None => {}
            Some(other) => match pair(case, other) {
                Some(Ok(ratio)) => pairs.push((case, *other, ratio)),
                Some(Err(reason)) => unmatched.push(format!("{}: {reason}", case.id())),
                None => {}
            },
        }
    }
    let new = measure_cases(b).filter(|case| case.outcome.is_measured() && !ours.contains_key(&key(case)));
    unmatched.extend(new.map(|case| format!("{}: only in B", case.id())));

    let confidence =
        |ratio: &LogRatio| looks.iter().map(|l| l.final_confidence(ratio.launches)).fold(CONFIDENCE, f64::max);
    let p_values: Vec<f64> = pairs
        .iter()
        .map(|(_, _, ratio)| ratio.p_value(margin) * (1.0 - CONFIDENCE) / (1.0 - confidence(ratio)))
        .collect();
    let adjusted = benjamini_hochberg(&p_values);
    let rows = pairs.iter().zip(&adjusted).filter_map(|((case, other, ratio), p)| {
        let ratio = ratio.at(confidence(ratio));
        let verdict = if *p > 1.0 - CONFIDENCE { Verdict::CannotTell } else { ratio.verdict(margin) };
        Some(ComparisonRow {
            experiment: case.experiment.clone(),
            variant: case.variant.clone(),
            point: case.point.clone(),
            a_seconds: stats::level(&case.seconds(), CONFIDENCE)?,
            b_seconds: stats::level(&other.seconds(), CONFIDENCE)?,
            factor: ratio.factor(),
            verdict,
        })
    });
    Comparison {
        a: label(a),
        b: label(b),
        rows: rows.collect(),
        unmatched,
        summary: summary(&pairs.iter().map(|(case, _, ratio)| (case.experiment.as_str(), *ratio)).collect::<Vec<_>>()),
        same_data: data(a) == data(b),
        same_machine: a.machine.id() == b.machine.id(),
    }
}

impl Comparison {
    /// The regressions that the intervals confirm, after control of the false discovery rate: what `check` fails on.
    pub fn regressions(&self) -> impl Iterator<Item = &ComparisonRow> {
        self.rows.iter().filter(|row| row.verdict == Verdict::Slower)
    }
}

/// The log ratio b ÷ a, or why there is none; `None` if neither run measured it.
fn pair(a: &Case, b: &Case) -> Option<Result<LogRatio, String>> {
    match (a.outcome.reason(), b.outcome.reason()) {
        (Some(_), Some(_)) => return None,
        (None, Some(reason)) => return Some(Err(format!("only in A; in B {reason}"))),
        (Some(reason), None) => return Some(Err(format!("only in B; in A {reason}"))),
        (None, None) => {}
    }
    for (case, side) in [(a, "A"), (b, "B")] {
        if let Some(proof) = cold::proof(case).filter(|proof| !proof.proven) {
            return Some(Err(format!("the read is not shown to be cold in {side}: {}", proof.evidence)));
        }
    }
    let ratio = unpaired_log_ratio(&b.seconds(), &a.seconds(), CONFIDENCE);
    Some(ratio.ok_or_else(|| "a single launch on one side cannot show how launches differ".to_owned()))
}

/// The geometric mean of the factors of each experiment, in order of appearance.
fn summary(ratios: &[(&str, LogRatio)]) -> Vec<(String, Interval)> {
    let mut slugs: Vec<&str> = Vec::new();
    for (slug, _) in ratios {
        if !slugs.contains(slug) {
            slugs.push(slug);
        }
    }
    let mean = |slug: &str| {
        let of: Vec<LogRatio> = ratios.iter().filter(|(s, _)| *s == slug).map(|(_, ratio)| *ratio).collect();
        geometric_mean(&of).map(|ratio| (slug.to_owned(), ratio.reciprocal()))
    };
    slugs.into_iter().filter_map(mean).collect()
}

fn measure_cases(run: &Run) -> impl Iterator<Item = &Case> {
    run.cases.iter().filter(|case| case.role == Role::Measure)
}

fn key(case: &Case) -> (&str, &str, &results::Point) {
    (&case.experiment, &case.variant, &case.point)
}

fn data(run: &Run) -> Option<(&str, u64, Option<Part>)> {
    run.dataset.as_ref().map(|dataset| (dataset.id.as_str(), dataset.rows_used, dataset.part))
}

fn label(run: &Run) -> RunLabel {
    let one_line = |dataset: &Dataset| {
        let used =
            if dataset.rows_used == dataset.rows { String::new() } else { format!(" ({} used)", dataset.rows_used) };
        format!("{}, {} rows{used}, {} columns", dataset.name, dataset.rows, dataset.columns.len())
    };
    RunLabel {
        id: run.header.id.clone(),
        started: run.header.started.clone(),
        machine: run.machine.summary(),
        data: run.dataset.as_ref().map_or_else(|| "no table".to_owned(), one_line),
    }
}
