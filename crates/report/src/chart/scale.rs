//! Axes: where a value lies and which values get a tick.

use std::ops::Range;

use catalog::Metric;
use plotters::coord::combinators::{IntoLogRange, LogCoord};
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged};
use plotters::coord::types::RangedCoordf64;

use super::text;
use crate::format;

/// An axis of numbers. One type for both kinds, so that a chart is written once.
pub(super) struct Scale {
    range: Range<f64>,
    kind: Kind,
}

enum Kind {
    Linear(RangedCoordf64),
    Log(LogCoord<f64>),
}

/// A labelled place on an axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    /// Where, in the axis's own values.
    pub(super) at: f64,
    /// What stands there.
    pub(super) label: String,
}

impl Scale {
    /// From `low` to `high`, evenly. An empty range is widened.
    pub(super) fn linear(low: f64, high: f64) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Self { range: low..high, kind: Kind::Linear((low..high).into()) }
    }

    /// From `low` to `high`, both above zero, by factors. An empty range is widened.
    pub(super) fn log(low: f64, high: f64) -> Self {
        let low = if low > 0.0 && low.is_finite() { low } else { 1.0 };
        let (low, high) = if high > low { (low, high) } else { (low / 2.0, low * 2.0) };
        Self { range: low..high, kind: Kind::Log((low..high).log_scale().into()) }
    }

    /// The value moved into the axis's range.
    pub(super) fn clamp(&self, value: f64) -> f64 {
        value.clamp(self.range.start, self.range.end)
    }

    /// Ticks of a metric's axis, at most `most` of them.
    pub(super) fn metric_ticks(&self, metric: Metric, most: usize) -> Vec<Tick> {
        self.ticks(metric.unit(), |value| format::unit_for(metric, value), most)
    }

    /// Ticks of an axis of quantities that an experiment states, at most `most` of them.
    pub(super) fn quantity_ticks(&self, base: results::Unit, most: usize) -> Vec<Tick> {
        self.ticks(base.name(), |value| format::unit_for_quantity(base, value), most)
    }

    /// Ticks in a base unit; `unit` is the unit that suits a value.
    fn ticks(&self, base: &str, unit: impl Fn(f64) -> format::Unit, most: usize) -> Vec<Tick> {
        match &self.kind {
            Kind::Linear(_) => {
                let unit = unit(self.range.end);
                let in_units = RangedCoordf64::from(self.range.start / unit.scale..self.range.end / unit.scale);
                let places = in_units.key_points(most);
                let label = |at: f64| Tick { at, label: format::tick(base, at, unit) };
                places.iter().map(|place| label(place * unit.scale)).collect()
            }
            Kind::Log(_) => {
                let candidates = match base {
                    "B" => self.powers(2.0, &[1, 2, 3, 5, 10, 20]),
                    "s" if self.range.end > 100.0 => self.clock_ticks(),
                    _ => self.decades(),
                };
                let label = |at: &f64| Tick { at: *at, label: format::tick(base, *at, unit(*at)) };
                sparse(candidates, most).iter().map(label).collect()
            }
        }
    }

    /// Ticks of an axis of sizes in bytes: powers of two.
    pub(super) fn size_ticks(&self, most: usize) -> Vec<Tick> {
        let label = |at: &f64| Tick { at: *at, label: format::bytes(*at) };
        sparse(self.powers(2.0, &[1, 2, 3, 5, 10]), most).iter().map(label).collect()
    }

    /// Ticks of an axis of plain numbers.
    pub(super) fn number_ticks(&self, most: usize) -> Vec<Tick> {
        let places = match &self.kind {
            Kind::Linear(coord) => coord.key_points(most),
            Kind::Log(_) => sparse(self.decades(), most),
        };
        places.iter().map(|at| Tick { at: *at, label: format::plain(*at, 6) }).collect()
    }

    /// Ticks of an axis of fractions, as per cent.
    pub(super) fn share_ticks(&self, most: usize) -> Vec<Tick> {
        let places = match &self.kind {
            Kind::Linear(coord) => coord.key_points(most),
            Kind::Log(_) => sparse(self.decades(), most),
        };
        places
            .iter()
            .map(|at| Tick { at: *at, label: format!("{}{}%", format::plain(*at * 100.0, 6), format::GAP) })
            .collect()
    }

    /// Ticks of an axis of factors around one.
    pub(super) fn factor_ticks(&self, most: usize) -> Vec<Tick> {
        let label = |at: &f64| Tick { at: *at, label: format!("{}×", format::plain(*at, 6)) };
        sparse(self.decades(), most).iter().map(label).collect()
    }

    fn exponents(&self, base: f64) -> std::ops::RangeInclusive<i32> {
        let exponent = |value: f64| value.ln() / base.ln();
        // A little slack, since the logarithm of a power is not always whole.
        (exponent(self.range.start) - 1e-9).ceil() as i32..=(exponent(self.range.end) + 1e-9).floor() as i32
    }

    /// Powers of `base` in the range, as lists that become thinner; the exponents of a list are multiples of its step.
    fn powers(&self, base: f64, steps: &[i32]) -> Vec<Vec<f64>> {
        let list = |step: &i32| self.exponents(base).filter(|e| e % step == 0).map(|e| base.powi(e)).collect();
        steps.iter().map(list).collect()
    }

    /// Round decimal numbers in the range, as lists that become thinner.
    fn decades(&self) -> Vec<Vec<f64>> {
        let exponents = self.exponents(10.0);
        let around = exponents.start() - 1..=*exponents.end();
        let inside = |v: &f64| *v >= self.range.start * (1.0 - 1e-9) && *v <= self.range.end * (1.0 + 1e-9);
        let with = |digits: &[f64]| -> Vec<f64> {
            // Through text, since 3 × 10^-3 is not 0.003 in binary.
            let exact = |d: f64, e: i32| format!("{d}e{e}").parse().unwrap_or(f64::NAN);
            around.clone().flat_map(|e| digits.iter().map(move |d| exact(*d, e))).filter(inside).collect()
        };
        let mut lists = vec![
            with(&[1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0]),
            with(&[1.0, 1.5, 2.0, 3.0, 5.0, 7.0]),
            with(&[1.0, 2.0, 5.0]),
            with(&[1.0, 3.0]),
        ];
        lists.extend(self.powers(10.0, &[1, 2, 3, 4, 6]));
        lists
    }

    /// Decimal fractions of a second, then minutes and hours as a clock has them.
    fn clock_ticks(&self) -> Vec<Vec<f64>> {
        const CLOCK: [f64; 8] = [1.0, 10.0, 60.0, 600.0, 3600.0, 36_000.0, 172_800.0, 1_728_000.0];
        let fine: Vec<f64> = self.powers(10.0, &[1]).concat().into_iter().filter(|v| *v < 1.0).collect();
        let coarse = CLOCK.into_iter().filter(|v| self.range.contains(v));
        let all: Vec<f64> = fine.into_iter().chain(coarse).collect();
        let thin = |step| all.iter().copied().step_by(step).collect();
        vec![all.clone(), thin(2), thin(3)]
    }
}

