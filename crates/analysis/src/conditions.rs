//! Conditions on advice: a variant is advised only where the whole interval of a metric keeps a bound.
//!
//! What was not measured is not shown to keep it, and rules the variant out as well: advice never rests on hope.

use catalog::{Advice, Requirement};
use results::Point;
use stats::Interval;

use crate::RuledOut;
use crate::chapter::Chapter;
use crate::contrast::{Context, level};

/// The first condition that a variant is not shown to keep, `points` being those of the advised workloads; `None` if it
/// keeps all.
pub(crate) fn broken(
    advice: &Advice,
    variant: &str,
    points: &[Point],
    chapter: &Chapter<'_>,
    context: &Context<'_>,
) -> Option<RuledOut> {
    advice.require.iter().find_map(|require| {
        let own: Option<[Point; 1]> = require.point.as_ref().map(|point| [chapter.whole(point)]);
        let points = own.as_ref().map_or(points, |own| own.as_slice());
        points.iter().find_map(|point| {
            let measured = level(variant, point, require.metric, chapter, context).ok();
            let kept = measured.as_ref().is_some_and(|measured| keeps(require, measured));
            let found =
                || RuledOut { variant: variant.to_owned(), require: require.clone(), point: point.clone(), measured };
            (!kept).then(found)
        })
    })
}

fn keeps(require: &Requirement, measured: &Interval) -> bool {
    require.at_most.is_none_or(|most| measured.high <= most)
        && require.at_least.is_none_or(|least| measured.low >= least)
}
