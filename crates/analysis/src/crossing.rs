//! Where along a numeric axis a factor of improvement crosses a value: where a way of doing it begins to pay.
//!
//! The factor is known at the measured places, with an interval at each. Between two places it is interpolated, its logarithm
//! linearly over the logarithm of the place (over the place itself if one is zero or below). The estimate is where the
//! curve of the estimates crosses; the interval runs from where the first of the two curves of interval ends does to where the
//! last does. Beyond what was measured nothing is extrapolated: the answer is then *below the smallest* or *beyond the
//! largest* place, which side follows from the direction in which the factor moves.

use catalog::Crossing;
use stats::Interval;

use crate::chapter::Chapter;
use crate::contrast::{Context, Judge, Sides, compare};
use crate::{Crossed, Place};

/// The crossing in a chapter's measurements, or why there is none, as a sentence.
pub(crate) fn crossing(asked: &Crossing, chapter: &Chapter<'_>, context: &Context<'_>) -> Result<Crossed, String> {
    let axis = chapter.definition.axis(&asked.axis).ok_or_else(|| format!("there is no axis {:?}", asked.axis))?;
    let mut places = Vec::new();
    let mut reasons = Vec::new();
    for value in &axis.values {
        let Some(number) = value.number else { continue };
        let point = chapter.whole(&asked.point.clone().with(&asked.axis, &value.id));
        let against = asked.against.clone().unwrap_or_else(|| chapter.definition.baseline.clone());
        let sides = Sides {
            variant: asked.variant.clone(),
            against_point: point.clone(),
            point,
            against,
            metric: asked.metric,
        };
        let found = compare(&sides, Judge::ratio(context.margin()), chapter, context);
        match found.and_then(|evidence| evidence.factor().ok_or_else(|| "there is no ratio".to_owned())) {
            Ok(factor) => places.push((number, factor)),
            Err(reason) => reasons.push(reason),
        }
    }
    places.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    match (places.len(), reasons.into_iter().next()) {
        (2.., _) => crossed(&places, asked.at)
            .ok_or_else(|| format!("along {} the factor does not move, so nothing says where it crosses", axis.label)),
        (_, Some(reason)) => Err(reason),
        (_, None) => Err(format!("fewer than two places along {} were measured", axis.label)),
    }
}

/// Where a curve lies along the axis, as pairs of place and value above (or below) the level to cross.
type Curve = Vec<(f64, f64)>;

/// Where the factors, in order of place, cross `at`; `None` if they never do and stay equal from end to end.
pub(crate) fn crossed(factors: &[(f64, Interval)], at: f64) -> Option<Crossed> {
    let curve = |read: fn(&Interval) -> f64| -> Curve {
        factors.iter().map(|(place, factor)| (*place, (read(factor) / at).ln())).collect()
    };
    let (estimates, lows, highs) = (curve(|f| f.estimate), curve(|f| f.low), curve(|f| f.high));
    let (first, last) = (estimates.first()?.1, estimates.last()?.1);
    let found = crossings(&estimates);
    if found.len() > 1 && found.len().is_multiple_of(2) {
        return Some(Crossed::Several(found));
    }
    let rising = if found.is_empty() { last > first } else { last > 0.0 };
    if found.is_empty() && last == first {
        return None;
    }
    // Read as rising: a falling factor is one whose inverse rises, with the ends of its intervals exchanged.
    let mirrored = |curve: Curve| -> Curve { curve.into_iter().map(|(place, value)| (place, -value)).collect() };
    let (estimates, early, late) =
        if rising { (estimates, highs, lows) } else { (mirrored(estimates), mirrored(lows), mirrored(highs)) };
    let (smallest, largest) = (factors.first()?.0, factors.last()?.0);
    let estimate = match found.get(found.len() / 2) {
        Some(place) => Place::At(*place),
        None if estimates.first()?.1 > 0.0 => Place::BelowSmallest(smallest),
        None => Place::BeyondLargest(largest),
    };
    let low = match crossings(&early).first() {
        _ if early.first()?.1 >= 0.0 => Place::BelowSmallest(smallest),
        Some(place) => Place::At(*place),
        None => Place::BeyondLargest(largest),
    };
    let high = match crossings(&late).last() {
        _ if late.last()?.1 <= 0.0 => Place::BeyondLargest(largest),
        Some(place) => Place::At(*place),
        None => Place::BelowSmallest(smallest),
    };
    Some(Crossed::Once { estimate, low, high })
}