/// As many ticks as their labels leave room for on a horizontal axis of `width` px.
pub(super) fn fitting(width: f64, ticks: impl Fn(usize) -> Vec<Tick>) -> Vec<Tick> {
    let room = |ticks: &Vec<Tick>| ticks.iter().map(|tick| text::width(&tick.label, text::SMALL) + 10.0).sum::<f64>();
    let fits = (2..=9).rev().map(&ticks).find(|ticks| room(ticks) <= width + 24.0);
    fits.unwrap_or_else(|| ticks(2))
}

/// The densest list of at most `most` places.
fn sparse(lists: Vec<Vec<f64>>, most: usize) -> Vec<f64> {
    let fits = lists.iter().find(|list| list.len() <= most.max(1));
    let thinnest = || lists.last().map(|list| list.iter().copied().take(most.max(1)).collect());
    fits.cloned().or_else(thinnest).unwrap_or_default()
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let value = self.clamp(*value);
        match &self.kind {
            Kind::Linear(coord) => coord.map(&value, limit),
            Kind::Log(coord) => coord.map(&value, limit),
        }
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        match &self.kind {
            Kind::Linear(coord) => coord.key_points(hint),
            Kind::Log(_) => sparse(self.decades(), hint.max_num_points()),
        }
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<String> {
        ticks.iter().map(|tick| tick.label.replace(format::GAP, " ")).collect()
    }

    #[test]
    fn ticks_are_round_in_the_unit_that_is_shown() {
        assert_eq!(labels(&Scale::linear(0.0, 0.0031).metric_ticks(Metric::Time, 5)), ["0", "1 ms", "2 ms", "3 ms"]);
        assert_eq!(
            labels(&Scale::linear(0.0, 100e6).metric_ticks(Metric::DiskBytes, 6)),
            ["0", "20 MiB", "40 MiB", "60 MiB", "80 MiB"]
        );
        assert_eq!(
            labels(&Scale::log(0.9e-3, 12.0).metric_ticks(Metric::Time, 6)),
            ["1 ms", "10 ms", "100 ms", "1 s", "10 s"]
        );
        assert_eq!(
            labels(&Scale::log(0.01, 4000.0).metric_ticks(Metric::Time, 7)),
            ["10 ms", "100 ms", "1 s", "10 s", "1 min", "10 min", "1 h"]
        );
        assert_eq!(labels(&Scale::log(0.4, 30.0).factor_ticks(7)), ["0.5×", "1×", "2×", "5×", "10×", "20×"]);
    }

    #[test]
    fn sizes_are_powers_of_two_as_many_as_fit() {
        let scale = Scale::log(16_384.0, 1_073_741_824.0);
        assert_eq!(
            labels(&scale.size_ticks(9)),
            ["16 KiB", "64 KiB", "256 KiB", "1 MiB", "4 MiB", "16 MiB", "64 MiB", "256 MiB", "1 GiB"]
        );
        assert_eq!(labels(&scale.size_ticks(4)), ["32 KiB", "1 MiB", "32 MiB", "1 GiB"]);
    }

    #[test]
    fn a_narrow_axis_has_fewer_ticks() {
        let scale = Scale::linear(0.0, 8.0);
        let ticks = |width| labels(&fitting(width, |most| scale.metric_ticks(Metric::Time, most)));
        assert_eq!(ticks(500.0).len(), 9);
        assert_eq!(ticks(140.0), ["0", "2 s", "4 s", "6 s", "8 s"]);
        assert_eq!(ticks(1.0), ["0", "5 s"]);
    }

    #[test]
    fn empty_and_absurd_ranges_have_an_axis_all_the_same() {
        for scale in [
            Scale::linear(0.0, 0.0),
            Scale::log(0.0, 0.0),
            Scale::log(5.0, 5.0),
            Scale::log(f64::NAN, f64::NAN),
            Scale::log(1e-300, 1e300),
        ] {
            let ticks = scale.metric_ticks(Metric::Time, 6);
            assert!(ticks.len() <= 6 && ticks.iter().all(|tick| tick.at.is_finite()), "{ticks:?}");
            assert!((0..=1000).contains(&scale.map(&1.0, (0, 1000))));
        }
    }
}
