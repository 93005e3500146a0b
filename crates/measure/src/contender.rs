//! One participant of a point's rounds: what its workers said, and what becomes of it.

use results::{Answer, Case, Facts, Launch, Outcome, Role, Sample};

use crate::launch::Trouble;
use crate::plan::{Answers, PlannedCase, PointPlan};
use crate::wire::Ready;

/// Facts of two launches that differ by less than this part agree: sums over threads round differently.
const ROUNDING: f64 = 1e-9;

/// Calls up to this many nanoseconds are made once more, untimed, before each warm sample: the workers that ran in between
/// have filled the caches with their own data, and fetching ours back would take most of a short sample.
const REWARMED: u64 = 2_000_000;

pub(crate) struct Contender<'a> {
    pub(crate) case: &'a PlannedCase,
    pub(crate) role: Role,
    pub(crate) outcome: Outcome,
    /// What its first launch said, with the files of the latest.
    pub(crate) ready: Ready,
    /// What its first call of this launch answered.
    pub(crate) answer: Option<Answer>,
    pub(crate) iterations: u64,
    pub(crate) launches: Vec<Launch>,
    pub(crate) settled: bool,
    pub(crate) cold_note: Option<String>,
    facts_note: Option<String>,
    first_answer: Option<Answer>,
}

impl<'a> Contender<'a> {
    /// A participant that has not run yet; what the plan knows to be impossible is skipped.
    pub(crate) fn new(case: &'a PlannedCase, role: Role) -> Self {
        let outcome = case.skip.clone().map_or(Outcome::Measured, |reason| Outcome::Skipped { reason });
        Self {
            case,
            role,
            outcome,
            ready: Ready::default(),
            answer: None,
            iterations: 0,
            launches: Vec::new(),
            settled: false,
            cold_note: None,
            facts_note: None,
            first_answer: None,
        }
    }

    pub(crate) fn alive(&self) -> bool {
        self.outcome.is_measured()
    }

    pub(crate) fn seconds(&self) -> Vec<Vec<f64>> {
        self.launches.iter().map(|l| l.samples.iter().map(Sample::seconds).collect()).collect()
    }

    /// Whether its calls are so short that what is in the caches decides about them.
    pub(crate) fn is_rewarmed(&self) -> bool {
        let last = self.launches.last().and_then(|launch| launch.warmup_ns.last());
        !self.ready.single_call && last.is_some_and(|wall| *wall <= REWARMED)
    }

    pub(crate) fn fail(&mut self, trouble: Trouble) {
        self.outcome = match trouble {
            Trouble::Skip(reason) => Outcome::Skipped { reason },
            Trouble::Fail(reason) => Outcome::Failed { reason },
            Trouble::TimedOut(limit) => Outcome::TimedOut { seconds: limit.as_secs() },
        };
    }

    /// Takes what a launch says about itself: the first launch's facts and tables are kept, each launch has its own trials.
    ///
    /// # Errors
    /// If it cannot be recorded.
    pub(crate) fn prepared(&mut self, mut ready: Ready, mut launch: Launch) -> Result<(), Trouble> {
        if let Some(defect) = ready.defect() {
            return Err(Trouble::Fail(defect));
        }
        launch.trials = std::mem::take(&mut ready.trials);
        if self.launches.is_empty() {
            ready.tables = ready.tables.into_iter().map(|(name, table)| (name, table.cut())).collect();
            self.ready = ready;
        } else {
            let number = self.launches.len() + 1;
            let note = || changed(&self.ready.facts, &ready.facts).map(|what| format!("{what} in launch {number}"));
            self.facts_note = self.facts_note.take().or_else(note);
            self.ready.files = ready.files;
            self.ready.single_call = ready.single_call;
        }
        self.launches.push(launch);
        Ok(())
    }

    /// Holds the answer of this launch against its own of the first one, where that is the rule.
    fn agrees_with_itself(&mut self) {
        let (Some(answer), true) = (&self.answer, self.case.answers == Answers::Itself) else { return };
        let difference = self.first_answer.as_ref().and_then(|first| answer.disagreement(first, self.case.tolerance));
        if let Some(difference) = difference {
            let reason = format!("its answer changed from one launch to another: {difference}");
            self.outcome = Outcome::Failed { reason };
        } else if self.first_answer.is_none() {
            self.first_answer = Some(answer.clone());
        }
    }

    /// The case with everything that is known about it.
    pub(crate) fn finish(self, plan: &PointPlan, cold: bool) -> Case {
        let mut settings = self.ready.settings;
        if self.outcome.is_measured() {
            let notes = [("cache note", self.cold_note), ("facts note", self.facts_note)];
            settings.extend(notes.into_iter().filter_map(|(name, note)| Some((name.to_owned(), note?))));
            if plan.point.get("cache").is_some() {
                settings.insert("cache".to_owned(), if cold { "cold" } else { "warm" }.to_owned());
            }
        }
        let mut launches = self.launches;
        launches.retain(|launch| !launch.samples.is_empty());
        Case {
            experiment: plan.experiment.clone(),
            variant: self.case.variant.id.clone(),
            point: plan.point.clone(),
            role: self.role,
            key: self.case.key.clone(),
            outcome: self.outcome,
            settings,
            facts: self.ready.facts,
            answer: self.answer,
            launches,
            tables: self.ready.tables,
        }
    }
}

/// The first fact that is not what it was, as a clause.
fn changed(first: &Facts, now: &Facts) -> Option<String> {
    let text = |value: Option<&f64>| value.map_or_else(|| "not known".to_owned(), f64::to_string);
    let names = first.keys().chain(now.keys().filter(|name| !first.contains_key(*name)));
    let differs = |name: &&String| match (first.get(*name), now.get(*name)) {
        (Some(a), Some(b)) => (a - b).abs() > ROUNDING * a.abs().max(b.abs()),
        (a, b) => a != b,
    };
    let name = names.into_iter().find(differs)?;
    Some(format!("{name} was {} in the first launch and {}", text(first.get(name)), text(now.get(name))))
}

/// Compares the answers of this launch: with the baseline's, or with the variant's own of the first launch.
pub(crate) fn compare_answers(field: &mut [Contender<'_>], baseline: &str) {
    for contender in field.iter_mut().filter(|c| c.alive()) {
        contender.agrees_with_itself();
    }
    let reference = field
        .iter()
        .filter(|c| c.alive() && c.answer.is_some() && c.case.answers == Answers::Baseline)
        .min_by_key(|c| c.case.variant.id != baseline)
        .map(|c| (c.case.variant.id.clone(), c.answer.clone().unwrap_or_default()));
    let Some((name, expected)) = reference else { return };
    for contender in field.iter_mut().filter(|c| c.alive() && c.case.answers == Answers::Baseline) {
        let difference = contender.answer.as_ref().and_then(|a| a.disagreement(&expected, contender.case.tolerance));
        if let Some(difference) = difference {
            contender.outcome =
                Outcome::Failed { reason: format!("its answer differs from that of {name}: {difference}") };
        }
    }
}
