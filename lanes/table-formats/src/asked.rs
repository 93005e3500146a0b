//! What is asked, as the other layouts of the run wrote it down: `queries.json` beside them.

use std::collections::BTreeMap;
use std::path::Path;

use measure::Refusal;
use serde::Deserialize;

/// The queries that read rows, by id and by name, in the order of the chapter's tables.
pub(crate) const READING: [(&str, &str); 7] = [
    ("day", "one day"),
    ("month", "one month"),
    ("range", "three days across a month's end"),
    ("cluster", "a filter on the clustered column"),
    ("category", "one category"),
    ("other", "a filter on neither"),
    ("all", "all rows"),
];

/// What all queries of a run refer to.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Queries {
    /// What is added up.
    pub(crate) measure: Measure,
    /// The chosen columns by purpose, `measure` aside.
    pub(crate) columns: BTreeMap<String, String>,
    /// Different days of the time column, if there is one.
    pub(crate) days: Option<u64>,
    filters: BTreeMap<String, Result<Filter, String>>,
}

/// The column that is added up.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Measure {
    /// The column.
    pub(crate) column: String,
    /// Whether it is a number; of other columns the values are counted.
    pub(crate) number: bool,
    /// What sums are divided by, so that no sum of the reader's shows.
    pub(crate) total: f64,
}

/// A range of a column, both ends included, as the column's physical values.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Filter {
    /// The column.
    pub(crate) column: String,
    /// What its physical values are: `number`, `text`, `bool`, `date`, `ms`, `us` or `ns`.
    pub(crate) kind: String,
    /// The lower end.
    pub(crate) low: Value,
    /// The upper end.
    pub(crate) high: Value,
}

/// A physical value.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Value {
    /// Yes or no.
    Bool(bool),
    /// Integers, days and instants that fit.
    Int(i64),
    /// Integers beyond.
    UInt(u64),
    /// Floats.
    Float(f64),
    /// Texts.
    Text(String),
}

impl Queries {
    /// Reads the queries of a run from the folder of its layouts.
    ///
    /// # Errors
    /// A skip if no variant of Benchbook's own was there before; a failure if the file is damaged.
    pub(crate) fn load(folder: &Path) -> Result<Self, Refusal> {
        read(&folder.join("queries.json"))
    }

    /// The filter of a query; none for those that want all rows.
    ///
    /// # Errors
    /// Why this table cannot be asked, as a sentence.
    pub(crate) fn filter(&self, query: &str) -> Result<Option<&Filter>, String> {
        match (query, self.filters.get(query)) {
            ("all" | "list", _) => Ok(None),
            (_, Some(Ok(filter))) => Ok(Some(filter)),
            (_, Some(Err(why))) => Err(why.clone()),
            (_, None) => Err("this query was not prepared".to_owned()),
        }
    }

    /// Every column that a query or a layout names, those that files are ruled out by first.
    pub(crate) fn named(&self) -> Vec<&str> {
        let purposes = ["time", "cluster", "category"].iter().filter_map(|purpose| self.columns.get(*purpose));
        let mut named: Vec<&str> = Vec::new();
        for column in purposes.chain(self.columns.values()).chain([&self.measure.column]) {
            if !named.contains(&column.as_str()) {
                named.push(column);
            }
        }
        named
    }
}

/// Reads a description that a variant of Benchbook's own left in the scratch folder.
///
/// # Errors
/// A skip if it is not there; a failure if it is damaged.
pub(crate) fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Refusal> {
    let text = std::fs::read_to_string(path).map_err(|_| {
        Refusal::Skip(
            "the rows of this run were not laid out, since no variant of Benchbook's own ran before".to_owned(),
        )
    })?;
    let damaged = |e| Refusal::Fail(anyhow::anyhow!("{} is damaged: {e}", path.display()));
    serde_json::from_str(&text).map_err(damaged)
}
