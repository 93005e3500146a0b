//! `experiment.toml`: the definition of an experiment.

use std::collections::BTreeMap;

use results::{BudgetName, Point};
use serde::{Deserialize, Serialize};

use crate::{Error, Metric};

/// The definition of an experiment. See CONTRIBUTING.md for a walk through every key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// Name of the finding that answers the question.
    pub headline: String,
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

fn one() -> f64 {
    1.0
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
}

/// An axis: something that varies beside the variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// Name in points: `workload`, `cache`, `size`.
    pub name: String,
    /// Name for people.
    pub label: String,
    /// Unit of `number`s: `B` for bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The values in order.
    pub values: Vec<AxisValue>,
}

/// A value of an axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AxisValue {
    /// Id in points.
    pub id: String,
    /// Name for people.
    pub label: String,
    /// Position on a numeric axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<f64>,
}

/// A variant: one way to do the work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Id in cases.
    pub id: String,
    /// Name for people, short: it labels charts.
    pub label: String,
    /// Program that runs it: `rust` (this binary) or `python`.
    #[serde(default = "rust")]
    pub lane: String,
    /// Lanes (see `results::Lane`) that must be there: `numpy`, `duckdb`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// For `lane = "python"`: the script in the experiment's folder that speaks the worker protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// Relative tolerance of this variant's answers, where it is lower precision by design.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
    /// Threads that it uses: a number, or `all` (the default: as many as there are cores).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<u32>,
    /// Parameters for its code and its snippets: codec, level, row-group rows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

fn rust() -> String {
    "rust".to_owned()
}

/// A combination that makes no sense.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Except {
    /// Variants that it concerns; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
    /// Points that it concerns: every axis named must match.
    #[serde(default)]
    pub point: Point,
    /// Why, as a sentence; it stands on the page.
    pub reason: String,
}

/// What a budget measures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Rows of the default table, and the most rows of a user's table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Variants; all if empty. Those left out become skipped rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
    /// Values per axis; an axis that is not named keeps all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub axes: BTreeMap<String, Vec<String>>,
    /// Points beside that grid: every axis named must match.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Point>,
}

impl Preset {
    /// Whether the budget measures at this point. An axis that the point does not name does not exclude it.
    #[must_use]
    pub fn measures(&self, point: &Point) -> bool {
        let chosen = |(axis, values): (&String, &Vec<String>)| {
            point.get(axis).is_none_or(|value| values.iter().any(|chosen| chosen == value))
        };
        self.axes.iter().all(chosen) || self.also.iter().any(|beside| point.matches(beside))
    }
}

/// A comparison: one variant at one point against another variant or point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contrast {
    /// The variant.
    pub variant: String,
    /// Where.
    #[serde(default)]
    pub point: Point,
    /// The variant to compare with; the baseline by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    /// Axes on which the other side differs from `point`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against_point: Option<Point>,
    /// What is compared.
    #[serde(default = "time")]
    pub metric: Metric,
}

fn time() -> Metric {
    Metric::Time
}

/// A finding with a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedFinding {
    /// Name for `verdict` blocks in the chapter.
    pub name: String,
    /// What is compared.
    pub of: Contrast,
}

/// A number with a name: the median of a metric, or a factor of improvement if `against` is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FigureValue {
    /// Name in the chapter: `{{ name }}`.
    pub name: String,
    /// `level` for the variant's own figure, `factor` for the improvement over `against`.
    pub kind: ValueKind,
    /// What is read off.
    pub of: Contrast,
}

/// How a value is read off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueKind {
    /// The variant's own figure.
    Level,
    /// How many times better than the other side.
    Factor,
}

/// A chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// Id for the chapter's `chart` blocks and for `benchbook reproduce <slug>/<id>`.
    pub id: String,
    /// Kind.
    pub kind: ChartKind,
    /// Title: what is seen, with unit.
    pub title: String,
    /// Metric on the value axis.
    pub metric: Metric,
    /// For scatter: the metric on the horizontal axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_metric: Option<Metric>,
    /// For lines: the numeric axis along the bottom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// Points that it shows: every axis named must match.
    #[serde(default)]
    pub point: Point,
    /// Axis whose values become panels on the same scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panels: Option<String>,
    /// Variants that it shows; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
    /// Logarithmic value axis.
    #[serde(default)]
    pub log: bool,
    /// Draw the cache sizes as edges on the horizontal axis.
    #[serde(default)]
    pub cache_edges: bool,
    /// Id of the machine's ceiling to draw (`memory-read`, `memory-copy`), if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<String>,
}

