//! From measurements to advice: the variant with the least weighted cost per day.
//!
//! A workload is something that a team does several times a day. What a variant saves against what the reader has now is
//! the sum over workloads of times a day × (seconds saved × price of an hour of waiting + money saved on bytes billed); with
//! all prices at zero, seconds alone count. Seconds are compared launch by launch, as everywhere, and the interval of the
//! sum follows from those of the parts, which are independent. Of the variants whose interval lies beyond the margin, the
//! one that saves most is advised. Picking the best of several flatters it; that is why advice is confirmed by a second run:
//! [`advice_candidates`] says which comparisons to repeat, and advice that the repetition does not bear out is withdrawn.

use catalog::{Advice, AdviceWorkload, Metric};
use results::{Case, Point};
use stats::{CONFIDENCE, Estimate, Interval, Verdict};

use crate::chapter::Chapter;
use crate::contrast::{Context, Sides, confirm, level};
use crate::series::series;
use crate::{Analysis, Recommendation, WorkloadSaving, cold};

/// The share of a recommendation's saving that the repeated comparisons must carry.
const CONFIRMED_SHARE: f64 = 0.8;
const SECONDS_PER_HOUR: f64 = 3600.0;

/// The comparisons that a second run should confirm: slug, point, advised variant, current variant.
///
/// For each recommendation, those workloads that carry most of its saving, the most valuable first.
#[must_use]
pub fn advice_candidates(analysis: &Analysis) -> Vec<(String, Point, String, String)> {
    let mut candidates = Vec::new();
    for recommendation in &analysis.recommendations {
        let worth = |w: &WorkloadSaving| w.per_day * w.saved_seconds.estimate;
        let mut helped: Vec<&WorkloadSaving> = recommendation.workloads.iter().filter(|w| worth(w) > 0.0).collect();
        helped.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
        let all: f64 = helped.iter().map(|w| worth(w)).sum();
        let mut carried = 0.0;
        for workload in helped {
            if carried >= CONFIRMED_SHARE * all {
                break;
            }
            carried += worth(workload);
            candidates.push((
                recommendation.slug.clone(),
                workload.point.clone(),
                recommendation.advised.clone(),
                recommendation.current.clone(),
            ));
        }
    }
    candidates
}

/// The recommendation of a chapter, or why there is none as a sentence; `None` and no reason if the chapter gives no advice.
pub(crate) fn recommend(chapter: &Chapter<'_>, context: &Context<'_>) -> (Option<Recommendation>, Option<String>) {
    let Some(advice) = &chapter.definition.advice else { return (None, None) };
    match Choice::new(advice, chapter, context).and_then(|choice| choice.recommendation()) {
        Ok(recommendation) => (Some(recommendation), None),
        Err(reason) => (None, Some(reason)),
    }
}

/// The choice between what the reader has and what can be advised.
struct Choice<'a> {
    advice: &'a Advice,
    chapter: &'a Chapter<'a>,
    context: &'a Context<'a>,
    current: &'a str,
    /// The workloads that were measured on the current variant, with times a day.
    workloads: Vec<(&'a AdviceWorkload, f64)>,
    left_out: Vec<String>,
}

/// What changing to a variant saves.
struct Saving<'a> {
    variant: &'a str,
    workloads: Vec<WorkloadSaving>,
    seconds: Estimate,
    /// Money from bytes billed, per day.
    billed: f64,
    /// Money (or seconds) per day, see [`Choice::second`].
    total: Interval,
}

impl<'a> Choice<'a> {
    fn new(advice: &'a Advice, chapter: &'a Chapter<'a>, context: &'a Context<'a>) -> Result<Self, String> {
        let format = context.run.dataset.as_ref().and_then(|dataset| dataset.format.as_deref());
        let current = format.and_then(|format| advice.current_by_format.get(format)).unwrap_or(&advice.current);
        let mut choice = Self { advice, chapter, context, current, workloads: Vec::new(), left_out: Vec::new() };
        for workload in &advice.workload {
            let per_day = context.assumptions.frequencies.get(&workload.id).copied().unwrap_or(workload.per_day);
            match choice.case(current, workload) {
                Ok(_) => choice.workloads.push((workload, per_day)),
                Err(reason) => choice.left_out.push(format!("{}: {reason}", workload.label)),
            }
        }
        if choice.workloads.is_empty() {
            let reason = choice.left_out.first().map_or("no workload is defined", String::as_str);
            return Err(format!("what you have now ({}) was not measured here: {reason}", chapter.label(current)));
        }
        Ok(choice)
    }

    fn recommendation(self) -> Result<Recommendation, String> {
        let label = |variant| self.chapter.label(variant);
        let candidates: Vec<&str> =
            self.advice.variants.iter().map(String::as_str).filter(|variant| *variant != self.current).collect();
        let savings: Vec<Saving<'_>> = candidates.iter().filter_map(|variant| self.saving(variant)).collect();
        let Some(best) = savings.iter().max_by(|a, b| a.total.estimate.total_cmp(&b.total.estimate)) else {
            return Err(format!("no alternative to {} was measured on the same workloads", label(self.current)));
        };
        let beyond = self.cost_now() * (1.0 - 1.0 / (1.0 + self.context.margin()));
        let clear = savings.iter().filter(|saving| saving.total.low > beyond.max(0.0));
        let Some(chosen) = clear.max_by(|a, b| a.total.estimate.total_cmp(&b.total.estimate)) else {
            return Err(if best.total.high <= beyond {
                format!("what you have now ({}) is as good as the best alternative measured here", label(self.current))
            } else {
                format!(
                    "{} may be better than what you have now ({}), but this run cannot tell by how much",
                    label(best.variant),
                    label(self.current)
                )
            });
        };
        let confirmed = self.confirmed(chosen);
        if confirmed == Some(false) {
            return Err(format!(
                "the first run favoured {}, and the second run did not confirm it",
                label(chosen.variant)
            ));
        }
        Ok(self.write(chosen, confirmed))
    }

