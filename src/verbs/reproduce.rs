//! `reproduce ID`: measures one figure again, and prints recorded against new.

use analysis::CaseAnalysis;
use catalog::{Chart, Metric};

use crate::cli::ReproduceArgs;
use crate::failure::{Failure, INTERRUPTED, OK, usage};
use crate::flow::{self, Only, Preview, progress};
use crate::settings::Settings;
use crate::store;

/// `benchbook reproduce`.
pub(super) fn reproduce(args: &ReproduceArgs) -> Result<u8, Failure> {
    let settings = Settings::read(args.run.places.config.as_deref())?;
    let (slug, chart) = args.id.split_once('/').ok_or_else(|| {
        usage(format_args!("{:?} is no figure: say experiment/chart; `benchbook list` shows all figures", args.id))
    })?;
    let definition = catalog::folder(slug)?.definition()?;
    let chart = definition.chart.iter().find(|c| c.id == chart).ok_or_else(|| {
        let known: Vec<&str> = definition.chart.iter().map(|c| c.id.as_str()).collect();
        usage(format_args!("{slug} has no figure {chart:?}; it has: {}", known.join(", ")))
    })?;

    let mut request = super::report::request(&args.run, &settings)?;
    let recorded = store::pick(None, &request.results).ok().map(|file| super::read_run(&file)).transpose()?;
    if let Some(run) = &recorded
        && args.run.budget.is_none()
        && settings.budget.is_none()
    {
        // The recorded figure's own budget, so that rows and rounds are the same.
        let time = std::time::Duration::from_secs(run.header.budget_seconds);
        request.budget = measure::Budget { name: run.header.budget, time };
        request.seed = args.run.seed.or(settings.seed).unwrap_or(run.header.seed);
    }
    request.experiments = vec![slug.to_owned()];
    request.only = Some(Only { point: chart.point.clone(), variants: chart.variants.clone() });
    request.fresh = true;
    let mut progress = progress::choose(args.run.json);
    let measured = flow::measure(&request, progress.as_mut(), Preview::none())?;

    let assumptions = settings.assumptions();
    let new = super::analyse(&measured.run, &assumptions)?;
    let old = recorded.map(|run| super::analyse(&run, &assumptions)).transpose()?;
    println!("{}: {}", args.id, chart.title);
    println!("{:<52} {:>26} {:>26}", "case", "recorded", "now");
    for case in cases(&new, slug).filter(|case| case.point.matches(&chart.point)) {
        let wanted = chart.variants.is_empty() || chart.variants.contains(&case.variant);
        if !wanted || (case.missing.is_some() && case.launches == 0 && case.samples == 0 && !planned(case)) {
            continue;
        }
        let before = old
            .as_ref()
            .and_then(|old| cases(old, slug).find(|other| other.variant == case.variant && other.point == case.point));
        for metric in metrics(chart) {
            let of = if chart.parts.is_empty() { String::new() } else { format!(" {}", metric.id()) };
            let name = format!("{} {}{of}", case.variant, case.point);
            let before = before.map_or_else(|| "-".to_owned(), |before| cell(before, metric));
            println!("{name:<52} {before:>26} {:>26}", cell(case, metric));
        }
    }
    if let Some(file) = &measured.file {
        println!("raw samples: {}", file.display());
    }
    Ok(if measured.interrupted { INTERRUPTED } else { OK })
}

/// The metrics that are printed: those on the figure's value axis. Of a series, whose table is in the results file, the time.
fn metrics(chart: &Chart) -> Vec<Metric> {
    let shown: Vec<Metric> = chart.metric.into_iter().chain(chart.parts.iter().copied()).collect();
    if shown.is_empty() { vec![Metric::Time] } else { shown }
}

fn cases<'a>(analysis: &'a analysis::Analysis, slug: &'a str) -> impl Iterator<Item = &'a CaseAnalysis> {
    analysis.chapters.iter().filter(move |chapter| chapter.slug == slug).flat_map(|chapter| &chapter.cases)
}

/// Whether the budget planned a case; one that it left out is no news here.
fn planned(case: &CaseAnalysis) -> bool {
    !case.missing.as_deref().unwrap_or_default().contains("not part of")
}

fn cell(case: &CaseAnalysis, metric: Metric) -> String {
    match (case.metrics.get(&metric), &case.missing) {
        (Some(exact), _) if exact.low == exact.high => report::format::metric(metric, exact.estimate),
        (Some(interval), _) => report::format::interval(metric, interval),
        (None, Some(reason)) => reason.chars().take(26).collect(),
        (None, None) => "not measured".to_owned(),
    }
}