/// Kind of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChartKind {
    /// Horizontal bars per variant, ordered by value, with intervals.
    Bars,
    /// A line per variant over a numeric axis, with intervals.
    Lines,
    /// A point per variant on two metrics.
    Scatter,
    /// A dot per variant and panel with the speedup over the baseline.
    Speedups,
}

/// How the chapter turns into advice: the variant with the least weighted cost per day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// What to do, with `{variant}` where the variant's label goes.
    pub action: String,
    /// Variants that can be advised.
    pub variants: Vec<String>,
    /// What the user has now: a variant, or by the format of the user's files.
    pub current: String,
    /// Variant per format of the user's files: `csv` → `csv`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub current_by_format: BTreeMap<String, String>,
    /// What is done how often.
    pub workload: Vec<AdviceWorkload>,
    /// When not to, as a sentence.
    pub unless: String,
}

/// Something that a team does several times a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdviceWorkload {
    /// Key in the reader's `[frequencies]`.
    pub id: String,
    /// Name for people.
    pub label: String,
    /// Where it was measured.
    pub point: Point,
    /// Times a day unless the reader says otherwise.
    pub per_day: f64,
}

impl Definition {
    /// Reads an `experiment.toml`.
    ///
    /// # Errors
    /// If it is malformed, has an unknown key, or refers to something that is not there.
    pub fn parse(slug: &str, text: &str) -> Result<Self, Error> {
        let definition: Self = toml::from_str(text).map_err(|e| Error::Toml {
            slug: slug.to_owned(),
            file: "experiment.toml".to_owned(),
            why: e.to_string(),
        })?;
        definition.check().map_err(|why| Error::Dangling { slug: slug.to_owned(), why })?;
        Ok(definition)
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

    /// Why a combination makes no sense, if it does not.
    #[must_use]
    pub fn exception(&self, variant: &str, point: &Point) -> Option<&str> {
        self.except
            .iter()
            .find(|e| (e.variants.is_empty() || e.variants.iter().any(|v| v == variant)) && point.matches(&e.point))
            .map(|e| e.reason.as_str())
    }

    fn check(&self) -> Result<(), String> {
        unique("variant", self.variant.iter().map(|v| v.id.as_str()))?;
        unique("axis", self.axis.iter().map(|a| a.name.as_str()))?;
        unique("chart", self.chart.iter().map(|c| c.id.as_str()))?;
        unique("finding", self.finding.iter().map(|f| f.name.as_str()))?;
        unique("value", self.value.iter().map(|v| v.name.as_str()))?;
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
        for finding in &self.finding {
            self.known_contrast(&format!("finding {:?}", finding.name), &finding.of)?;
        }
        for value in &self.value {
            self.known_contrast(&format!("value {:?}", value.name), &value.of)?;
        }
        for chart in &self.chart {
            let place = format!("chart {:?}", chart.id);
            self.known_point(&place, &chart.point)?;
            chart.variants.iter().try_for_each(|v| self.known_variant(&place, v))?;
            for axis in chart.x.iter().chain(&chart.panels) {
                self.axis(axis).ok_or_else(|| format!("{place} names the axis {axis:?}, and there is no such axis"))?;
            }
        }
        if let Some(advice) = &self.advice {
            advice.variants.iter().try_for_each(|v| self.known_variant("[advice]", v))?;
            self.known_variant("[advice]", &advice.current)?;
            advice.current_by_format.values().try_for_each(|v| self.known_variant("[advice]", v))?;
            advice.workload.iter().try_for_each(|w| self.known_point(&format!("workload {:?}", w.id), &w.point))?;
        }
        Ok(())
    }

    fn known_contrast(&self, place: &str, contrast: &Contrast) -> Result<(), String> {
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

fn unique<'a>(what: &str, ids: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = std::collections::BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(format!("the {what} {id:?} stands twice"));
        }
    }
    Ok(())
}
