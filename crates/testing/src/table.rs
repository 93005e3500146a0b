//! A table in a scratch folder, as an experiment finds it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use catalog::Variant;
use measure::{Experiment, Task};
use polars::prelude::*;
use results::{ColumnRole, Dataset, Point, Sortedness};
use tempfile::TempDir;

/// The table, its profile, and the columns that were chosen.
pub struct Table {
    /// Where derived files go; it is removed with the table.
    pub scratch: TempDir,
    /// The working table.
    pub path: PathBuf,
    /// Its profile.
    pub dataset: Dataset,
    /// The chosen columns by purpose.
    pub columns: BTreeMap<String, String>,
}

impl Table {
    /// Writes a frame; `roles` are those that a profile would find, `sorted` the columns in whose order the rows lie.
    ///
    /// # Panics
    /// If it cannot be written.
    #[must_use]
    pub fn new(mut frame: DataFrame, roles: &[(&str, ColumnRole)], sorted: &[&str]) -> Self {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let path = scratch.path().join("working.arrow");
        let file = std::fs::File::create(&path).expect("a file in it");
        IpcWriter::new(file).finish(&mut frame).expect("a table that IPC can hold");
        let profile = |column: &Column| {
            let roles: Vec<_> = roles.iter().filter(|(name, _)| name == column.name()).map(|(_, role)| *role).collect();
            // Of nested values nothing is counted.
            let distinct = column.as_materialized_series().drop_nulls().n_unique().ok();
            results::Column {
                nulls: Some(column.null_count() as u64),
                distinct: distinct.map(|distinct| distinct as u64),
                sorted: Some(match sorted.contains(&column.name().as_str()) {
                    true => Sortedness::Ascending,
                    false => Sortedness::Unsorted,
                }),
                ..crate::column(column.name(), dataset::term(column.dtype()), 0, &roles)
            }
        };
        let dataset = crate::dataset(frame.height() as u64, frame.columns().iter().map(profile).collect());
        Self { scratch, path, dataset, columns: BTreeMap::new() }
    }

    /// Opens files as a run would.
    ///
    /// # Panics
    /// If they cannot be read.
    #[must_use]
    pub fn open(paths: &[&Path], rows: u64) -> Self {
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        let options = dataset::OpenOptions { seed: 1, rows, scratch: scratch.path().to_owned() };
        let spec = dataset::Spec::parse(&paths).expect("paths");
        let opened = dataset::open(&spec, &options).expect("files that can be read");
        Self { scratch, path: opened.table, dataset: opened.dataset, columns: BTreeMap::new() }
    }

    /// Lets an experiment choose its columns.
    ///
    /// # Errors
    /// Why this data cannot serve.
    pub fn chosen_by(mut self, experiment: &dyn Experiment) -> Result<Self, String> {
        let choices = experiment.choose(&self.dataset)?;
        self.columns = choices.into_iter().map(|choice| (choice.purpose, choice.column)).collect();
        Ok(self)
    }

    /// The task of a variant at a point on this table.
    #[must_use]
    pub fn task(&self, experiment: &str, variant: &Variant, point: Point) -> Task {
        Task {
            table: Some(self.path.clone()),
            dataset: Some(self.dataset.clone()),
            columns: self.columns.clone(),
            ..crate::task(experiment, variant, point, self.scratch.path())
        }
    }
}