    fn write(&self, chosen: &Saving<'_>, confirmed: Option<bool>) -> Recommendation {
        let days = self.context.assumptions.days_per_month;
        let money = chosen.seconds.interval().scaled(self.context.assumptions.usd_per_hour / SECONDS_PER_HOUR);
        let disk = |variant| {
            let (workload, _) = self.workloads.first()?;
            let point = self.chapter.whole(&workload.point);
            Some(level(variant, &point, Metric::DiskBytes, self.chapter, self.context)?.estimate)
        };
        Recommendation {
            slug: self.chapter.slug.to_owned(),
            current: self.current.to_owned(),
            advised: chosen.variant.to_owned(),
            action: self.advice.action.replace("{variant}", self.chapter.label(chosen.variant)),
            unless: self.advice.unless.clone(),
            seconds_per_day: chosen.seconds.interval(),
            money_per_month: Interval {
                estimate: days * (money.estimate + chosen.billed),
                low: days * (money.low + chosen.billed),
                high: days * (money.high + chosen.billed),
            },
            workloads: chosen.workloads.clone(),
            disk_bytes: disk(self.current).zip(disk(chosen.variant)),
            confirmed,
            params: self.chapter.definition.variant(chosen.variant).map(|v| v.params.clone()).unwrap_or_default(),
            left_out: self.left_out.clone(),
        }
    }

    /// What a variant saves on every workload; `None` unless all of them were measured.
    fn saving<'b>(&self, variant: &'b str) -> Option<Saving<'b>> {
        let mut workloads = Vec::with_capacity(self.workloads.len());
        let mut parts = Vec::with_capacity(self.workloads.len());
        let (mut billed, mut confidence) = (0.0, CONFIDENCE);
        for (workload, per_day) in &self.workloads {
            let (now, then) = (self.case(self.current, workload).ok()?, self.case(variant, workload).ok()?);
            let saved = stats::difference(&now.seconds(), &then.seconds(), CONFIDENCE)?;
            let looked = self.context.looks.final_confidence(saved.launches);
            confidence = f64::max(confidence, looked);
            // Bytes that are not known on either side save nothing that could be claimed.
            let saved_money = self.price(now).zip(self.price(then)).map_or(0.0, |(now, then)| now - then);
            billed += per_day * saved_money;
            parts.push((*per_day, saved));
            workloads.push(WorkloadSaving {
                label: workload.label.clone(),
                point: now.point.clone(),
                per_day: *per_day,
                now_seconds: self.seconds(now)?,
                then_seconds: self.seconds(then)?,
                saved_seconds: saved.at(looked).interval(),
                saved_money,
            });
        }
        let seconds = Estimate::sum(&parts)?.at(confidence);
        let waiting = seconds.interval().scaled(self.second());
        let total =
            Interval { estimate: waiting.estimate + billed, low: waiting.low + billed, high: waiting.high + billed };
        Some(Saving { variant, workloads, seconds, billed, total })
    }

    /// What a second of waiting costs; a second is its own price if nothing has one.
    fn second(&self) -> f64 {
        let assumptions = self.context.assumptions;
        if assumptions.usd_per_hour <= 0.0 && assumptions.usd_per_tb <= 0.0 {
            1.0
        } else {
            assumptions.usd_per_hour / SECONDS_PER_HOUR
        }
    }

    /// Cost per day of what the reader has now.
    fn cost_now(&self) -> f64 {
        let of = |(workload, per_day): &(&AdviceWorkload, f64)| {
            let case = self.case(self.current, workload).ok()?;
            Some(per_day * (self.seconds(case)? * self.second() + self.price(case).unwrap_or(0.0)))
        };
        self.workloads.iter().filter_map(of).sum()
    }

    /// Whether a second run bore it out: faster again wherever the two were measured again. `None` if nowhere.
    fn confirmed(&self, chosen: &Saving<'_>) -> Option<bool> {
        let again = chosen.workloads.iter().filter_map(|workload| {
            let sides = Sides {
                variant: chosen.variant.to_owned(),
                point: workload.point.clone(),
                against: self.current.to_owned(),
                against_point: workload.point.clone(),
                metric: Metric::Time,
            };
            confirm(&sides, self.chapter, self.context)
        });
        again.map(|evidence| evidence.ratio.verdict(self.context.margin()) == Verdict::Faster).reduce(|a, b| a && b)
    }

    fn case(&self, variant: &str, workload: &AdviceWorkload) -> Result<&'a Case, String> {
        let case = self.chapter.case(variant, &self.chapter.whole(&workload.point))?;
        match cold::proof(case).filter(|proof| !proof.proven) {
            Some(proof) => Err(format!("the read is not shown to be cold: {}", proof.evidence)),
            None => Ok(case),
        }
    }

    fn seconds(&self, case: &Case) -> Option<f64> {
        Some(stats::level(&case.seconds(), CONFIDENCE)?.estimate)
    }

    fn price(&self, case: &Case) -> Option<f64> {
        Some(series(Metric::Money, case, self.chapter, self.context).ok()?.level()?.estimate)
    }
}
