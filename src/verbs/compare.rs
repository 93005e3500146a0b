//! `compare`: runs side by side, in the terminal or as a memo to print.

use analysis::Comparison;
use stats::Verdict;

use crate::cli::CompareArgs;
use crate::failure::{Failure, OK, system, usage};
use crate::settings::Settings;

/// `benchbook compare`.
pub(super) fn compare(args: &CompareArgs) -> Result<u8, Failure> {
    let settings = Settings::read(args.config.as_deref())?;
    let [first, others @ ..] = args.files.as_slice() else { return Err(usage("name two results files")) };
    let baseline = super::read_run(first)?;
    let mut comparisons = Vec::new();
    for file in others {
        comparisons.push(analysis::compare(&baseline, &super::read_run(file)?));
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&comparisons).map_err(system)?);
    } else {
        comparisons.iter().for_each(print);
    }
    if let Some(out) = &args.out {
        let (folders, assumptions) = (catalog::all()?, settings.assumptions());
        let site = super::render::site_settings(&settings);
        for comparison in &comparisons {
            let version = env!("CARGO_PKG_VERSION");
            let memo =
                report::Memo { comparison, folders: &folders, assumptions: &assumptions, settings: &site, version };
            // One page each: the second run names it where there are several.
            let out = match comparisons.as_slice() {
                [_] => out.clone(),
                _ => out.with_extension("").join(format!("memo-{}.html", comparison.b.id)),
            };
            let page = memo.write(&out).map_err(super::render::failure)?;
            eprintln!("memo: {}", page.display());
        }
    }
    Ok(OK)
}

fn print(comparison: &Comparison) {
    for (name, run) in [("A", &comparison.a), ("B", &comparison.b)] {
        println!("{name}  {}  {}\n   {}\n   {}", run.id, run.started, run.machine, run.data);
    }
    if !comparison.same_data {
        println!("The data differ, so a difference in time is not one of the machines alone.");
    }
    println!("\nHow many times faster B is than A, with the interval:");
    for (experiment, factor) in &comparison.summary {
        println!(
            "  {:<44} {:>7.2}x  [{:.2}, {:.2}]  geometric mean",
            experiment, factor.estimate, factor.low, factor.high
        );
    }
    for row in &comparison.rows {
        let case = format!("{}/{}/{}", row.experiment, row.variant, row.point);
        let factor = row.factor;
        println!(
            "  {case:<68} {:>7.2}x  [{:.2}, {:.2}]  {}",
            factor.estimate,
            factor.low,
            factor.high,
            word(row.verdict)
        );
    }
    for case in &comparison.unmatched {
        println!("  {case}");
    }
}

/// A verdict for the terminal.
pub(super) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Faster => "faster",
        Verdict::Same => "same",
        Verdict::Slower => "slower",
        Verdict::CannotTell => "cannot tell",
    }
}
