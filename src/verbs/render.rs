//! `render`: a site from a results file; measures nothing.

use std::path::PathBuf;

use results::Run;

use crate::cli::{RenderArgs, SiteArgs};
use crate::failure::{Failure, OK, system, usage};
use crate::settings::Settings;
use crate::store;

/// `benchbook render`.
pub(super) fn render(args: &RenderArgs) -> Result<u8, Failure> {
    let settings = Settings::read(args.places.config.as_deref())?;
    let file = store::pick(args.file.as_deref(), &settings.results(args.places.results.as_deref()))?;
    let run = super::read_run(&file)?;
    let written = Site::new(&args.site, &settings).write(&run, &settings)?;
    println!("site: {}", written.start.display());
    Ok(OK)
}

/// How a site is rendered.
pub(super) struct Site {
    out: PathBuf,
    settings: report::SiteSettings,
}

impl Site {
    /// From flags and settings; flags win.
    pub(super) fn new(args: &SiteArgs, settings: &Settings) -> Self {
        let out = args.out.clone().or_else(|| settings.out.clone()).unwrap_or_else(|| PathBuf::from("report"));
        let mut wishes = site_settings(settings);
        wishes.redact |= args.redact;
        if let Some(templates) = &args.templates {
            wishes.templates = Some(templates.clone());
        }
        Self { out, settings: wishes }
    }

    /// Whether the folder holds a site already; an error if it is somebody else's.
    #[cfg(feature = "measure")]
    pub(super) fn is_there(&self) -> Result<bool, Failure> {
        report::holds_site(&self.out).map_err(failure)
    }

    /// Analyses the run and writes the site.
    pub(super) fn write(&self, run: &Run, settings: &Settings) -> Result<report::Rendered, Failure> {
        let assumptions = settings.assumptions();
        let analysis = super::analyse(run, &assumptions)?;
        let folders = catalog::all()?;
        let input = report::Input {
            run,
            analysis: &analysis,
            folders: &folders,
            assumptions: &assumptions,
            settings: &self.settings,
            version: env!("CARGO_PKG_VERSION"),
        };
        report::render(&input, &self.out).map_err(failure)
    }
}

/// The wishes of `benchbook.toml`.
pub(super) fn site_settings(settings: &Settings) -> report::SiteSettings {
    report::SiteSettings {
        title: settings.title.clone().unwrap_or_else(|| report::SiteSettings::default().title),
        logo: settings.logo.clone(),
        redact: settings.redact,
        templates: settings.templates.clone(),
    }
}

/// Whose fault it is decides the exit code.
pub(super) fn failure(error: report::Error) -> Failure {
    match error {
        report::Error::Io { .. } => system(error),
        _ => usage(error),
    }
}
