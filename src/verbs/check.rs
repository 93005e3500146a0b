//! `check`: for CI. Exit code 1 on a regression that the intervals confirm, after control of the false discovery rate.

use stats::Verdict;

use crate::cli::CheckArgs;
use crate::failure::{Failure, OK, REGRESSION, system, usage};
use crate::settings::Settings;
use crate::store;

/// `benchbook check`.
pub(super) fn check(args: &CheckArgs) -> Result<u8, Failure> {
    let settings = Settings::read(args.places.config.as_deref())?;
    let file = store::pick(args.file.as_deref(), &settings.results(args.places.results.as_deref()))?;
    let comparison = analysis::compare(&super::read_run(&args.baseline)?, &super::read_run(&file)?);
    if comparison.rows.is_empty() {
        return Err(usage(format_args!(
            "{} and {} have no case in common, so there is nothing to check",
            args.baseline.display(),
            file.display()
        )));
    }
    let slower: Vec<_> = comparison.rows.iter().filter(|row| row.verdict == Verdict::Slower).collect();
    if args.json {
        let all = serde_json::json!({"compared": comparison.rows.len(), "regressions": slower});
        println!("{}", serde_json::to_string_pretty(&all).map_err(system)?);
    } else {
        if !comparison.same_machine {
            println!("warning: the two runs come from different machines");
        }
        for row in &slower {
            let by = row.factor.reciprocal();
            println!(
                "slower: {}/{}/{}: {:.2} times the baseline's time [{:.2}, {:.2}]",
                row.experiment, row.variant, row.point, by.estimate, by.low, by.high
            );
        }
        println!("{} of {} cases are slower beyond doubt", slower.len(), comparison.rows.len());
    }
    Ok(if slower.is_empty() { OK } else { REGRESSION })
}
