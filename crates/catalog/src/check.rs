//! Whether everything that a definition names is there.

use std::collections::BTreeSet;

use results::Point;

use crate::{Advice, Contrast, Crossing, Definition, FigureValue, Metric, NamedFinding, Scale, ValueKind};

impl Definition {
    /// What is named and not there, or cannot be meant, as a sentence.
    pub(crate) fn check(&self) -> Result<(), String> {
        unique("variant", self.variant.iter().map(|v| v.id.as_str()))?;
        unique("axis", self.axis.iter().map(|a| a.name.as_str()))?;
        unique("chart", self.chart.iter().map(|c| c.id.as_str()))?;
        unique("finding", self.finding.iter().map(|f| f.name.as_str()))?;
        unique("value", self.value.iter().map(|v| v.name.as_str()))?;
        for (place, axis) in self.axis.iter().enumerate() {
            for (earlier, values) in &axis.only {
                let known = |value: &String| {
                    self.known_point(&format!("axis {:?}", axis.name), &Point::new().with(earlier, value))
                };
                values.iter().try_for_each(known)?;
                if !self.axis[..place].iter().any(|axis| axis.name == *earlier) {
                    return Err(format!("axis {:?} depends on {earlier:?}, which must stand before it", axis.name));
                }
            }
        }
        self.known_variant("baseline", &self.baseline)?;
        if !self.finding.iter().any(|f| f.name == self.headline) {
            return Err(format!("headline names the finding {:?}, and there is no such [[finding]]", self.headline));
        }
        for except in &self.except {
            self.known_point("an [[except]]", &except.point)?;
            except.variants.iter().try_for_each(|v| self.known_variant("an [[except]]", v))?;
        }
        for (budget, preset) in &self.preset {
            let place = format!("preset {budget:?}");
            preset.variants.iter().try_for_each(|v| self.known_variant(&place, v))?;
            if !preset.variants.is_empty() && !preset.variants.contains(&self.baseline) {
                return Err(format!("{place} leaves out the baseline {:?}", self.baseline));
            }
            preset.also.iter().try_for_each(|point| self.known_point(&place, point))?;
            for (axis, values) in &preset.axes {
                for value in values {
                    self.known_point(&place, &Point::new().with(axis, value))?;
                }
            }
        }
        self.finding.iter().try_for_each(|finding| self.check_finding(finding))?;
        self.value.iter().try_for_each(|value| self.check_value(value))?;
        for chart in &self.chart {
            chart.check()?;
            let place = format!("chart {:?}", chart.id);
            self.known_point(&place, &chart.point)?;
            chart.variants.iter().try_for_each(|v| self.known_variant(&place, v))?;
            for axis in chart.x.iter().chain(&chart.panels) {
                self.axis(axis).ok_or_else(|| format!("{place} names the axis {axis:?}, and there is no such axis"))?;
            }
        }
        self.advice.iter().flat_map(Advice::each).try_for_each(|advice| self.check_advice(advice))
    }

    /// What is wrong with its own metrics, as a sentence.
    pub(crate) fn check_metrics(&self) -> Result<(), String> {
        unique("metric", self.metric.iter().map(|m| m.id.as_str()))?;
        for metric in &self.metric {
            if metric.id.is_empty() || Metric::BUILT_IN.iter().any(|built_in| built_in.id() == metric.id) {
                return Err(format!("[[metric]] {:?}: the id is taken by a built-in metric, or empty", metric.id));
            }
        }
        Ok(())
    }

    fn check_finding(&self, finding: &NamedFinding) -> Result<(), String> {
        let place = format!("finding {:?}", finding.name);
        self.known_contrast(&place, &finding.of)?;
        match (finding.scale, finding.margin) {
            (Scale::Difference, None) => {
                Err(format!("{place} has scale = \"difference\" and needs a margin in the metric's unit"))
            }
            (_, Some(margin)) if !(margin > 0.0 && margin.is_finite()) => {
                Err(format!("{place} has the margin {margin}, and a margin is above zero"))
            }
            _ => Ok(()),
        }
    }