/// The places where a curve changes sign, in order. A value that is exactly zero counts as below.
fn crossings(curve: &Curve) -> Vec<f64> {
    let logarithmic = curve.iter().all(|(place, _)| *place > 0.0);
    let between = |(a, below): (f64, f64), (b, above): (f64, f64)| {
        let share = below / (below - above);
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.5 };
        if logarithmic { a * (b / a).powf(share) } else { a + share * (b - a) }
    };
    let changes = curve.windows(2).filter(|pair| (pair[0].1 > 0.0) != (pair[1].1 > 0.0));
    changes.map(|pair| between(pair[0], pair[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(estimate: f64, width: f64) -> Interval {
        Interval { estimate, low: estimate / width, high: estimate * width }
    }

    fn at(place: Place) -> f64 {
        match place {
            Place::At(place) => place,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn between_two_places_it_is_interpolated_on_logarithms() {
        // From 4 times worse at 0.01 to 4 times better at 1: half way on the logarithmic axis.
        let Some(Crossed::Once { estimate, low, high }) =
            crossed(&[(0.01, factor(0.25, 2.0)), (1.0, factor(4.0, 2.0))], 1.0)
        else {
            panic!("it crosses once");
        };
        assert!((at(estimate) - 0.1).abs() < 1e-12, "{estimate:?}");
        // The ends of the intervals cross a quarter of the way earlier and later.
        assert!((at(low).log10() + 1.5).abs() < 1e-9 && (at(high).log10() + 0.5).abs() < 1e-9, "{low:?} {high:?}");
    }

    #[test]
    fn a_falling_factor_is_the_mirror_of_a_rising_one() {
        let rising = [(0.01, factor(0.25, 1.5)), (0.1, factor(0.7, 1.5)), (1.0, factor(4.0, 3.0))];
        let falling = rising.map(|(place, factor)| (place, factor.reciprocal()));
        let found = [crossed(&rising, 2.0), crossed(&falling, 0.5)].map(|crossed| match crossed {
            Some(Crossed::Once { estimate, low, high }) => (at(estimate), at(low), high),
            other => panic!("{other:?}"),
        });
        let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        assert!(near(found[0].0, found[1].0) && near(found[0].1, found[1].1), "{found:?}");
        assert_eq!([found[0].2, found[1].2], [Place::BeyondLargest(1.0); 2]);
    }

    #[test]
    fn beyond_what_was_measured_there_are_words() {
        use Place::{At, BelowSmallest, BeyondLargest};
        // factors at 1, 10, 100 (with one width for all); what is found
        let table = [
            ([2.0, 3.0, 4.0], 1.1, BelowSmallest(1.0), BelowSmallest(1.0), BelowSmallest(1.0)),
            ([0.1, 0.2, 0.3], 1.1, BeyondLargest(100.0), BeyondLargest(100.0), BeyondLargest(100.0)),
            ([4.0, 3.0, 2.0], 1.1, BeyondLargest(100.0), BeyondLargest(100.0), BeyondLargest(100.0)),
            ([0.3, 0.2, 0.1], 1.1, BelowSmallest(1.0), BelowSmallest(1.0), BelowSmallest(1.0)),
            // The estimate crosses in the middle, and neither end of the interval does.
            ([0.5, 1.0, 2.0], 3.0, At(10.0), BelowSmallest(1.0), BeyondLargest(100.0)),
        ];
        for (factors, width, estimate, low, high) in table {
            let places: Vec<_> = [1.0, 10.0, 100.0].into_iter().zip(factors.map(|f| factor(f, width))).collect();
            assert_eq!(crossed(&places, 1.0), Some(Crossed::Once { estimate, low, high }), "{factors:?}");
        }
        // The estimates stay above, and the interval reaches into what was measured.
        let places: Vec<_> = [1.0, 10.0, 100.0].into_iter().zip([1.2, 2.0, 4.0].map(|f| factor(f, 1.5))).collect();
        let Some(Crossed::Once { estimate, low, high }) = crossed(&places, 1.0) else { panic!("once") };
        assert_eq!((estimate, low), (BelowSmallest(1.0), BelowSmallest(1.0)));
        assert!((1.0..10.0).contains(&at(high)), "{high:?}");
    }

    #[test]
    fn crossing_there_and_back_is_said() {
        let places: Vec<_> = [1.0, 10.0, 100.0].into_iter().zip([0.5, 2.0, 0.5].map(|f| factor(f, 1.1))).collect();
        let Some(Crossed::Several(found)) = crossed(&places, 1.0) else { panic!("twice") };
        assert_eq!(found.len(), 2);
        let flat: Vec<_> = [1.0, 10.0].into_iter().zip([2.0, 2.0].map(|f| factor(f, 1.1))).collect();
        assert_eq!(crossed(&flat, 1.0), None);
    }

    #[test]
    fn noise_around_the_level_widens_the_interval() {
        let places: Vec<_> =
            [1.0, 2.0, 3.0, 4.0].into_iter().zip([0.5, 1.1, 0.9, 2.0].map(|f| factor(f, 1.05))).collect();
        let Some(Crossed::Once { estimate, low, high }) = crossed(&places, 1.0) else { panic!("once") };
        assert!((2.0..3.0).contains(&at(estimate)) && at(low) < 2.0 && at(high) > 3.0, "{estimate:?} {low:?} {high:?}");
    }

    /// For any curve: the interval holds the estimate, its ends are in order, and a shift of the axis shifts all.
    #[test]
    fn intervals_hold_their_estimates() {
        use rand::rngs::Xoshiro256PlusPlus;
        use rand::{RngExt, SeedableRng};
        let order = |place: Place| match place {
            Place::BelowSmallest(_) => f64::NEG_INFINITY,
            Place::At(place) => place,
            Place::BeyondLargest(_) => f64::INFINITY,
        };
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        for _ in 0..2000 {
            let places: Vec<(f64, Interval)> = (0..5)
                .map(|i| {
                    let estimate = 10f64.powf(2.0 * rng.random::<f64>() - 1.0);
                    let low = estimate / (1.0 + rng.random::<f64>());
                    (10f64.powi(i), Interval { estimate, low, high: estimate * (1.0 + rng.random::<f64>()) })
                })
                .collect();
            let Some(Crossed::Once { estimate, low, high }) = crossed(&places, 1.0) else { continue };
            assert!(order(low) <= order(estimate) && order(estimate) <= order(high), "{places:?}");
        }
    }
}
