//! `list`: the experiments, with their variants and axes.

use crate::cli::ListArgs;
use crate::failure::{Failure, OK, system};

/// `benchbook list`.
pub(super) fn list(args: &ListArgs) -> Result<u8, Failure> {
    let all = catalog::all()?;
    if args.json {
        let all: std::collections::BTreeMap<_, _> = all.iter().map(|(f, d)| (f.slug, d)).collect();
        println!("{}", serde_json::to_string_pretty(&all).map_err(system)?);
        return Ok(OK);
    }
    for (folder, definition) in &all {
        println!("{}  {}", folder.slug, definition.title);
        println!("    {}", definition.question);
        let variants: Vec<&str> = definition.variant.iter().map(|v| v.id.as_str()).collect();
        println!("    variants  {}", variants.join(", "));
        for axis in &definition.axis {
            let values: Vec<&str> = axis.values.iter().map(|v| v.id.as_str()).collect();
            println!("    {:<9} {}", axis.name, values.join(", "));
        }
        let charts: Vec<String> = definition.chart.iter().map(|c| format!("{}/{}", folder.slug, c.id)).collect();
        println!("    figures   {}", charts.join(", "));
    }
    Ok(OK)
}
