//! From measurements to advice: of the variants that keep the conditions, the one that saves most.
//!
//! A workload is something that a team does several times a day. What a variant saves against what the reader has now is
//! the sum over workloads of times a day × (seconds saved × price of an hour of waiting + money saved on bytes billed); with
//! all prices at zero, seconds alone count. Seconds are compared launch by launch, as everywhere, and the interval of the
//! sum follows from those of the parts, which are independent. Of the variants whose interval lies beyond the margin, the
//! one that saves most is advised. Picking the best of several flatters it; that is why advice is confirmed by a second run:
//! [`advice_candidates`] says which comparisons to repeat, and advice that the repetition does not bear out is withdrawn.
//!
//! Advice may save another metric than time (`gain`): then that metric's differences count, summed over the workloads, each once.

use catalog::{Advice, AdviceWorkload, Metric};
use results::{Case, Point, RecordedTable};
use stats::{CONFIDENCE, Estimate, Interval, Verdict};

use crate::chapter::Chapter;
use crate::conditions::broken;
use crate::contrast::{Context, Sides, confirm, difference, level};
use crate::series::series;
use crate::{Analysis, Gain, Recommendation, RuledOut, WorkloadSaving, cold};

/// The share of a recommendation's saving that the repeated comparisons must carry.
const CONFIRMED_SHARE: f64 = 0.8;
const SECONDS_PER_HOUR: f64 = 3600.0;
/// Name of the recorded table with the details of a recommendation.
const DETAILS: &str = "advice";

