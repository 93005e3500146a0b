//! Progress with time left: a bar on a terminal, plain lines in a log, JSON Lines for machines.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::Path;
use std::time::{Duration, Instant};

use catalog::Definition;
use indicatif::{ProgressBar, ProgressStyle};
use results::{Case, Point};
use serde_json::json;

/// What the measuring tells while it runs.
pub(crate) trait Progress {
    /// A phase before or after the cases.
    fn phase(&mut self, text: &str);
    /// A step within a phase.
    fn detail(&mut self, text: &str);
    /// Something that the reader should know.
    fn warn(&mut self, text: &str);
    /// The cases begin.
    fn begin(&mut self, points: usize, time: Duration);
    /// A point begins, with the time that the budget has left.
    fn point(&mut self, title: &str, point: &Point, left: Duration);
    /// A case is finished; `news` is why it was not measured, unless its definition leaves it out.
    fn case(&mut self, case: &Case, news: Option<&str>);
    /// A first site stands here, and is written again while the measuring goes on.
    fn site(&mut self, start: &Path);
    /// A finding that leads to advice is measured again.
    fn confirming(&mut self, title: &str, point: &Point);
    /// Every case was measured before.
    fn nothing_to_do(&mut self, reused: u64);
    /// The measuring is over.
    fn done(&mut self);
}

/// The progress that fits where standard error goes.
pub(crate) fn choose(json: bool) -> Box<dyn Progress> {
    if json {
        Box::new(Json)
    } else if std::io::stderr().is_terminal() {
        Box::new(Bar::new())
    } else {
        Box::new(Lines::default())
    }
}

fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        _ => format!("{}:{:02} h", seconds / 3600, seconds / 60 % 60),
    }
}

/// Time left: by the points' own speed so far, and never more than the budget has.
struct Estimate {
    start: Instant,
    done: usize,
    total: usize,
}

impl Estimate {
    fn new(total: usize) -> Self {
        Self { start: Instant::now(), done: 0, total }
    }

    fn left(&self, budget: Duration) -> Duration {
        if self.done == 0 {
            return budget;
        }
        let each = self.start.elapsed() / u32::try_from(self.done).unwrap_or(u32::MAX);
        let rest = u32::try_from(self.total.saturating_sub(self.done)).unwrap_or(u32::MAX);
        each.saturating_mul(rest).min(budget)
    }
}

/// A bar on a terminal.
struct Bar {
    bar: ProgressBar,
    estimate: Estimate,
}

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, estimate: Estimate::new(0) }
    }
}

impl Progress for Bar {
    fn phase(&mut self, text: &str) {
        self.bar.set_message(text.to_owned());
    }

    fn detail(&mut self, text: &str) {
        self.bar.set_message(text.to_owned());
    }

    fn warn(&mut self, text: &str) {
        self.bar.println(format!("  ! {text}"));
    }

