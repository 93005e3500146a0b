//! A point on the axes of an experiment: which value each axis has.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// One value per axis, by axis name. The text form (`cache=warm,workload=read-all`) is derived, never parsed back.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Point(pub BTreeMap<String, String>);

impl Point {
    /// The point with no axes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same point with `axis` set to `value`.
    #[must_use]
    pub fn with(mut self, axis: &str, value: &str) -> Self {
        self.0.insert(axis.to_owned(), value.to_owned());
        self
    }

    /// The value on `axis`, if the point has that axis.
    #[must_use]
    pub fn get(&self, axis: &str) -> Option<&str> {
        self.0.get(axis).map(String::as_str)
    }

    /// The same point without `axis`.
    #[must_use]
    pub fn without(&self, axis: &str) -> Self {
        let mut axes = self.0.clone();
        axes.remove(axis);
        Self(axes)
    }

    /// Whether every axis named in `pattern` has the pattern's value here.
    #[must_use]
    pub fn matches(&self, pattern: &Self) -> bool {
        pattern.0.iter().all(|(axis, value)| self.get(axis) == Some(value))
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (axis, value)) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            write!(f, "{axis}={value}")?;
        }
        Ok(())
    }
}
