//! `experiment.toml`: the definition of an experiment.

use std::collections::BTreeMap;

use results::{BudgetName, Point};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::story::one;
use crate::{Advice, Axis, Chart, Error, Except, FigureValue, Metric, NamedFinding, OwnMetric, Preset, Variant};

/// The definition of an experiment. See CONTRIBUTING.md for a walk through every key.
///
/// Read from TOML with [`Definition::parse`], or from a results file with serde; either way its own metrics are in place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct Definition {
    /// Title of the chapter.
    pub title: String,
    /// The question that it answers.
    pub question: String,
    /// Part of the guide: `Data management`, `Data retrieval`, `Code efficiency`.
    pub part: String,
    /// Place in the guide.
    pub order: u32,
    /// Id of the variant that the others are compared with.
    pub baseline: String,
    /// Whether it needs a table.
    #[serde(default)]
    pub data: DataNeed,
    /// Share of the budget relative to other experiments.
    #[serde(default = "one")]
    pub weight: f64,
    /// Relative tolerance of answers; 0 means equal.
    #[serde(default)]
    pub tolerance: f64,
    /// Why variants do not answer alike, as a sentence, where that is by design: answers are then compared within a launch
    /// alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers_differ: Option<String>,
    /// Name of the finding that answers the question.
    pub headline: String,
    /// Metrics of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metric: Vec<OwnMetric>,
    /// Axes in the order of the tables.
    #[serde(default)]
    pub axis: Vec<Axis>,
    /// Variants in the order of the tables.
    pub variant: Vec<Variant>,
    /// Combinations that make no sense, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<Except>,
    /// What each budget measures; without a preset, everything.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub preset: BTreeMap<BudgetName, Preset>,
    /// Findings that the prose refers to by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finding: Vec<NamedFinding>,
    /// Numbers that the prose refers to by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub value: Vec<FigureValue>,
    /// Charts in the order of the chapter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chart: Vec<Chart>,
    /// How the chapter turns into advice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<Advice>,
}

/// Whether an experiment needs a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataNeed {
    /// Makes its own arrays.
    #[default]
    None,
    /// Runs on the data set's table.
    Table,
    /// Runs on the data set's table, and on images: the reader's or made ones.
    Images,
}

impl DataNeed {
    /// Whether it runs on the data set's table.
    #[must_use]
    pub fn has_table(self) -> bool {
        self != Self::None
    }
}

impl Definition {
    /// Reads an `experiment.toml`.
    ///
    /// # Errors
    /// If it is malformed, has an unknown key, or refers to something that is not there.
    pub fn parse(slug: &str, text: &str) -> Result<Self, Error> {
        let read = toml::Deserializer::parse(text).and_then(Self::deserialize);
        let mut definition = read.map_err(|e| Error::Toml {
            slug: slug.to_owned(),
            file: "experiment.toml".to_owned(),
            why: e.to_string(),
        })?;
        let checked = definition.check_metrics().and_then(|()| definition.resolve_metrics());
        checked.and_then(|()| definition.check()).map_err(|why| Error::Dangling { slug: slug.to_owned(), why })?;
        Ok(definition)
    }

    /// Every metric that an experiment has: the built-in ones, then its own in the order of the definition.
    pub fn metrics(&self) -> impl Iterator<Item = Metric> {
        Metric::BUILT_IN.into_iter().chain(self.metric.iter().map(OwnMetric::metric))
    }

    /// The metrics that its chapter speaks of: time, and those of its figures, findings, values and advice; some of them twice.
    pub fn told_metrics(&self) -> impl Iterator<Item = Metric> {
        let compared = self.finding.iter().map(|finding| &finding.of).chain(self.value.iter().map(|value| &value.of));
        let advice = self
            .advice
            .iter()
            .flat_map(Advice::each)
            .flat_map(|advice| advice.require.iter().map(|require| require.metric).chain([advice.gain]));
        std::iter::once(Metric::Time)
            .chain(self.chart.iter().flat_map(Chart::metrics))
            .chain(compared.map(|contrast| contrast.metric))
            .chain(advice)
    }

    /// The columns that its series draw, by table: of two figures of one table those of both.
    #[must_use]
    pub fn drawn_tables(&self) -> BTreeMap<String, Vec<String>> {
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for chart in &self.chart {
            let Some(name) = &chart.table else { continue };
            let columns = tables.entry(name.clone()).or_default();
            for label in chart.x_column.iter().chain(&chart.y_columns) {
                if !columns.contains(label) {
                    columns.push(label.clone());
                }
            }
        }
        tables
    }