/// The comparisons that a second run should confirm: slug, point, advised variant, current variant.
///
/// For each recommendation that saves time, those workloads that carry most of its saving, the most valuable first.
#[must_use]
pub fn advice_candidates(analysis: &Analysis) -> Vec<(String, Point, String, String)> {
    let mut candidates = Vec::new();
    let in_time = |recommendation: &&Recommendation| matches!(recommendation.gain, Gain::Time { .. });
    for recommendation in analysis.recommendations.iter().filter(in_time) {
        let worth = |w: &WorkloadSaving| w.per_day * w.saved.estimate;
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

/// The recommendation of a chapter, or why there is none as a sentence (`None` if the chapter gives no advice), and the
/// variants that its conditions rule out.
pub(crate) fn recommend(
    chapter: &Chapter<'_>,
    context: &Context<'_>,
) -> (Option<Result<Recommendation, String>>, Vec<RuledOut>) {
    let Some(advice) = &chapter.definition.advice else { return (None, Vec::new()) };
    // What is said instead comes first, if the reader has what it is about.
    let instead = advice.instead.as_deref().and_then(|advice| Choice::new(advice, chapter, context).ok());
    match instead.map_or_else(|| Choice::new(advice, chapter, context), Ok) {
        Err(reason) => (Some(Err(reason)), Vec::new()),
        Ok(choice) => {
            let ruled_out = choice.ruled_out();
            (Some(choice.recommendation(&ruled_out)), ruled_out)
        }
    }
}

/// The choice between what the reader has and what can be advised.
struct Choice<'a> {
    advice: &'a Advice,
    chapter: &'a Chapter<'a>,
    context: &'a Context<'a>,
    current: &'a str,
    /// The same in words.
    current_label: String,
    /// The workloads that were measured on the current variant, with times a day.
    workloads: Vec<(&'a AdviceWorkload, f64)>,
    left_out: Vec<String>,
}

/// What changing to a variant saves.
struct Saving<'a> {
    variant: &'a str,
    workloads: Vec<WorkloadSaving>,
    gain: Gain,
    /// By which variants are ranked: money (or seconds) per day, see [`Choice::second`], or the metric that is saved.
    total: Interval,
}

impl<'a> Choice<'a> {
    fn new(advice: &'a Advice, chapter: &'a Chapter<'a>, context: &'a Context<'a>) -> Result<Self, String> {
        let format = context.run.dataset.as_ref().and_then(|dataset| dataset.format.as_deref());
        let nearest = format.and_then(|format| Some((format, advice.current_by_format.get(format)?)));
        let current = nearest.map_or(&advice.current, |(_, variant)| variant);
        let label = chapter.label(current);
        let current_label = match nearest {
            Some((format, variant)) if format.replace('.', "-") != *variant => format!("{format}, measured as {label}"),
            _ => label.to_owned(),
        };
        let mut choice =
            Self { advice, chapter, context, current, current_label, workloads: Vec::new(), left_out: Vec::new() };
        for workload in &advice.workload {
            let per_day = context.assumptions.frequencies.get(&workload.id).copied().unwrap_or(workload.per_day);
            match choice.case(current, workload) {
                Ok(_) => choice.workloads.push((workload, per_day)),
                Err(reason) => choice.left_out.push(format!("{}: {reason}", workload.label)),
            }
        }
        if choice.workloads.is_empty() {
            let reason = choice.left_out.first().map_or("no workload is defined", String::as_str);
            return Err(format!("what you have now ({}) was not measured here: {reason}", choice.current_label));
        }
        Ok(choice)
    }

    /// What could be advised, conditions apart.
    fn candidates(&self) -> impl Iterator<Item = &'a str> {
        self.advice.variants.iter().map(String::as_str).filter(|variant| *variant != self.current)
    }

    /// The candidates that were measured and do not keep the conditions.
    fn ruled_out(&self) -> Vec<RuledOut> {
        let points: Vec<Point> = self.workloads.iter().map(|(w, _)| self.chapter.whole(&w.point)).collect();
        let measured = |variant: &&str| points.iter().any(|point| self.chapter.case(variant, point).is_ok());
        let broken = |variant| broken(self.advice, variant, &points, self.chapter, self.context);
        self.candidates().filter(measured).filter_map(broken).collect()
    }

    fn recommendation(self, ruled_out: &[RuledOut]) -> Result<Recommendation, String> {
        let label = |variant| self.chapter.label(variant);
        let kept = |variant: &&str| !ruled_out.iter().any(|out| out.variant == *variant);
        let savings: Vec<Saving<'_>> = self.candidates().filter(kept).filter_map(|v| self.saving(v)).collect();
        let Some(best) = savings.iter().max_by(|a, b| a.total.estimate.total_cmp(&b.total.estimate)) else {
            return Err(if ruled_out.is_empty() {
                format!("no alternative to {} was measured on the same workloads", self.current_label)
            } else {
                format!("no alternative to {} is shown to keep the conditions of this advice", self.current_label)
            });
        };
        let beyond = self.least_gain();
        let clear = savings.iter().filter(|saving| saving.total.low > beyond);
        let Some(chosen) = clear.max_by(|a, b| a.total.estimate.total_cmp(&b.total.estimate)) else {
            return Err(if best.total.high <= beyond {
                format!("what you have now ({}) is as good as the best alternative measured here", self.current_label)
            } else {
                format!(
                    "{} may be better than what you have now ({}), but this run cannot tell by how much",
                    label(best.variant),
                    self.current_label
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
        let disk = |variant| {
            let (workload, _) = self.workloads.first()?;
            let point = self.chapter.whole(&workload.point);
            Some(level(variant, &point, Metric::DiskBytes, self.chapter, self.context).ok()?.estimate)
        };
        Recommendation {
            slug: self.chapter.slug.to_owned(),
            current: self.current.to_owned(),
            current_label: self.current_label.clone(),
            advised: chosen.variant.to_owned(),
            action: self.advice.action.replace("{variant}", self.chapter.label(chosen.variant)),
            unless: self.advice.unless.clone(),
            gain: chosen.gain.clone(),
            workloads: chosen.workloads.clone(),
            disk_bytes: disk(self.current).zip(disk(chosen.variant)),
            confirmed,
            params: self.chapter.definition.variant(chosen.variant).map(|v| v.params.clone()).unwrap_or_default(),
            left_out: self.left_out.clone(),
            details: self.details(chosen.variant),
        }
    }

    /// What a variant recorded for its advice: in the work that is advised on, or else in other work.
    fn details(&self, variant: &str) -> Option<RecordedTable> {
        let advised = self.workloads.iter().map(|(workload, _)| self.chapter.whole(&workload.point));
        let mut points = advised.chain(self.chapter.definition.points());
        points.find_map(|point| self.chapter.case(variant, &point).ok()?.tables.get(DETAILS).cloned())
    }

    /// What a variant saves on every workload; `None` unless all of them were measured.
    fn saving<'b>(&self, variant: &'b str) -> Option<Saving<'b>> {
        match self.advice.gain {
            Metric::Time => self.time_saved(variant),
            metric => self.metric_saved(variant, metric),
        }
    }

    /// What a variant saves of another metric than time, in the metric's good direction.
    fn metric_saved<'b>(&self, variant: &'b str, metric: Metric) -> Option<Saving<'b>> {
        let level =
            |variant, point: &Point| Some(level(variant, point, metric, self.chapter, self.context).ok()?.estimate);
        let mut workloads = Vec::with_capacity(self.workloads.len());
        let mut parts = Vec::with_capacity(self.workloads.len());
        for (workload, per_day) in &self.workloads {
            let point = self.chapter.whole(&workload.point);
            // Less is better: what there is now − what there is then; more is better: the other way round.
            let (from, to) = if metric.lower_is_better() { (self.current, variant) } else { (variant, self.current) };
            let saved = difference(&sides(from, to, &point, metric), self.chapter, self.context).ok()?;
            parts.push((1.0, saved));
            workloads.push(WorkloadSaving {
                label: workload.label.clone(),
                now: level(self.current, &point)?,
                then: level(variant, &point)?,
                point,
                per_day: *per_day,
                saved: saved.interval(),
                saved_money: 0.0,
            });
        }
        let saved = Estimate::sum(&parts)?.interval();
        let sum = |of: fn(&WorkloadSaving) -> f64| workloads.iter().map(of).sum();
        let gain = Gain::Metric { metric, now: sum(|w| w.now), then: sum(|w| w.then), saved };
        Some(Saving { variant, workloads, gain, total: saved })
    }

    /// What a variant saves in time, and in money on bytes billed.
    fn time_saved<'b>(&self, variant: &'b str) -> Option<Saving<'b>> {
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
                now: self.seconds(now)?,
                then: self.seconds(then)?,
                saved: saved.at(looked).interval(),
                saved_money,
            });
        }
        let seconds = Estimate::sum(&parts)?.at(confidence);
        let waiting = seconds.interval().scaled(self.second());
        let with_bill = |waiting: Interval| Interval {
            estimate: waiting.estimate + billed,
            low: waiting.low + billed,
            high: waiting.high + billed,
        };
        let assumptions = self.context.assumptions;
        let money = with_bill(seconds.interval().scaled(assumptions.usd_per_hour / SECONDS_PER_HOUR));
        let gain = Gain::Time {
            seconds_per_day: seconds.interval(),
            money_per_month: money.scaled(assumptions.days_per_month),
        };
        Some(Saving { variant, workloads, gain, total: with_bill(waiting) })
    }

    /// The gain that a change must exceed to be worth advising: the margin of what there is now.
    fn least_gain(&self) -> f64 {
        let margin = self.context.margin();
        let least = match self.advice.gain {
            Metric::Time => self.cost_now() * (1.0 - 1.0 / (1.0 + margin)),
            metric => {
                let now = self.workloads.iter().filter_map(|(workload, _)| {
                    let point = self.chapter.whole(&workload.point);
                    Some(level(self.current, &point, metric, self.chapter, self.context).ok()?.estimate)
                });
                let share = if metric.lower_is_better() { 1.0 - 1.0 / (1.0 + margin) } else { margin };
                now.sum::<f64>() * share
            }
        };
        least.max(0.0)
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
        if self.advice.gain != Metric::Time {
            return None;
        }
        let again = chosen.workloads.iter().filter_map(|workload| {
            let sides = sides(chosen.variant, self.current, &workload.point, Metric::Time);
            confirm(&sides, self.context.margin(), self.chapter, self.context)
        });
        again.map(|evidence| evidence.verdict == Verdict::Faster).reduce(|a, b| a && b)
    }

    fn case(&self, variant: &str, workload: &AdviceWorkload) -> Result<&'a Case, String> {
        let case = self.chapter.case(variant, &self.chapter.whole(&workload.point))?;
        match cold::proof(case).filter(|proof| !proof.proven && !self.advice.gain.ignores_cache()) {
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

/// Two variants at one point.
fn sides(variant: &str, against: &str, point: &Point, metric: Metric) -> Sides {
    Sides {
        variant: variant.to_owned(),
        point: point.clone(),
        against: against.to_owned(),
        against_point: point.clone(),
        metric,
    }
}
