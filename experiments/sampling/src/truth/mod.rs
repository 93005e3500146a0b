//! The whole table as a sample is judged by it: a small code for each value of the judged columns, made once per run.
//!
//! A column of numbers becomes ranks: code 0 is missing, the others are up to 65,000 steps of equal share (or one for each
//! different value, if there are fewer). A category becomes a code for each value. That is all that distances between
//! distributions need, two bytes a value, and it holds none of the reader's values.

mod code;

use std::path::Path;

use anyhow::Context;
use measure::scratch;
use polars::prelude::*;
use results::Dataset;
use serde::{Deserialize, Serialize};

use crate::partition::Partitions;

/// What is known of the table beside its codes. Holds values of the reader's data: it never leaves the scratch folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Known {
    /// Rows.
    pub(crate) rows: usize,
    /// Names and types of all columns, as Polars names them: what other engines need to read text.
    pub(crate) types: Vec<(String, String)>,
    /// The judged columns.
    pub(crate) columns: Vec<Judged>,
    /// Chosen columns.
    pub(crate) key: Option<String>,
    /// The category by which strata are taken and means are compared.
    pub(crate) group: Option<String>,
    /// The label.
    pub(crate) label: Option<String>,
    /// The number that means are taken of, with its mean over the table and its mean magnitude.
    pub(crate) measure: Option<Measure>,
    /// The partitions.
    pub(crate) partitions: Option<Partitions>,
    /// The planted fault: the column with the rare category, and the share of the table's rows that have it.
    pub(crate) fault: Option<(String, f64)>,
}

/// A judged column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Judged {
    /// Its name.
    pub(crate) name: String,
    /// Whether its codes are ranks of numbers, or else categories.
    pub(crate) is_number: bool,
    /// How many codes it has.
    pub(crate) codes: usize,
}

/// The number that means are taken of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measure {
    /// The column.
    pub(crate) name: String,
    /// Its mean over all rows that have it.
    pub(crate) mean: f64,
    /// The mean of its magnitudes: what an error of the mean is a share of. Above 0.
    pub(crate) scale: f64,
}

/// The table, coded.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    /// What is known beside the codes.
    pub(crate) known: Known,
    frame: DataFrame,
    /// For each judged column and code: the share of the rows with this code or one below, and a number for the code.
    pub(crate) levels: Vec<Levels>,
}

/// The codes of a judged column over the whole table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Levels {
    /// Share of the rows with this code or one below.
    pub(crate) below: Vec<f64>,
    /// The standardised mean of the numbers with this code; 0 for missing. For categories nothing.
    pub(crate) values: Vec<f32>,
}

pub(super) const KEY: &str = "key";
pub(super) const PART: &str = "part";
pub(super) const STRATUM: &str = "stratum";
pub(super) const MEASURE: &str = "measure";
pub(super) const FAULT: &str = "fault";

impl Truth {
    /// Reads what an earlier launch found out, or finds it out.
    ///
    /// # Errors
    /// If the table cannot be read or the files not be written.
    pub(crate) fn open(
        folder: &Path,
        table: &LazyFrame,
        columns: &std::collections::BTreeMap<String, String>,
        dataset: &Dataset,
    ) -> anyhow::Result<Self> {
        let path = folder.join("truth");
        scratch::once(&path, |beside| {
            std::fs::create_dir_all(beside)?;
            code::find(beside, table, columns, dataset)
        })?;
        let known = std::fs::read(path.join("known.json")).context("the truth of the table is gone")?;
        let known: Known = serde_json::from_slice(&known).context("the truth of the table is damaged")?;
        let frame = read(&path.join("codes.arrow"))?;
        let levels = read(&path.join("levels.arrow"))?;
        let mut at = 0;
        let levels = known
            .columns
            .iter()
            .map(|judged| {
                let part = levels.slice(at as i64, judged.codes);
                at += judged.codes;
                Ok(Levels {
                    below: part.column("below")?.f64()?.into_no_null_iter().collect(),
                    values: part.column("value")?.f32()?.into_no_null_iter().collect(),
                })
            })
            .collect::<PolarsResult<Vec<_>>>()?;
        Ok(Self { known, frame, levels })
    }

    /// The codes of a judged column.
    pub(crate) fn codes(&self, number: usize) -> anyhow::Result<&[u16]> {
        self.small(&number.to_string())
    }

    /// The number of a judged column.
    pub(crate) fn judged(&self, name: &str) -> Option<usize> {
        self.known.columns.iter().position(|judged| judged.name == name)
    }

    /// The hash of each row's key, if there is a key.
    pub(crate) fn keys(&self) -> anyhow::Result<Option<&[u64]>> {
        let Ok(column) = self.frame.column(KEY) else { return Ok(None) };
        Ok(Some(column.u64()?.cont_slice()?))
    }

    /// The partition of each row, if there are partitions.
    pub(crate) fn parts(&self) -> anyhow::Result<Option<&[u16]>> {
        if self.frame.column(PART).is_ok() { self.small(PART).map(Some) } else { Ok(None) }
    }

    /// The stratum of each row, if there are strata.
    pub(crate) fn strata(&self) -> anyhow::Result<Option<&[u16]>> {
        if self.frame.column(STRATUM).is_ok() { self.small(STRATUM).map(Some) } else { Ok(None) }
    }

    /// The measure of each row, NaN where it is missing.
    pub(crate) fn measure(&self) -> anyhow::Result<Option<&[f64]>> {
        let Ok(column) = self.frame.column(MEASURE) else { return Ok(None) };
        Ok(Some(column.f64()?.cont_slice()?))
    }

    /// For each row 1 if the fault was planted in it.
    pub(crate) fn fault(&self) -> anyhow::Result<Option<&[u16]>> {
        if self.frame.column(FAULT).is_ok() { self.small(FAULT).map(Some) } else { Ok(None) }
    }

    fn small(&self, name: &str) -> anyhow::Result<&[u16]> {
        Ok(self.frame.column(name)?.u16()?.cont_slice()?)
    }
}

fn read(path: &Path) -> anyhow::Result<DataFrame> {
    if !path.exists() {
        return Ok(DataFrame::empty()); // nothing was written
    }
    // Mapped into memory: what all launches read is there once.
    let mut frame = dataset::format::read_table(path)?.collect()?;
    frame.rechunk_mut();
    Ok(frame)
}
