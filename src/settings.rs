//! `benchbook.toml`: a team's settings. A flag on the command line wins over it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use analysis::Assumptions;
use serde::Deserialize;

use crate::failure::{Failure, system, usage};

/// The settings file. An unknown key is an error that names file, line and key.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// Files, folders, globs or `tpch:SF`.
    pub(crate) data: Vec<String>,
    /// Folders on storage to compare.
    pub(crate) storage: Vec<PathBuf>,
    /// quick, standard, thorough, or a duration.
    pub(crate) budget: Option<String>,
    /// Seed.
    pub(crate) seed: Option<u64>,
    /// Margin of practical equivalence in percent.
    pub(crate) margin: Option<f64>,
    /// Only these experiments.
    pub(crate) experiments: Vec<String>,
    /// Folder of results files.
    pub(crate) results: Option<PathBuf>,
    /// Folder of the site.
    pub(crate) out: Option<PathBuf>,
    /// Folder of templates.
    pub(crate) templates: Option<PathBuf>,
    /// Title of the site.
    pub(crate) title: Option<String>,
    /// Image for the head of the site.
    pub(crate) logo: Option<PathBuf>,
    /// Hide column names.
    pub(crate) redact: bool,
    /// Prices.
    pub(crate) prices: Prices,
    /// Times a day, by workload.
    pub(crate) frequencies: BTreeMap<String, f64>,
    /// The reader's own programs as further variants.
    pub(crate) lane: Vec<OwnLane>,
}

/// Prices; what is absent keeps its default, and the site shows both.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Prices {
    usd_per_tb: Option<f64>,
    minimum_bytes: Option<f64>,
    usd_per_hour: Option<f64>,
    usd_per_machine_hour: Option<f64>,
    days_per_month: Option<f64>,
}

/// A program of the reader's that speaks the worker protocol.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(
    not(feature = "measure"),
    expect(dead_code, reason = "the reporting half only checks that it is written well")
)]
pub(crate) struct OwnLane {
    /// Experiment that it joins.
    pub(crate) experiment: String,
    /// Id of the new variant.
    pub(crate) id: String,
    /// Name for people.
    pub(crate) label: String,
    /// Program and arguments.
    pub(crate) command: Vec<String>,
}

impl Settings {
    /// Reads the settings from `file`, or from `benchbook.toml` if there is one.
    pub(crate) fn read(file: Option<&Path>) -> Result<Self, Failure> {
        let path = file.unwrap_or(Path::new("benchbook.toml"));
        if file.is_none() && !path.exists() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(path).map_err(|e| system(format_args!("{}: {e}", path.display())))?;
        let settings: Self = toml::from_str(&text).map_err(|e| usage(format_args!("{}: {e}", path.display())))?;
        let negative = settings.frequencies.iter().find(|(_, n)| !n.is_finite() || **n < 0.0);
        if let Some((id, n)) = negative {
            return Err(usage(format_args!("{}: frequency {id} is {n}; it must be 0 or more", path.display())));
        }
        Ok(settings)
    }

    /// What turns seconds and bytes into money.
    pub(crate) fn assumptions(&self) -> Assumptions {
        let default = Assumptions::default();
        let prices = &self.prices;
        Assumptions {
            usd_per_tb: prices.usd_per_tb.unwrap_or(default.usd_per_tb),
            minimum_bytes: prices.minimum_bytes.unwrap_or(default.minimum_bytes),
            usd_per_hour: prices.usd_per_hour.unwrap_or(default.usd_per_hour),
            usd_per_machine_hour: prices.usd_per_machine_hour.unwrap_or(default.usd_per_machine_hour),
            days_per_month: prices.days_per_month.unwrap_or(default.days_per_month),
            frequencies: self.frequencies.clone(),
        }
    }

    /// Folder of the results files.
    pub(crate) fn results(&self, flag: Option<&Path>) -> PathBuf {
        flag.map(Path::to_owned).or_else(|| self.results.clone()).unwrap_or_else(|| PathBuf::from("results"))
    }
}
