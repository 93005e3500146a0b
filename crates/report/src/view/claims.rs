//! Claims: what the guide and the field say, beside what this machine measured.

use analysis::ClaimResult;
use serde::Serialize;

use super::{Badge, Layout};
use crate::format;
use crate::site::{Chapter, Site};

/// A claim.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ClaimView {
    statement: String,
    source: String,
    /// Address of the source, if it is one.
    source_href: Option<String>,
    conditions: Option<String>,
    /// The range that the claim allows.
    range: Option<String>,
    /// What was compared here.
    compared: Option<String>,
    measured: Option<String>,
    interval: Option<String>,
    badge: Badge,
    reason: Option<String>,
}

/// The claims of a chapter, for the template `ledger.html`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Ledger {
    /// Title of the chapter, for the table's name.
    title: String,
    /// Page of the chapter.
    href: String,
    claims: Vec<ClaimView>,
}

/// The page of all claims.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ClaimsView {
    layout: Layout,
    summary: Vec<Tally>,
    chapters: Vec<LedgerSection>,
}

#[derive(Clone, Debug, Serialize)]
struct LedgerSection {
    title: String,
    href: String,
    anchor: String,
    ledger_html: String,
}

/// How many claims came out in one way.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Tally {
    badge: Badge,
    count: usize,
}

/// The claims of a chapter.
pub(crate) fn ledger(site: &Site<'_>, chapter: &Chapter<'_>) -> Ledger {
    let claims = chapter.analysis.claims.iter().map(|result| claim(site, chapter, result)).collect();
    Ledger { title: chapter.definition.title.clone(), href: chapter.page(), claims }
}

/// The page of all claims.
///
/// # Errors
/// If the template of the table fails.
pub(crate) fn page(site: &Site<'_>) -> Result<ClaimsView, crate::Error> {
    let mut chapters = Vec::new();
    let mut contents = Vec::new();
    for chapter in site.chapters.iter().filter(|chapter| !chapter.analysis.claims.is_empty()) {
        let anchor = format!("c-{}", chapter.stem);
        contents.push(crate::markdown::Entry { id: anchor.clone(), title: chapter.definition.title.clone() });
        chapters.push(LedgerSection {
            title: chapter.definition.title.clone(),
            href: chapter.page(),
            anchor,
            ledger_html: site.engine.render("ledger.html", &ledger(site, chapter))?,
        });
    }
    let description = "What the guide and the field say, beside what this machine measured.";
    let layout = Layout::new(site, "claims.html", "Claims", description, contents);
    Ok(ClaimsView { layout, summary: tally(site), chapters })
}

/// All claims of the site by verdict.
pub(crate) fn tally(site: &Site<'_>) -> Vec<Tally> {
    use analysis::ClaimVerdict::{CannotTell, Confirmed, NotTestable, Refuted, WeakerHere};
    [Confirmed, WeakerHere, Refuted, CannotTell, NotTestable]
        .into_iter()
        .map(|verdict| {
            let claims = site.chapters.iter().flat_map(|chapter| &chapter.analysis.claims);
            Tally { badge: Badge::claim(verdict), count: claims.filter(|claim| claim.verdict == verdict).count() }
        })
        .filter(|tally| tally.count > 0)
        .collect()
}

fn claim(site: &Site<'_>, chapter: &Chapter<'_>, result: &ClaimResult) -> ClaimView {
    let claim = &result.claim;
    let range = match (claim.low, claim.high) {
        (Some(low), Some(high)) => Some(format::factor_interval(&stats::Interval { estimate: low, low, high })),
        (Some(low), None) => Some(format!("at least {}", format::factor(low))),
        _ => None,
    };
    ClaimView {
        statement: claim.statement.clone(),
        source_href: address(&claim.source),
        source: claim.source.clone(),
        conditions: claim.conditions.clone(),
        range,
        compared: claim.test.as_ref().map(|test| format!("{} of {}", capital_metric(test), chapter.contrast(test))),
        measured: result.measured.map(|measured| format::factor(measured.estimate)),
        interval: result.measured.map(|measured| format::factor_interval(&measured)),
        badge: Badge::claim(result.verdict),
        reason: result.reason.as_deref().map(|reason| super::words::sentence(&site.names.sentence(reason))),
    }
}

fn capital_metric(test: &catalog::Contrast) -> String {
    super::words::capital(test.metric.label())
}

/// The source as an address, if the whole of it is one that a browser may open.
fn address(source: &str) -> Option<String> {
    let web = source.starts_with("https://") || source.starts_with("http://");
    (web && !source.contains(char::is_whitespace)).then(|| source.to_owned())
}
