//! The measuring itself: point by point while the budget lasts, then what leads to advice once more.

use std::time::Instant;

use measure::session::{Mode, Stage, measure_point};
use measure::{PointPlan, Protocol};
use results::{Clock, Record, Role, Run};

use super::Request;
use super::chapter::Chapter;
use super::preview::Preview;
use super::progress::{self, Progress};
use super::sink::Sink;
use crate::failure::Failure;

/// Share of the budget for measuring; the rest is for confirming what leads to advice, and for the site.
pub(super) const MEASURING: f64 = 0.85;

/// The measuring itself, point by point.
pub(super) struct Tour<'a> {
    pub(super) request: &'a Request,
    pub(super) chapters: &'a [Chapter],
    pub(super) protocol: Protocol,
    pub(super) stage: Stage<'a>,
    pub(super) deadline: Instant,
}

impl Tour<'_> {
    /// Measures every point that is not `cached`, and shows what there is in between; the number of cases.
    pub(super) fn measure_all(
        &mut self,
        cached: &dyn Fn(&PointPlan) -> bool,
        sink: &mut Sink,
        progress: &mut dyn Progress,
        preview: &mut Preview<'_>,
    ) -> Result<u64, Failure> {
        let mut left: Vec<(&Chapter, &PointPlan)> = self
            .chapters
            .iter()
            .flat_map(|chapter| chapter.plan.points.iter().map(move |point| (chapter, point)))
            .filter(|(_, point)| !cached(point))
            .collect();
        // The chapters take turns, so that a budget that ends early leaves each of them with its first points.
        let share = |chapter: &Chapter, point: &PointPlan| {
            let at = chapter.plan.points.iter().position(|p| p.point == point.point).unwrap_or(0);
            at as f64 / chapter.plan.points.len() as f64
        };
        left.sort_by(|(a, p), (b, q)| share(a, p).total_cmp(&share(b, q)));
        left.reverse();
        let weight = |rest: &[(&Chapter, &PointPlan)]| -> f64 {
            rest.iter().map(|(c, _)| c.definition.weight / c.plan.points.len().max(1) as f64).sum()
        };
        let mut measured = 0;
        while let Some((chapter, point)) = left.last().copied() {
            let remaining = self.deadline.saturating_duration_since(Instant::now());
            // The first point is measured whatever the budget: a report without any number serves nobody.
            let some = measured > 0;
            if some && remaining.is_zero() && self.request.clock == Clock::Real {
                progress.warn(&format!("the budget is spent: {} points were not measured", left.len()));
                break;
            }
            // What an earlier point did not use is shared by those that are left.
            let own = chapter.definition.weight / chapter.plan.points.len().max(1) as f64;
            let limit = remaining.mul_f64((own / weight(&left)).clamp(0.0, 1.0));
            progress.point(&chapter.definition.title, &point.point, remaining);
            let mode = Mode::Measure { control: self.controlled(point) };
            let columns = chapter.columns();
            let Some(cases) = measure_point(point, &columns, mode, &self.protocol, &self.stage, limit) else { break };
            for case in cases {
                measured += u64::from(case.outcome.is_measured());
                progress.case(&case, progress::news(&chapter.definition, &case).as_deref());
                sink.put(Record::Case(case))?;
            }
            preview.show(&sink.records, progress);
            left.pop();
        }
        Ok(measured)
    }

    /// Measures each finding that leads to advice once more, in fresh launches.
    pub(super) fn confirm(&mut self, sink: &mut Sink, progress: &mut dyn Progress) -> Result<u64, Failure> {
        let Some(run) = Run::from_records(sink.records.clone(), Vec::new()) else { return Ok(0) };
        let analysis = crate::verbs::analyse(&run, &analysis::Assumptions::default())?;
        let mut measured = 0;
        let candidates = analysis::advice_candidates(&analysis);
        let rest = self.request.budget.time.mul_f64(1.0 - MEASURING);
        let limit = rest / u32::try_from(candidates.len().max(1)).unwrap_or(u32::MAX);
        for (slug, point, variant, against) in candidates {
            let done = run.cases(&slug, Role::Confirm).any(|c| c.point == point && c.variant == variant);
            let found = self.chapters.iter().find(|chapter| chapter.plan.experiment == slug);
            let planned =
                found.and_then(|chapter| Some((chapter, chapter.plan.points.iter().find(|p| p.point == point)?)));
            let Some((chapter, planned)) = planned.filter(|_| !done) else { continue };
            let mut pair = planned.clone();
            pair.baseline.clone_from(&against);
            pair.cases.retain(|case| case.variant.id == variant || case.variant.id == against);
            progress.confirming(&chapter.definition.title, &point);
            let columns = chapter.columns();
            let cases = measure_point(&pair, &columns, Mode::Confirm, &self.protocol, &self.stage, limit);
            let Some(cases) = cases else { break };
            for case in cases {
                measured += u64::from(case.outcome.is_measured());
                sink.put(Record::Case(case))?;
            }
        }
        Ok(measured)
    }

    /// Whether a point gets an A/A control: a seeded share of them, the first of each experiment always.
    fn controlled(&self, point: &PointPlan) -> bool {
        let first = self.chapters.iter().any(|c| {
            c.plan.experiment == point.experiment && c.plan.points.first().is_some_and(|p| p.point == point.point)
        });
        let hash = results::fingerprint(&[
            "control",
            &point.experiment,
            &point.point.to_string(),
            &self.request.seed.to_string(),
        ]);
        let share = u64::from_str_radix(&hash, 16).unwrap_or(0) as f64 / u64::MAX as f64;
        first || share < self.protocol.control_share
    }
}
