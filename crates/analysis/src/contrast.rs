//! One comparison: both sides found, their metric read off, the log ratio of their cost or their difference.

use catalog::{Contrast, Metric, Scale};
use results::{Point, Role, Run};
use stats::{CONFIDENCE, Estimate, Interval, LogRatio, Looks, Verdict, log_ratio, unpaired_log_ratio};

use crate::Assumptions;
use crate::chapter::Chapter;
use crate::cold;
use crate::series::{Series, level_of, series};

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

/// How a comparison is judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Judge {
    pub(crate) scale: Scale,
    /// A fraction, or on the scale of differences an amount in the metric's unit.
    pub(crate) margin: f64,
}

impl Judge {
    /// By ratio, with this margin.
    pub(crate) fn ratio(margin: f64) -> Self {
        Self { scale: Scale::Ratio, margin }
    }
}

/// What was measured about a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Evidence {
    /// Log ratio of costs, this side ÷ the other: below 0 is an improvement. Its interval pays for the looks. `None` where one
    /// side is zero and the difference is judged.
    pub(crate) ratio: Option<LogRatio>,
    /// This − other in the metric's unit, where the difference is judged.
    pub(crate) difference: Option<Estimate>,
    /// Chance of a verdict as clear as this one if there were nothing to it, the looks paid for. `None` if there is no noise.
    pub(crate) p_value: Option<f64>,
    /// What the interval says by itself.
    pub(crate) verdict: Verdict,
    /// Launches on the smaller side.
    pub(crate) launches: usize,
}

impl Evidence {
    /// Evidence judged by its ratio. `looked` says whether the measuring stopped by what it saw of this quantity.
    fn of_ratio(ratio: LogRatio, looked: bool, margin: f64, context: &Context<'_>) -> Self {
        let shown = LogRatio(paid(ratio.0, looked, context));
        Self {
            ratio: Some(shown),
            difference: None,
            p_value: chance(&ratio, margin.ln_1p(), looked, context),
            verdict: shown.verdict(margin),
            launches: ratio.launches,
        }
    }

    /// How many times better this side is.
    pub(crate) fn factor(&self) -> Option<Interval> {
        self.ratio.map(|ratio| ratio.factor())
    }
}

/// The estimate with an interval that pays for the looks, if the measuring stopped by what they saw.
fn paid(estimate: Estimate, looked: bool, context: &Context<'_>) -> Estimate {
    if looked { estimate.at(context.looks.final_confidence(estimate.launches)) } else { estimate }
}

/// The chance of as clear a verdict if there were nothing to it; `None` without noise.
fn chance(estimate: &Estimate, margin: f64, looked: bool, context: &Context<'_>) -> Option<f64> {
    let p_value = estimate.p_value(margin);
    let paid = if looked { context.looks.adjusted(p_value, estimate.launches) } else { p_value };
    (estimate.standard_error > 0.0).then_some(paid)
}

/// The two sides of a comparison, read off.
struct Pair {
    metric: Metric,
    this: Series,
    other: Series,
    paired: bool,
    /// Launches on the smaller side.
    launches: usize,
}

impl Pair {
    fn read(sides: &Sides, chapter: &Chapter<'_>, context: &Context<'_>) -> Result<Self, String> {
        let launches =
            |variant: &str, point: &Point| chapter.case(variant, point).map_or(0, |case| case.launches.len());
        Ok(Self {
            metric: sides.metric,
            this: side(&sides.variant, &sides.point, sides.metric, chapter, context)?,
            other: side(&sides.against, &sides.against_point, sides.metric, chapter, context)?,
            paired: sides.paired(),
            launches: launches(&sides.variant, &sides.point).min(launches(&sides.against, &sides.against_point)),
        })
    }

    /// Whether the stopping rule looked at it: at samples, not at trials, whose number does not depend on what they say.
    fn looked(&self) -> bool {
        !matches!((&self.this, &self.other), (Series::Trials(_), _) | (_, Series::Trials(_)))
    }

    /// Log ratio of costs, this ÷ other.
    fn log_ratio(&self) -> Result<LogRatio, String> {
        let less = self.metric.lower_is_better();
        let (cost, other) = if less { (&self.this, &self.other) } else { (&self.other, &self.this) };
        let (a, b) = (cost.values(other), other.values(cost));
        let found = match (cost, other) {
            (Series::Exact(a), Series::Exact(b)) => {
                (*a > 0.0 && *b > 0.0).then(|| LogRatio::exact(a / b, self.launches))
            }
            _ if !self.looked() => stats::trial_log_ratio(&a, &b, self.paired, CONFIDENCE),
            _ if self.paired => log_ratio(&a, &b, CONFIDENCE),
            _ => unpaired_log_ratio(&a, &b, CONFIDENCE),
        };
        found.ok_or_else(|| {
            if [&self.this, &self.other].iter().any(|side| side.level().is_some_and(|level| level.estimate == 0.0)) {
                format!("the {} of one side is zero, so there is no ratio", self.metric.label())
            } else {
                self.too_few()
            }
        })
    }

