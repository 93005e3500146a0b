//! `report` and `run`: measure what is missing; `report` also renders.

use results::{Clock, Run};

use crate::cli::{ReportArgs, RunArgs};
use crate::failure::{Failure, INTERRUPTED, OK, usage};
use crate::flow::{self, Measured, Preview, Request, progress};
use crate::settings::Settings;

/// Seed of a run that names none: every machine then measures the same data in the same order.
const SEED: u64 = 20_241_020;
/// Margin of practical equivalence of a run that names none, in percent.
const MARGIN_PERCENT: f64 = 5.0;

/// `benchbook report`.
pub(super) fn measure_and_render(args: &ReportArgs) -> Result<u8, Failure> {
    let settings = Settings::read(args.run.places.config.as_deref())?;
    let request = request(&args.run, &settings)?;
    let mut progress = progress::choose(args.run.json);
    let site = super::render::Site::new(&args.site, &settings);
    let mut write = |run: &Run| site.write(run, &settings).map(|site| site.start);
    // Asked now, so that a folder of somebody else is refused before hours of measuring.
    let preview = if site.is_there()? { Preview::none() } else { Preview::by(&mut write) };
    let measured = flow::measure(&request, progress.as_mut(), preview)?;
    let rendered = site.write(&measured.run, &settings)?;
    say(args.run.json, &measured, Some(&rendered));
    Ok(if measured.interrupted { INTERRUPTED } else { OK })
}

/// `benchbook run`.
pub(super) fn run(args: &RunArgs) -> Result<u8, Failure> {
    let settings = Settings::read(args.places.config.as_deref())?;
    let request = request(args, &settings)?;
    let mut progress = progress::choose(args.json);
    let measured = flow::measure(&request, progress.as_mut(), Preview::none())?;
    say(args.json, &measured, None);
    Ok(if measured.interrupted { INTERRUPTED } else { OK })
}

/// The request that flags and settings make; flags win.
pub(super) fn request(args: &RunArgs, settings: &Settings) -> Result<Request, Failure> {
    let budget = args.budget.as_deref().or(settings.budget.as_deref()).unwrap_or("standard");
    let margin = args.margin.or(settings.margin).unwrap_or(MARGIN_PERCENT);
    if !(margin > 0.0 && margin < 100.0) {
        return Err(usage(format_args!("the margin is {margin} percent; it must lie between 0 and 100")));
    }
    Ok(Request {
        data: if args.data.is_empty() { settings.data.clone() } else { args.data.clone() },
        storage: if args.storage.is_empty() { settings.storage.clone() } else { args.storage.clone() },
        budget: measure::Budget::parse(budget).map_err(usage)?,
        seed: args.seed.or(settings.seed).unwrap_or(SEED),
        margin: margin / 100.0,
        experiments: if args.experiments.is_empty() { settings.experiments.clone() } else { args.experiments.clone() },
        only: None,
        results: settings.results(args.places.results.as_deref()),
        clock: if args.fake_clock { Clock::Fake } else { Clock::Real },
        fresh: args.fresh,
        retry: args.retry,
        own: settings.lane.clone(),
    })
}

fn say(json: bool, measured: &Measured, site: Option<&report::Rendered>) {
    if json {
        let site = site.map(|site| site.start.display().to_string());
        let file = measured.file.as_ref().map(|file| file.display().to_string());
        let event = serde_json::json!({
            "event": "done", "results": file, "site": site, "interrupted": measured.interrupted,
        });
        println!("{event}");
        return;
    }
    if measured.interrupted {
        println!("stopped: finished cases are kept, and the next run resumes from them");
    }
    if let Some(file) = &measured.file {
        println!("results: {}", file.display());
    }
    if let Some(site) = site {
        println!("site:    {}", site.start.display());
    }
}
