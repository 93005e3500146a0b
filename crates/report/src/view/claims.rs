//! Claims: what the guide and the field say, beside what this machine measured.

use analysis::ClaimResult;
use catalog::Metric;
use serde::Serialize;

use super::{Badge, Layout};
use crate::site::{Chapter, Site};
use crate::words::{capital, sentence};
use crate::{format, reading};

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
pub(crate) fn ledger(chapter: &Chapter<'_>) -> Ledger {
    let claims = chapter.analysis.claims.iter().map(|result| claim(chapter, result)).collect();
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
            ledger_html: site.engine.render("ledger.html", &ledger(chapter))?,
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

fn claim(chapter: &Chapter<'_>, result: &ClaimResult) -> ClaimView {
    let claim = &result.claim;
    let definition = &chapter.definition;
    let axis = claim.crossing.as_ref().and_then(|crossing| definition.axis(&crossing.axis));
    let place = |place: f64| format::place(axis.and_then(|axis| axis.unit.as_deref()), place);
    let range = match (claim.low, claim.high, &claim.crossing) {
        (Some(low), Some(high), Some(_)) => Some(format!("{} to {}", place(low), place(high))),
        (Some(low), None, Some(_)) => Some(format!("at least {}", place(low))),
        (None, Some(high), Some(_)) => Some(format!("at most {}", place(high))),
        (Some(low), Some(high), None) => Some(format::factor_interval(&stats::Interval { estimate: low, low, high })),
        (Some(low), None, None) => Some(format!("at least {}", format::factor(low))),
        (None, ..) => None,
    };
    let metric = claim.test.as_ref().map_or(Metric::Time, |test| test.metric);
    let measured = result.measured.as_ref().and_then(|reading| reading::texts(metric, reading, definition)).unzip();
    let tested =
        claim.test.as_ref().map(|test| format!("{} of {}", capital(test.metric.label()), chapter.contrast(test)));
    let crossed = claim.crossing.as_ref().map(|crossing| {
        let axis = axis.map_or(crossing.axis.as_str(), |axis| axis.label.as_str());
        let factor = format::factor(crossing.at);
        format!(
            "where along {axis} the factor by {} passes {factor}: {}",
            crossing.metric.label(),
            chapter.crossing(crossing)
        )
    });
    ClaimView {
        statement: claim.statement.clone(),
        source_href: address(&claim.source),
        source: claim.source.clone(),
        conditions: claim.conditions.clone(),
        range,
        compared: tested.or(crossed.map(|crossed| capital(&crossed))),
        measured: measured.0,
        interval: measured.1,
        badge: Badge::claim(result.verdict),
        reason: result.reason.as_deref().map(sentence),
    }
}

/// The source as an address, if the whole of it is one that a browser may open.
fn address(source: &str) -> Option<String> {
    let web = source.starts_with("https://") || source.starts_with("http://");
    (web && !source.contains(char::is_whitespace)).then(|| source.to_owned())
}