    /// This − other in the metric's unit.
    fn difference(&self) -> Result<Estimate, String> {
        let (a, b) = (self.this.values(&self.other), self.other.values(&self.this));
        let found = match (&self.this, &self.other) {
            (Series::Exact(a), Series::Exact(b)) => Some(Estimate::exact(a - b, self.launches)),
            _ if !self.looked() => stats::trial_difference(&a, &b, self.paired, CONFIDENCE),
            _ if self.paired => stats::difference(&a, &b, CONFIDENCE),
            _ => stats::unpaired_difference(&a, &b, CONFIDENCE),
        };
        found.ok_or_else(|| self.too_few())
    }

    fn too_few(&self) -> String {
        if self.looked() {
            "a single launch cannot show how launches differ; a longer budget makes more".to_owned()
        } else {
            "a single trial cannot show how trials differ; a longer budget makes more".to_owned()
        }
    }
}

/// Compares the two sides, or says as a sentence why that is not possible.
pub(crate) fn compare(
    sides: &Sides,
    judge: Judge,
    chapter: &Chapter<'_>,
    context: &Context<'_>,
) -> Result<Evidence, String> {
    let pair = Pair::read(sides, chapter, context)?;
    match judge.scale {
        Scale::Ratio => Ok(Evidence::of_ratio(pair.log_ratio()?, pair.looked(), judge.margin, context)),
        Scale::Difference => {
            let (found, looked) = (pair.difference()?, pair.looked());
            let shown = paid(found, looked, context);
            let gain = shown.interval().scaled(if sides.metric.lower_is_better() { -1.0 } else { 1.0 });
            Ok(Evidence {
                ratio: pair.log_ratio().ok().map(|ratio| LogRatio(paid(ratio.0, looked, context))),
                difference: Some(shown),
                p_value: chance(&found, judge.margin, looked, context),
                verdict: stats::verdict_on_gain(gain, judge.margin),
                launches: found.launches,
            })
        }
    }
}

/// This − other in the metric's unit; the interval pays for the looks.
pub(crate) fn difference(sides: &Sides, chapter: &Chapter<'_>, context: &Context<'_>) -> Result<Estimate, String> {
    let pair = Pair::read(sides, chapter, context)?;
    Ok(paid(pair.difference()?, pair.looked(), context))
}

/// Compares the confirming second run of the two sides by time; `None` unless both were measured again.
pub(crate) fn confirm(sides: &Sides, margin: f64, chapter: &Chapter<'_>, context: &Context<'_>) -> Option<Evidence> {
    if sides.metric != Metric::Time || !sides.paired() {
        return None;
    }
    let variant = chapter.samples(Role::Confirm, &sides.variant, &sides.point)?;
    let baseline = chapter.samples(Role::Confirm, &sides.against, &sides.point)?;
    let ratio = log_ratio(&variant.seconds(), &baseline.seconds(), CONFIDENCE)?;
    Some(Evidence::of_ratio(ratio, true, margin, context))
}

/// Compares an A/A control with its baseline by time: its log ratio and verdict; `None` unless both were measured.
pub(crate) fn control(point: &Point, chapter: &Chapter<'_>, context: &Context<'_>) -> Option<(LogRatio, Verdict)> {
    let baseline = &chapter.definition.baseline;
    let control = chapter.samples(Role::Control, baseline, point)?;
    let baseline = chapter.samples(Role::Measure, baseline, point)?;
    let ratio = log_ratio(&control.seconds(), &baseline.seconds(), CONFIDENCE)?;
    let evidence = Evidence::of_ratio(ratio, true, context.margin(), context);
    Some((evidence.ratio?, evidence.verdict))
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
        if !metric.ignores_cache()
            && let Some(proof) = cold::proof(case).filter(|proof| !proof.proven)
        {
            return Err(format!("the read is not shown to be cold: {}", proof.evidence));
        }
        series(metric, case, chapter, context)
    };
    read().map_err(|reason: String| format!("{}: {reason}", chapter.label(variant)))
}

/// The level of a metric, if it may be shown as a number in prose, or why not, as a sentence.
pub(crate) fn level(
    variant: &str,
    point: &Point,
    metric: Metric,
    chapter: &Chapter<'_>,
    context: &Context<'_>,
) -> Result<Interval, String> {
    let series = side(variant, point, metric, chapter, context)?;
    level_of(&series, metric).ok_or_else(|| format!("{}: too little was measured", chapter.label(variant)))
}
