//! One comparison: both sides found, their metric read off, the log ratio of their cost.

use catalog::{Contrast, Metric};
use results::{Point, Role, Run};
use stats::{Interval, LogRatio, Looks, log_ratio, unpaired_log_ratio};

use crate::Assumptions;
use crate::chapter::Chapter;
use crate::cold;
use crate::series::{Series, series};

/// What every computation needs beside the chapter.
pub(crate) struct Context<'a> {
    /// The run.
    pub(crate) run: &'a Run,
    /// The reader's prices and frequencies.
    pub(crate) assumptions: &'a Assumptions,
    /// When the run looked at its measurements.
    pub(crate) looks: Looks,
}

impl<'a> Context<'a> {
    pub(crate) fn new(run: &'a Run, assumptions: &'a Assumptions) -> Self {
        Self { run, assumptions, looks: Looks::new(&run.header.looks) }
    }

    /// Margin of practical equivalence.
    pub(crate) fn margin(&self) -> f64 {
        self.run.header.margin
    }

    /// What a call that reads this many bytes is billed.
    pub(crate) fn price(&self, bytes: f64) -> f64 {
        bytes.max(self.assumptions.minimum_bytes) * self.assumptions.usd_per_tb / 1e12
    }
}

/// A contrast with nothing left to the default.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sides {
    pub(crate) variant: String,
    pub(crate) point: Point,
    pub(crate) against: String,
    pub(crate) against_point: Point,
    pub(crate) metric: Metric,
}

impl Sides {
    /// Both sides of a contrast: the baseline unless it names another variant, the same point unless it names axes on which
    /// the other side differs.
    pub(crate) fn new(contrast: &Contrast, chapter: &Chapter<'_>) -> Self {
        let point = chapter.whole(&contrast.point);
        let mut against_point = point.clone();
        if let Some(differs) = &contrast.against_point {
            against_point.0.extend(differs.0.clone());
        }
        Self {
            variant: contrast.variant.clone(),
            point,
            against: contrast.against.clone().unwrap_or_else(|| chapter.definition.baseline.clone()),
            against_point,
            metric: contrast.metric,
        }
    }

    /// Whether both sides were measured in the same blocks.
    pub(crate) fn paired(&self) -> bool {
        self.point == self.against_point
    }
}

/// What was measured about a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Evidence {
    /// Log ratio of costs, this side ÷ the other: below 0 is an improvement. Its interval pays for the looks.
    pub(crate) ratio: LogRatio,
    /// Chance of a verdict as clear as this one if there were nothing to it, the looks paid for. `None` if there is no noise.
    pub(crate) p_value: Option<f64>,
}

impl Evidence {
    fn new(ratio: LogRatio, context: &Context<'_>) -> Self {
        let p_value = || context.looks.adjusted(ratio.p_value(context.margin()), ratio.launches);
        Self {
            ratio: ratio.at(context.looks.final_confidence(ratio.launches)),
            p_value: (ratio.standard_error > 0.0).then(p_value),
        }
    }

    /// How many times better this side is.
    pub(crate) fn factor(&self) -> Interval {
        self.ratio.factor()
    }
}

/// Compares the two sides, or says as a sentence why that is not possible.
pub(crate) fn compare(sides: &Sides, chapter: &Chapter<'_>, context: &Context<'_>) -> Result<Evidence, String> {
    let this = side(&sides.variant, &sides.point, sides.metric, chapter, context)?;
    let other = side(&sides.against, &sides.against_point, sides.metric, chapter, context)?;
    let (cost, other_cost) = if sides.metric.lower_is_better() { (this, other) } else { (other, this) };
    if let (Series::Exact(a), Series::Exact(b)) = (&cost, &other_cost) {
        let launches = launches(&sides.variant, &sides.point, chapter).min(launches(
            &sides.against,
            &sides.against_point,
            chapter,
        ));
        let known = *a > 0.0 && *b > 0.0;
        return known
            .then(|| Evidence { ratio: LogRatio::exact(a / b, launches), p_value: None })
            .ok_or_else(|| format!("the {} of one side is zero, so there is no ratio", sides.metric.label()));
    }
    let launches = cost.launches().max(other_cost.launches());
    let (a, b) = (cost.into_samples(launches), other_cost.into_samples(launches));
    estimate(&a, &b, sides.paired(), context).ok_or_else(|| {
        if a.iter().chain(&b).flatten().any(|x| *x == 0.0) {
            format!("the {} of one side is zero, so there is no ratio", sides.metric.label())
        } else {
            "a single launch cannot show how launches differ; a longer budget makes more".to_owned()
        }
    })
}

/// Compares the confirming second run of the two sides by time; `None` unless both were measured again.
pub(crate) fn confirm(sides: &Sides, chapter: &Chapter<'_>, context: &Context<'_>) -> Option<Evidence> {
    if sides.metric != Metric::Time || !sides.paired() {
        return None;
    }
    let variant = chapter.samples(Role::Confirm, &sides.variant, &sides.point)?;
    let baseline = chapter.samples(Role::Confirm, &sides.against, &sides.point)?;
    estimate(&variant.seconds(), &baseline.seconds(), true, context)
}

/// Compares an A/A control with its baseline by time; `None` unless both were measured.
pub(crate) fn control(point: &Point, chapter: &Chapter<'_>, context: &Context<'_>) -> Option<Evidence> {
    let baseline = &chapter.definition.baseline;
    let control = chapter.samples(Role::Control, baseline, point)?;
    let baseline = chapter.samples(Role::Measure, baseline, point)?;
    estimate(&control.seconds(), &baseline.seconds(), true, context)
}

fn estimate(a: &[Vec<f64>], b: &[Vec<f64>], paired: bool, context: &Context<'_>) -> Option<Evidence> {
    let ratio = if paired { log_ratio } else { unpaired_log_ratio };
    ratio(a, b, stats::CONFIDENCE).map(|ratio| Evidence::new(ratio, context))
}

/// The metric of one side, if it may be used as evidence.
fn side(
    variant: &str,
    point: &Point,
    metric: Metric,
    chapter: &Chapter<'_>,
    context: &Context<'_>,
) -> Result<Series, String> {
    let read = || {
        let case = chapter.case(variant, point)?;
        // Sizes do not depend on where the pages were; a price takes only bytes that are proven.
        if !matches!(metric, Metric::DiskBytes | Metric::PeakMemory | Metric::Money)
            && let Some(proof) = cold::proof(case).filter(|proof| !proof.proven)
        {
            return Err(format!("the read is not shown to be cold: {}", proof.evidence));
        }
        series(metric, case, chapter, context)
    };
    read().map_err(|reason: String| format!("{}: {reason}", chapter.label(variant)))
}

fn launches(variant: &str, point: &Point, chapter: &Chapter<'_>) -> usize {
    chapter.case(variant, point).map_or(0, |case| case.launches.len())
}

/// The level of a metric, if it may be shown as a number in prose.
pub(crate) fn level(
    variant: &str,
    point: &Point,
    metric: Metric,
    chapter: &Chapter<'_>,
    context: &Context<'_>,
) -> Option<Interval> {
    side(variant, point, metric, chapter, context).ok()?.level().filter(|level| level.estimate.is_finite())
}