    fn check_value(&self, value: &FigureValue) -> Result<(), String> {
        let place = format!("value {:?}", value.name);
        self.known_contrast(&place, &value.of)?;
        match (value.kind, value.crossing()) {
            (ValueKind::Crossing, None) => Err(format!("{place} is a crossing and names no axis")),
            (ValueKind::Crossing, Some(crossing)) => self.check_crossing(&place, &crossing),
            _ if value.axis.is_some() || value.at.is_some() => {
                Err(format!("{place}: `axis` and `at` belong to kind = \"crossing\""))
            }
            _ => Ok(()),
        }
    }

    /// What is wrong with a crossing, as a sentence.
    pub(crate) fn check_crossing(&self, place: &str, crossing: &Crossing) -> Result<(), String> {
        self.known_variant(place, &crossing.variant)?;
        crossing.against.iter().try_for_each(|v| self.known_variant(place, v))?;
        self.known_point(place, &crossing.point)?;
        let name = &crossing.axis;
        let axis =
            self.axis(name).ok_or_else(|| format!("{place} names the axis {name:?}, and there is no such axis"))?;
        if axis.values.iter().filter(|value| value.number.is_some()).count() < 2 {
            return Err(format!("{place}: the axis {name:?} has no two values with a `number`"));
        }
        if crossing.point.get(name).is_some() {
            return Err(format!("{place}: its point fixes the axis {name:?} along which it looks for the crossing"));
        }
        if !(crossing.at > 0.0 && crossing.at.is_finite()) {
            return Err(format!("{place}: `at` is a factor above zero, and it is {}", crossing.at));
        }
        Ok(())
    }

    fn check_advice(&self, advice: &Advice) -> Result<(), String> {
        advice.variants.iter().try_for_each(|v| self.known_variant("[advice]", v))?;
        self.known_variant("[advice]", &advice.current)?;
        advice.current_by_format.values().try_for_each(|v| self.known_variant("[advice]", v))?;
        advice.workload.iter().try_for_each(|w| self.known_point(&format!("workload {:?}", w.id), &w.point))?;
        for require in &advice.require {
            let place = format!("[[advice.require]] of {:?}", require.metric.id());
            require.point.iter().try_for_each(|point| self.known_point(&place, point))?;
            if require.at_most.is_none() && require.at_least.is_none() {
                return Err(format!("{place} needs `at_most` or `at_least`"));
            }
        }
        Ok(())
    }

    /// What a comparison names and is not there, as a sentence.
    pub(crate) fn known_contrast(&self, place: &str, contrast: &Contrast) -> Result<(), String> {
        self.known_variant(place, &contrast.variant)?;
        contrast.against.iter().try_for_each(|v| self.known_variant(place, v))?;
        self.known_point(place, &contrast.point)?;
        contrast.against_point.iter().try_for_each(|p| self.known_point(place, p))
    }

    fn known_variant(&self, place: &str, id: &str) -> Result<(), String> {
        match self.variant(id) {
            Some(_) => Ok(()),
            None => Err(format!("{place} names the variant {id:?}, and there is no such variant")),
        }
    }

    fn known_point(&self, place: &str, point: &Point) -> Result<(), String> {
        for (name, value) in &point.0 {
            let axis =
                self.axis(name).ok_or_else(|| format!("{place} names the axis {name:?}, and there is no such axis"))?;
            if !axis.values.iter().any(|v| &v.id == value) {
                return Err(format!("{place} names the value {value:?} of {name:?}, and there is no such value"));
            }
        }
        Ok(())
    }
}

/// That no id stands twice, else which one does, as a sentence.
pub(crate) fn unique<'a>(what: &str, ids: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(format!("the {what} {id:?} stands twice"));
        }
    }
    Ok(())
}
