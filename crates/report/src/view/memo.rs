//! The case for a change: two runs side by side, as a page to print.
//!
//! The formulas of the costs stand here and, for readers who edit the assumptions, once more in `site/memo.js`. The page
//! reads fine without the script: every figure is already there.

use analysis::{Assumptions, Comparison, ComparisonRow, RunLabel};
use catalog::{Advice, AdviceWorkload, Definition, Folder, Metric};
use serde::Serialize;
use stats::{Interval, Verdict};

use super::{Badge, Cell, Head, Table};
use crate::words::{capital, date as format_date};
use crate::{Memo, format};

/// Hours of a working day that a machine is paid for.
const HOURS_PER_DAY: f64 = 8.0;

/// Longer tables stay closed, so that a memo is a page or two on paper.
const OPEN_ROWS: usize = 30;

/// What the memo shows.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MemoView {
    title: String,
    version: String,
    css_html: &'static str,
    js_html: &'static str,
    a: Side,
    b: Side,
    same_data: bool,
    same_machine: bool,
    /// The result in a sentence.
    result: String,
    summary_html: String,
    costs: Option<Costs>,
    details: Vec<Detail>,
    unmatched: Vec<String>,
}

/// The cases of an experiment.
#[derive(Clone, Debug, Serialize)]
struct Detail {
    title: String,
    /// Whether it is short enough to stand open.
    open: bool,
    rows: usize,
    table_html: String,
}

/// A run.
#[derive(Clone, Debug, Serialize)]
struct Side {
    id: String,
    started: String,
    machine: String,
    data: String,
}

/// What the difference is worth. Numbers for the script stand beside their texts.
#[derive(Clone, Debug, Serialize)]
struct Costs {
    inputs: Vec<CostInput>,
    lines: Vec<CostLine>,
    total: Total,
}

/// An assumption that the reader can edit.
#[derive(Clone, Debug, Serialize)]
struct CostInput {
    id: &'static str,
    label: &'static str,
    unit: &'static str,
    value: f64,
}

/// A workload that was measured in both runs.
#[derive(Clone, Debug, Serialize)]
struct CostLine {
    label: String,
    factor: String,
    interval: String,
    a_seconds: f64,
    b_seconds: f64,
    /// Ends of the interval of the seconds that B saves per call.
    saved_low: f64,
    saved_high: f64,
    a: String,
    b: String,
    per_day: f64,
    saved_per_day: String,
}

/// The sums, as texts, for a page without script.
#[derive(Clone, Debug, Serialize)]
struct Total {
    saved_hours: String,
    saved_hours_interval: String,
    saved_money: String,
    saved_money_interval: String,
    extra_money: String,
    net: String,
    break_even: String,
}

/// The view of a comparison.
pub(crate) fn view(memo: &Memo<'_>) -> MemoView {
    let comparison = memo.comparison;
    let catalog = Catalog::new(memo.folders);
    MemoView {
        title: memo.settings.title.clone(),
        version: memo.version.to_owned(),
        css_html: crate::assets::CSS,
        js_html: crate::assets::MEMO_JS,
        a: side(&comparison.a),
        b: side(&comparison.b),
        same_data: comparison.same_data,
        same_machine: comparison.same_machine,
        result: result(comparison),
        summary_html: summary(&catalog, comparison).html(),
        costs: costs(&catalog, comparison, memo.assumptions),
        details: details(&catalog, comparison),
        unmatched: comparison.unmatched.clone(),
    }
}

fn side(label: &RunLabel) -> Side {
    Side {
        id: label.id.clone(),
        started: format_date(&label.started),
        machine: label.machine.clone(),
        data: label.data.clone(),
    }
}

