//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Measures how your own machine handles your own data, and renders a guide in which every number is yours.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 `check` found a confirmed regression; 2 the command, a setting or the \
data cannot be used; 3 a file cannot be read or written; 130 stopped by the reader, finished cases are kept.";

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Measure what is missing, then render the site.
    #[cfg(feature = "measure")]
    Report(ReportArgs),
    /// Measure what is missing, and render nothing.
    #[cfg(feature = "measure")]
    Run(RunArgs),
    /// Render a site from results files, the newest by default; measures nothing.
    Render(RenderArgs),
    /// Print the shape of a data set: types, nulls, ranges, order, candidate columns.
    #[cfg(feature = "measure")]
    Profile(ProfileArgs),
    /// Set two or more runs side by side: the first is the baseline.
    Compare(CompareArgs),
    /// Exit with 1 if a run is slower than a baseline run beyond doubt; for CI.
    Check(CheckArgs),
    /// Measure one figure again and print it beside the recorded one.
    #[cfg(feature = "measure")]
    Reproduce(ReproduceArgs),
    /// List the experiments, with their variants and axes.
    List(ListArgs),
    /// Say what can be measured here, what cannot, why, and how to get it.
    #[cfg(feature = "measure")]
    Doctor(DoctorArgs),
    /// Write a run's cases as CSV, Markdown or Parquet.
    Export(ExportArgs),
    /// Make the folder of a new experiment that builds, runs and renders at once.
    New(NewArgs),
    /// Serve the worker protocol on standard input and output (used by Benchbook itself; see PROTOCOL.md).
    #[cfg(feature = "measure")]
    #[command(hide = true)]
    Worker,
}

/// Where results and settings are.
#[derive(Clone, Debug, Args)]
pub(crate) struct Places {
    /// Folder of the results files.
    #[arg(long, value_name = "DIR")]
    pub(crate) results: Option<PathBuf>,
    /// Settings file; `benchbook.toml` in the working folder by default.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Measuring.
#[cfg(feature = "measure")]
#[derive(Clone, Debug, Args)]
pub(crate) struct RunArgs {
    /// Where results and settings are.
    #[command(flatten)]
    pub(crate) places: Places,
    /// Files, folders or globs of a table, with vectors as `.npy` beside it; or `tpch:SF`; and JPEG images for the chapter on the
    /// loader. By default a table and images are generated.
    #[arg(long, value_name = "DATA", num_args = 1..)]
    pub(crate) data: Vec<String>,
    /// Folders on storage to compare: a local disk, a network mount, a RAM disk. Files are written there, read and removed.
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub(crate) storage: Vec<PathBuf>,
    /// quick (about four minutes), standard (twenty minutes), thorough (overnight), or a duration: 90s, 10m, 8h.
    #[arg(long, value_name = "BUDGET")]
    pub(crate) budget: Option<String>,
    /// Only these experiments.
    #[arg(long, value_name = "SLUG", num_args = 1..)]
    pub(crate) experiments: Vec<String>,
    /// Seed of data, order and bootstrap.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Margin of practical equivalence in percent.
    #[arg(long, value_name = "PERCENT")]
    pub(crate) margin: Option<f64>,
    /// Measure everything again, whatever earlier runs hold.
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Measure failed cases again.
    #[arg(long)]
    pub(crate) retry: bool,
    /// Print progress as JSON Lines on standard output.
    #[arg(long)]
    pub(crate) json: bool,
    /// Make up all seconds from the seed: for tests of pages and commands. Every page says so.
    #[arg(long, hide = true)]
    pub(crate) fake_clock: bool,
}

/// Measuring and rendering.
#[cfg(feature = "measure")]
#[derive(Clone, Debug, Args)]
pub(crate) struct ReportArgs {
    /// How to measure.
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// How to render.
    #[command(flatten)]
    pub(crate) site: SiteArgs,
}

/// The site.
#[derive(Clone, Debug, Args)]
pub(crate) struct SiteArgs {
    /// Folder of the site.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Hide the column names of the data.
    #[arg(long)]
    pub(crate) redact: bool,
    /// Folder of Tera templates that replace the built-in ones of the same name.
    #[arg(long, value_name = "DIR")]
    pub(crate) templates: Option<PathBuf>,
}

/// Rendering.
#[derive(Clone, Debug, Args)]
pub(crate) struct RenderArgs {
    /// A results file; the newest one by default.
    pub(crate) file: Option<PathBuf>,
    /// Where results and settings are.
    #[command(flatten)]
    pub(crate) places: Places,
    /// How to render.
    #[command(flatten)]
    pub(crate) site: SiteArgs,
}

/// Profiling.
#[cfg(feature = "measure")]
#[derive(Clone, Debug, Args)]
pub(crate) struct ProfileArgs {
    /// Files, folders, globs, or `tpch:SF`.
    #[arg(required = true)]
    pub(crate) data: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Comparing.
#[derive(Clone, Debug, Args)]
pub(crate) struct CompareArgs {
    /// Results files: the baseline, then the others.
    #[arg(required = true, num_args = 2..)]
    pub(crate) files: Vec<PathBuf>,
    /// Folder for the memo to print.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Settings file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Checking.
#[derive(Clone, Debug, Args)]
pub(crate) struct CheckArgs {
    /// A results file; the newest one by default.
    pub(crate) file: Option<PathBuf>,
    /// The results file to compare with.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: PathBuf,
    /// Where results and settings are.
    #[command(flatten)]
    pub(crate) places: Places,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Reproducing.
#[cfg(feature = "measure")]
#[derive(Clone, Debug, Args)]
pub(crate) struct ReproduceArgs {
    /// `experiment/chart`, as it stands below each figure.
    pub(crate) id: String,
    /// How to measure.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// Listing.
#[derive(Clone, Debug, Args)]
pub(crate) struct ListArgs {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The doctor.
#[cfg(feature = "measure")]
#[derive(Clone, Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Where results and settings are.
    #[command(flatten)]
    pub(crate) places: Places,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Exporting.
#[derive(Clone, Debug, Args)]
pub(crate) struct ExportArgs {
    /// A results file; the newest one by default.
    pub(crate) file: Option<PathBuf>,
    /// Where results and settings are.
    #[command(flatten)]
    pub(crate) places: Places,
    /// csv, md or parquet.
    #[arg(long, default_value = "csv")]
    pub(crate) format: String,
    /// File to write; standard output by default.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// A new experiment.
#[derive(Clone, Debug, Args)]
pub(crate) struct NewArgs {
    /// Name of its folder: lower case words joined by hyphens.
    pub(crate) slug: String,
    /// Root of the Benchbook sources.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) root: PathBuf,
}
