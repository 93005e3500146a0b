//! What a query engine that bills by bytes read would bill for a call.
//!
//! The bytes are, first of these that is known: what the device delivered per call of the case's cold twin (the same
//! variant at the same point with `cache=cold`), if that read was shown to be cold; the fact `bytes_scanned`; the fact
//! `disk_bytes`, for engines bill a file that cannot be read in part as a whole. Each call is billed for at least the
//! reader's `minimum_bytes`.

use catalog::Metric;
use results::{Case, Role};

use crate::chapter::Chapter;
use crate::cold::{self, AXIS, COLD};
use crate::contrast::Context;
use crate::series::{Series, series};

/// Bytes per call, or why they are not known, as a sentence.
pub(crate) fn billed(case: &Case, chapter: &Chapter<'_>, context: &Context<'_>) -> Result<Series, String> {
    let twin = case.point.get(AXIS).map(|_| case.point.clone().with(AXIS, COLD));
    let cold = twin
        .and_then(|point| chapter.samples(Role::Measure, &case.variant, &point))
        .filter(|twin| cold::proof(twin).is_some_and(|proof| proof.proven));
    if let Some(bytes) = cold.and_then(|twin| series(Metric::DeviceBytes, twin, chapter, context).ok()) {
        return Ok(bytes);
    }
    let fact = ["bytes_scanned", "disk_bytes"].iter().find_map(|fact| case.facts.get(*fact));
    fact.map(|bytes| Series::Exact(*bytes)).ok_or_else(|| "it is not known how many bytes a call reads".to_owned())
}