    fn begin(&mut self, points: usize, _time: Duration) {
        self.estimate = Estimate::new(points);
        self.bar.set_length(points as u64);
        self.bar.set_position(0);
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len}  {prefix:>12} left  {wide_msg}");
        self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    }

    fn point(&mut self, title: &str, point: &Point, left: Duration) {
        self.bar.set_position(self.estimate.done as u64);
        self.bar.set_prefix(clock(self.estimate.left(left)));
        self.bar.set_message(format!("{title}: {}", words(point)));
        self.estimate.done += 1;
    }

    fn case(&mut self, case: &Case, news: Option<&str>) {
        if let (Some(reason), results::Outcome::Failed { .. } | results::Outcome::TimedOut { .. }) =
            (news, &case.outcome)
        {
            self.bar.println(format!("  ! {} failed: {reason}", case.id()));
        }
    }

    fn site(&mut self, start: &Path) {
        self.bar.println(format!("  {}", grows(start)));
    }

    fn confirming(&mut self, title: &str, point: &Point) {
        self.bar.set_message(format!("confirming: {title}, {}", words(point)));
    }

    fn nothing_to_do(&mut self, reused: u64) {
        self.bar.finish_and_clear();
        eprintln!("nothing has changed: {reused} cases are reused, nothing is measured");
    }

    fn done(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Plain lines for a log.
#[derive(Default)]
struct Lines {
    estimate: Option<Estimate>,
    /// Reasons that were printed: each is said once in an experiment, and stands on the page for every case.
    said: BTreeSet<(String, String)>,
}

impl Progress for Lines {
    fn phase(&mut self, text: &str) {
        eprintln!("{text}");
    }

    fn detail(&mut self, _text: &str) {}

    fn warn(&mut self, text: &str) {
        eprintln!("warning: {text}");
    }

    fn begin(&mut self, points: usize, time: Duration) {
        self.estimate = Some(Estimate::new(points));
        eprintln!("measuring {points} points in at most {}", clock(time));
    }

    fn point(&mut self, title: &str, point: &Point, left: Duration) {
        if let Some(estimate) = &mut self.estimate {
            let left = clock(estimate.left(left));
            estimate.done += 1;
            eprintln!("[{}/{}, {left} left] {title}: {}", estimate.done, estimate.total, words(point));
        }
    }

    fn case(&mut self, case: &Case, news: Option<&str>) {
        if let Some(reason) = news
            && self.said.insert((case.experiment.clone(), reason.to_owned()))
        {
            eprintln!("  {}: {reason}", case.id());
        }
    }

    fn site(&mut self, start: &Path) {
        eprintln!("{}", grows(start));
    }

    fn confirming(&mut self, title: &str, point: &Point) {
        eprintln!("confirming: {title}: {}", words(point));
    }

    fn nothing_to_do(&mut self, reused: u64) {
        eprintln!("nothing has changed: {reused} cases are reused, nothing is measured");
    }

    fn done(&mut self) {}
}

/// JSON Lines on standard output.
struct Json;

fn emit(value: &serde_json::Value) {
    println!("{value}");
}

impl Progress for Json {
    fn phase(&mut self, text: &str) {
        emit(&json!({"event": "phase", "text": text}));
    }

    fn detail(&mut self, _text: &str) {}

    fn warn(&mut self, text: &str) {
        emit(&json!({"event": "warning", "text": text}));
    }

    fn begin(&mut self, points: usize, time: Duration) {
        emit(&json!({"event": "begin", "points": points, "budget_seconds": time.as_secs()}));
    }

    fn point(&mut self, title: &str, point: &Point, left: Duration) {
        emit(&json!({"event": "point", "title": title, "point": point, "seconds_left": left.as_secs()}));
    }

    fn case(&mut self, case: &Case, _news: Option<&str>) {
        emit(&json!({"event": "case", "id": case.id(), "role": case.role, "outcome": case.outcome}));
    }

    fn site(&mut self, start: &Path) {
        emit(&json!({"event": "site", "path": start}));
    }

    fn confirming(&mut self, title: &str, point: &Point) {
        emit(&json!({"event": "confirm", "title": title, "point": point}));
    }

    fn nothing_to_do(&mut self, reused: u64) {
        emit(&json!({"event": "unchanged", "reused": reused}));
    }

    fn done(&mut self) {}
}

fn grows(start: &Path) -> String {
    format!("{} shows what is measured so far, and grows until the end", start.display())
}

fn words(point: &Point) -> String {
    point.0.values().cloned().collect::<Vec<_>>().join(", ")
}

/// Why a case was not measured, if that concerns this machine or this data: what a definition leaves out is the same everywhere, and
/// stands on the page.
pub(super) fn news(definition: &Definition, case: &Case) -> Option<String> {
    let reason = case.outcome.reason()?;
    (definition.exception(&case.variant, &case.point) != Some(&reason)).then_some(reason)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use results::{Outcome, Role};

    use super::*;

    const DEFINITION: &str = r#"
        title = "Loops"
        question = "Are they slow?"
        part = "One"
        order = 1
        baseline = "loop"
        headline = "simd"
        axis = [
            { name = "size", label = "size", values = [{ id = "small", label = "small" }, { id = "large", label = "large" }] },
        ]
        variant = [{ id = "loop", label = "loop" }, { id = "simd", label = "SIMD" }]
        except = [{ variants = ["simd"], point = { size = "small" }, reason = "Nothing to gain." }]
        finding = [{ name = "simd", of = { variant = "simd", point = { size = "large" } } }]
    "#;

    fn case(variant: &str, size: &str, outcome: Outcome) -> Case {
        Case {
            experiment: "loops".to_owned(),
            variant: variant.to_owned(),
            point: Point::new().with("size", size),
            role: Role::Measure,
            key: "key".to_owned(),
            outcome,
            settings: BTreeMap::new(),
            facts: BTreeMap::new(),
            answer: None,
            launches: Vec::new(),
            tables: BTreeMap::new(),
        }
    }

    #[test]
    fn what_the_definition_leaves_out_is_no_news() {
        let definition = Definition::parse("loops", DEFINITION).unwrap();
        let skipped = |reason: &str| Outcome::Skipped { reason: reason.to_owned() };
        for (variant, size, outcome, expected) in [
            ("simd", "small", skipped("Nothing to gain."), None),
            ("simd", "small", skipped("needs AVX2, which is not here"), Some("needs AVX2, which is not here")),
            ("simd", "large", skipped("Nothing to gain."), Some("Nothing to gain.")),
            ("simd", "small", Outcome::Failed { reason: "it crashed".to_owned() }, Some("it crashed")),
            ("loop", "large", Outcome::TimedOut { seconds: 5 }, Some("no answer within 5 s")),
            ("loop", "large", Outcome::Measured, None),
        ] {
            assert_eq!(news(&definition, &case(variant, size, outcome)).as_deref(), expected, "{variant} {size}");
        }
    }
}
