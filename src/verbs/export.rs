//! `export`: a run's cases as a table, one row for each case.

use std::fs;
use std::io::Write;

use analysis::Analysis;
use catalog::{Metric, OwnMetric};
use results::Unit;

use crate::cli::ExportArgs;
use crate::failure::{Failure, OK, system, usage};
use crate::settings::Settings;
use crate::store;

/// The columns behind the case's own ones: name and metric.
const METRICS: [(&str, Metric); 10] = [
    ("seconds", Metric::Time),
    ("cpu_seconds", Metric::Cpu),
    ("rows_per_second", Metric::RowsPerSecond),
    ("bytes_per_second", Metric::BytesPerSecond),
    ("operations_per_second", Metric::FlopPerSecond),
    ("ceiling_share", Metric::CeilingShare),
    ("device_bytes", Metric::DeviceBytes),
    ("disk_bytes", Metric::DiskBytes),
    ("peak_memory_bytes", Metric::PeakMemory),
    ("usd_per_call", Metric::Money),
];

/// A table of texts.
pub(crate) struct Table {
    /// Names of the columns.
    pub(crate) head: Vec<String>,
    /// Rows; an empty text is a missing value.
    pub(crate) rows: Vec<Vec<String>>,
}

/// `benchbook export`.
pub(super) fn export(args: &ExportArgs) -> Result<u8, Failure> {
    let settings = Settings::read(args.places.config.as_deref())?;
    let file = store::pick(args.file.as_deref(), &settings.results(args.places.results.as_deref()))?;
    let analysis = super::analyse(&super::read_run(&file)?, &settings.assumptions())?;
    let table = table(&analysis);
    let bytes = match args.format.as_str() {
        "csv" => csv(&table).into_bytes(),
        "md" | "markdown" => markdown(&table).into_bytes(),
        "parquet" => parquet(&table)?,
        other => return Err(usage(format_args!("the format {other:?} is not known: say csv, md or parquet"))),
    };
    match &args.output {
        Some(path) => fs::write(path, bytes).map_err(|e| system(format_args!("{}: {e}", path.display())))?,
        None => std::io::stdout().write_all(&bytes).map_err(|e| system(format_args!("standard output: {e}")))?,
    }
    Ok(OK)
}

fn table(analysis: &Analysis) -> Table {
    let mut head: Vec<String> = [
        "experiment",
        "variant",
        "point",
        "missing",
        "launches",
        "samples",
        "factor",
        "factor_low",
        "factor_high",
        "verdict",
    ]
    .map(str::to_owned)
    .into();
    let own = own_metrics(analysis);
    for name in METRICS.iter().map(|(name, _)| *name).chain(own.iter().map(String::as_str)) {
        head.extend([name.to_owned(), format!("{name}_low"), format!("{name}_high")]);
    }
    let number = |x: f64| format!("{x}");
    let mut rows = Vec::new();
    for chapter in &analysis.chapters {
        for case in &chapter.cases {
            let finding = case.against_baseline.as_ref();
            let factor = finding.and_then(|f| f.factor);
            let mut row = vec![
                chapter.slug.clone(),
                case.variant.clone(),
                case.point.to_string(),
                case.missing.clone().unwrap_or_default(),
                case.launches.to_string(),
                case.samples.to_string(),
                factor.map_or_else(String::new, |f| number(f.estimate)),
                factor.map_or_else(String::new, |f| number(f.low)),
                factor.map_or_else(String::new, |f| number(f.high)),
                finding.and_then(|f| f.verdict).map_or("", super::compare::word).to_owned(),
            ];
            let built_in = METRICS.iter().map(|(_, metric)| case.metrics.get(metric));
            let stated = |name: &String| {
                let mut metrics = case.metrics.iter();
                metrics.find_map(|(metric, level)| (own_name(*metric).as_ref() == Some(name)).then_some(level))
            };
            for level in built_in.chain(own.iter().map(stated)) {
                match level {
                    Some(i) => row.extend([number(i.estimate), number(i.low), number(i.high)]),
                    None => row.extend([String::new(), String::new(), String::new()]),
                }
            }
            rows.push(row);
        }
    }
    Table { head, rows }
}

/// The columns of the experiments' own metrics: experiments that state the same in the same unit share one.
fn own_metrics(analysis: &Analysis) -> Vec<String> {
    let cases = analysis.chapters.iter().flat_map(|chapter| &chapter.cases);
    let mut names: Vec<String> = cases.flat_map(|case| case.metrics.keys().copied().filter_map(own_name)).collect();
    names.sort();
    names.dedup();
    names
}

/// Column of an experiment's own metric, with its unit as in the other columns.
fn own_name(metric: Metric) -> Option<String> {
    let Metric::Own(OwnMetric { id, unit, .. }) = metric else { return None };
    let id = id.replace('-', "_");
    Some(match unit {
        Unit::Number => id,
        Unit::Seconds => format!("{id}_seconds"),
        Unit::Bytes => format!("{id}_bytes"),
        Unit::Share => format!("{id}_share"),
        Unit::Rows => format!("{id}_rows"),
        Unit::Files => format!("{id}_files"),
        Unit::Dollars => format!("{id}_usd"),
    })
}

fn csv(table: &Table) -> String {
    let field = |text: &String| {
        if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.clone() }
    };
    let line = |row: &Vec<String>| row.iter().map(field).collect::<Vec<_>>().join(",") + "\n";
    std::iter::once(&table.head).chain(&table.rows).map(line).collect()
}

fn markdown(table: &Table) -> String {
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().map(|text| text.replace('|', "\\|").replace('\n', " ")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rule = format!("|{}\n", " --- |".repeat(table.head.len()));
    line(&table.head) + &rule + &table.rows.iter().map(line).collect::<String>()
}

#[cfg(feature = "measure")]
fn parquet(table: &Table) -> Result<Vec<u8>, Failure> {
    dataset::texts_to_parquet(&table.head, &table.rows).map_err(system)
}

#[cfg(not(feature = "measure"))]
fn parquet(_table: &Table) -> Result<Vec<u8>, Failure> {
    Err(usage("this build has the reporting half alone, which cannot write Parquet: say csv or md"))
}