    /// Takes over metrics of another version of the definition: new ones, and those that mean the same under another label.
    pub fn adopt_metrics(&mut self, other: &Self) {
        let same = |a: &OwnMetric, b: &OwnMetric| (a.source(), a.unit, a.better) == (b.source(), b.unit, b.better);
        for metric in &other.metric {
            match self.metric.iter_mut().find(|old| old.id == metric.id) {
                Some(old) if same(old, metric) => *old = metric.clone(),
                Some(_) => {}
                None => self.metric.push(metric.clone()),
            }
        }
        // Every id was there before, so none can be missing now.
        let _ = self.resolve_metrics();
    }

    /// Puts its own metrics in the place of their ids, everywhere.
    fn resolve_metrics(&mut self) -> Result<(), String> {
        let own = &self.metric;
        let resolve = |place: String, metric: &mut Metric| {
            metric.resolve(own).map_err(|why| format!("{place} names the metric {why}"))
        };
        for finding in &mut self.finding {
            resolve(format!("finding {:?}", finding.name), &mut finding.of.metric)?;
        }
        for value in &mut self.value {
            resolve(format!("value {:?}", value.name), &mut value.of.metric)?;
        }
        for chart in &mut self.chart {
            let place = format!("chart {:?}", chart.id);
            let named = chart.metric.iter_mut().chain(&mut chart.x_metric).chain(&mut chart.parts);
            named.into_iter().try_for_each(|metric| resolve(place.clone(), metric))?;
        }
        let mut next = self.advice.as_mut();
        while let Some(advice) = next {
            resolve("[advice]".to_owned(), &mut advice.gain)?;
            for require in &mut advice.require {
                resolve("[[advice.require]]".to_owned(), &mut require.metric)?;
            }
            next = advice.instead.as_deref_mut();
        }
        Ok(())
    }

    /// The variant with this id.
    #[must_use]
    pub fn variant(&self, id: &str) -> Option<&Variant> {
        self.variant.iter().find(|variant| variant.id == id)
    }

    /// The axis with this name.
    #[must_use]
    pub fn axis(&self, name: &str) -> Option<&Axis> {
        self.axis.iter().find(|axis| axis.name == name)
    }

    /// Label of a value on an axis, or the id itself.
    #[must_use]
    pub fn value_label<'a>(&'a self, axis: &str, id: &'a str) -> &'a str {
        self.axis(axis)
            .and_then(|axis| axis.values.iter().find(|value| value.id == id))
            .map_or(id, |value| value.label.as_str())
    }

    /// Puts names of columns into the labels of variants and of the axes' values: `{purpose}` becomes what `column` says, or
    /// the purpose itself if it says nothing.
    pub fn fill_labels(&mut self, column: impl Fn(&str) -> Option<String>) {
        let values = self.axis.iter_mut().flat_map(|axis| &mut axis.values).map(|value| &mut value.label);
        for label in values.chain(self.variant.iter_mut().map(|variant| &mut variant.label)) {
            *label = filled(label, &column);
        }
    }

    /// Every point, in the order of the axes; a point has no value on an axis that does not apply there.
    #[must_use]
    pub fn points(&self) -> Vec<Point> {
        let mut points = vec![Point::new()];
        for axis in &self.axis {
            let longer = |point: Point| -> Vec<Point> {
                if axis.applies(&point) {
                    axis.values.iter().map(|value| point.clone().with(&axis.name, &value.id)).collect()
                } else {
                    vec![point]
                }
            };
            points = points.into_iter().flat_map(longer).collect();
        }
        points
    }

    /// The numbers of a point's values, by axis, where they have one.
    #[must_use]
    pub fn numbers(&self, point: &Point) -> BTreeMap<String, f64> {
        let number = |axis: &Axis| axis.values.iter().find(|value| point.get(&axis.name) == Some(&value.id))?.number;
        self.axis.iter().filter_map(|axis| Some((axis.name.clone(), number(axis)?))).collect()
    }

    /// Why a combination makes no sense, if it does not.
    #[must_use]
    pub fn exception(&self, variant: &str, point: &Point) -> Option<&str> {
        self.except
            .iter()
            .find(|e| (e.variants.is_empty() || e.variants.iter().any(|v| v == variant)) && point.matches(&e.point))
            .map(|e| e.reason.as_str())
    }
}

impl Serialize for Definition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Definition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut definition = Self::deserialize(deserializer)?;
        definition.resolve_metrics().map_err(serde::de::Error::custom)?;
        Ok(definition)
    }
}

/// A label with every `{purpose}` replaced; other braces stay.
fn filled(label: &str, column: impl Fn(&str) -> Option<String>) -> String {
    let mut parts = label.split('{');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}') {
            Some((purpose, rest)) => {
                text.push_str(&column(purpose).unwrap_or_else(|| purpose.to_owned()));
                text.push_str(rest);
            }
            None => {
                text.push('{');
                text.push_str(part);
            }
        }
    }
    text
}