/// Labels of the experiments that this build knows.
struct Catalog(Vec<(&'static str, Definition)>);

impl Catalog {
    /// The two runs may have chosen different columns, so a label names what a column is for.
    fn new(folders: &[(Folder, Definition)]) -> Self {
        let named = |(folder, definition): &(Folder, Definition)| {
            let mut definition = definition.clone();
            definition.fill_labels(|_| None);
            (folder.slug, definition)
        };
        Self(folders.iter().map(named).collect())
    }

    fn definition(&self, slug: &str) -> Option<&Definition> {
        self.0.iter().find(|(known, _)| *known == slug).map(|(_, definition)| definition)
    }

    fn title<'b>(&'b self, slug: &'b str) -> &'b str {
        self.definition(slug).map_or(slug, |definition| definition.title.as_str())
    }

    fn variant<'b>(&'b self, row: &'b ComparisonRow) -> &'b str {
        let definition = self.definition(&row.experiment);
        definition
            .and_then(|definition| definition.variant(&row.variant))
            .map_or(&row.variant, |variant| &variant.label)
    }

    fn point(&self, row: &ComparisonRow) -> String {
        match self.definition(&row.experiment) {
            None => row.point.to_string(),
            Some(definition) => {
                let label =
                    |axis: &catalog::Axis| row.point.get(&axis.name).map(|id| definition.value_label(&axis.name, id));
                definition.axis.iter().filter_map(label).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

fn result(comparison: &Comparison) -> String {
    let count = |verdict| comparison.rows.iter().filter(|row| row.verdict == verdict).count();
    let same = count(Verdict::Same);
    format!(
        "Of {} cases measured in both runs, B is faster in {}, slower in {}, {}; {} cannot be told.",
        comparison.rows.len(),
        count(Verdict::Faster),
        count(Verdict::Slower),
        if same == 1 { "no different in 1".to_owned() } else { format!("no different in {same}") },
        count(Verdict::CannotTell)
    )
}

fn summary(catalog: &Catalog, comparison: &Comparison) -> Table {
    let row = |(slug, factor): &(String, Interval)| {
        let cases = comparison.rows.iter().filter(|row| row.experiment == *slug).count();
        vec![Cell::header(catalog.title(slug)), Cell::factor(Some(factor)), Cell::number(cases.to_string())]
    };
    Table {
        caption: "How many times faster B is than A (geometric mean over the cases of each experiment)".to_owned(),
        heads: vec![Head::text("Experiment"), Head::number("Speedup (95 % interval)"), Head::number("Cases")],
        rows: comparison.summary.iter().map(row).collect(),
    }
}

fn details(catalog: &Catalog, comparison: &Comparison) -> Vec<Detail> {
    let mut tables: Vec<(&str, Table)> = Vec::new();
    for row in &comparison.rows {
        let cells = vec![
            Cell::header(catalog.variant(row)),
            Cell::text(catalog.point(row)),
            Cell::measured(Metric::Time, Some(&row.a_seconds)),
            Cell::measured(Metric::Time, Some(&row.b_seconds)),
            Cell::factor(Some(&row.factor)),
            Cell::badge(Badge::verdict(Some(row.verdict), Metric::Time)),
        ];
        match tables.iter_mut().find(|(slug, _)| *slug == row.experiment) {
            Some((_, table)) => table.rows.push(cells),
            None => {
                let heads = vec![
                    Head::text("Variant"),
                    Head::text("Where"),
                    Head::number("A"),
                    Head::number("B"),
                    Head::number("Speedup"),
                    Head::text("Verdict on B"),
                ];
                let caption = catalog.title(&row.experiment).to_owned();
                tables.push((&row.experiment, Table { caption, heads, rows: vec![cells] }));
            }
        }
    }
    tables
        .into_iter()
        .map(|(_, table)| Detail {
            title: table.caption.clone(),
            open: table.rows.len() <= OPEN_ROWS,
            rows: table.rows.len(),
            table_html: table.html(),
        })
        .collect()
}

/// The workloads with a frequency, of the variant that people have today, that were measured in both runs.
fn costs(catalog: &Catalog, comparison: &Comparison, assumptions: &Assumptions) -> Option<Costs> {
    let mut lines = Vec::new();
    for (slug, definition) in &catalog.0 {
        // Advice about something else than time says nothing about how often its work is done.
        let advice = definition.advice.iter().flat_map(Advice::each).filter(|advice| advice.gain == Metric::Time);
        for (advice, work) in advice.flat_map(|advice| advice.workload.iter().map(move |work| (advice, work))) {
            let row = comparison
                .rows
                .iter()
                .find(|row| row.experiment == *slug && row.variant == advice.current && row.point.matches(&work.point));
            lines.extend(row.map(|row| line(catalog, row, work, assumptions)));
        }
    }
    if lines.is_empty() {
        return None;
    }
    let inputs = vec![
        input("usd_per_hour", "An hour of waiting", "USD", assumptions.usd_per_hour),
        input("days_per_month", "Working days", "per month", assumptions.days_per_month),
        input("people", "People who wait", "", 1.0),
        input("hours_per_day", "Hours that the machine is paid for", "per working day", HOURS_PER_DAY),
        input("a_usd_per_hour", "Machine A", "USD per hour", assumptions.usd_per_machine_hour),
        input("b_usd_per_hour", "Machine B", "USD per hour", assumptions.usd_per_machine_hour),
        input("one_time", "Making the change, once", "USD", 0.0),
    ];
    let total = total(&lines, assumptions);
    Some(Costs { inputs, lines, total })
}

fn input(id: &'static str, label: &'static str, unit: &'static str, value: f64) -> CostInput {
    CostInput { id, label, unit, value }
}

fn line(catalog: &Catalog, row: &ComparisonRow, work: &AdviceWorkload, assumptions: &Assumptions) -> CostLine {
    let per_day = assumptions.frequencies.get(&work.id).copied().unwrap_or(work.per_day);
    let (a, b) = (row.a_seconds.estimate, row.b_seconds.estimate);
    // With A's time as the yardstick, the ratio's interval gives the interval of what is saved.
    let saved = |factor: f64| if factor > 0.0 { a - a / factor } else { 0.0 };
    CostLine {
        label: format!("{}: {} ({})", catalog.title(&row.experiment), work.label, catalog.variant(row)),
        factor: format::factor(row.factor.estimate),
        interval: format::factor_interval(&row.factor),
        a_seconds: a,
        b_seconds: b,
        saved_low: saved(row.factor.low),
        saved_high: saved(row.factor.high),
        a: format::seconds(a),
        b: format::seconds(b),
        per_day,
        saved_per_day: format::seconds((a - b) * per_day),
    }
}

fn total(lines: &[CostLine], assumptions: &Assumptions) -> Total {
    let hours = |of: fn(&CostLine) -> f64| {
        lines.iter().map(|line| of(line) * line.per_day).sum::<f64>() * assumptions.days_per_month / 3600.0
    };
    let saved = Interval {
        estimate: hours(|line| line.a_seconds - line.b_seconds),
        low: hours(|line| line.saved_low),
        high: hours(|line| line.saved_high),
    };
    let money = saved.scaled(assumptions.usd_per_hour);
    // Both machines cost the same until the reader says otherwise.
    Total {
        saved_hours: format::plain(saved.estimate, 2),
        saved_hours_interval: format!("{} to {}", format::plain(saved.low, 2), format::plain(saved.high, 2)),
        saved_money: format::money(money.estimate),
        saved_money_interval: format!("{} to {}", format::money(money.low), format::money(money.high)),
        extra_money: format::money(0.0),
        net: format::money(money.estimate),
        break_even: capital(if money.estimate > 0.0 { "at once" } else { "never, at these assumptions" }),
    }
}
