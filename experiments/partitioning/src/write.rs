//! Writing a layout: files in their folders, each read back and compared with the rows that it was to hold.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use measure::scratch;
use polars::prelude::*;
use polars_core::runtime::RAYON;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::files::folder;
use crate::layout::{Grain, Key, Layout, Part, Plan};
use crate::parquet::{self, Shape};
use crate::pruning::{Asked, Reading};
use crate::queries::Queries;

/// Rows that are read back and compared at once, about.
const CHECKED: usize = 1 << 16;

/// A layout on disk, as its `layout.json` describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Written {
    /// The folder with the files, or the file itself if it is the only one.
    pub(crate) root: PathBuf,
    /// Keys of the folders, from the outside: `day`.
    pub(crate) keys: Vec<String>,
    /// What the keys mean.
    pub(crate) grains: Vec<Grain>,
    /// The files.
    pub(crate) files: Vec<WrittenFile>,
    /// Rows of all files.
    pub(crate) rows: u64,
    /// Bytes of all files.
    pub(crate) bytes: u64,
    /// Ticks of a day of the time column; 1 if there is none.
    pub(crate) per_day: i64,
    /// What each query must read, in the order of [`Query::READING`](crate::queries::Query::READING).
    pub(crate) readings: Vec<Reading>,
}

/// A file of a layout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct WrittenFile {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// Its bytes.
    pub(crate) bytes: u64,
    /// What its folders say.
    pub(crate) keys: Vec<Key>,
}

impl Written {
    /// Reads the layout in `home`, if it is there.
    ///
    /// # Errors
    /// If its description is damaged.
    pub(crate) fn load(home: &Path) -> anyhow::Result<Option<Self>> {
        let path = home.join("layout.json");
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let written = serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))?;
                Ok(Some(written))
            }
            Err(_) => Ok(None),
        }
    }
}

/// Writes a table in a layout as the folder `home`.
///
/// # Errors
/// Outer: if a file cannot be written or does not give back its rows. Inner: why the values of this table cannot be
/// named as folders, as a sentence.
pub(crate) fn write(
    home: &Path,
    layout: &Layout,
    plan: &Plan,
    frame: &DataFrame,
    queries: &Queries,
) -> anyhow::Result<Result<Written, String>> {
    let columns: Vec<String> = frame.get_column_names().iter().map(|name| name.to_string()).collect();
    let keys = layout.keys(queries, &columns);
    let places: Vec<PathBuf> =
        match plan.parts.iter().enumerate().map(|(i, part)| place(i, part, layout, &keys)).collect() {
            Ok(places) => places,
            Err(why) => return Ok(Err(why)),
        };
    // As Hive has it, the category stands in the folder's name and not in the files.
    let stored = match layout.grains.contains(&Grain::Category).then(|| queries.column("category")).flatten() {
        Some(category) => frame.drop(category)?,
        None => frame.clone(),
    };
    let asked = Asked::queries(frame, queries)?;
    let shape = Shape {
        group_rows: plan.group_rows,
        page_bytes: layout.page_bytes,
        parallel: plan.parts.len() < RAYON.current_num_threads(),
    };

    let mut written = None;
    scratch::in_place(home, |beside| {
        let data = beside.join("data");
        let file = |place: &PathBuf, part: &Part| -> anyhow::Result<(u64, Vec<Reading>)> {
            let path = data.join(place);
            std::fs::create_dir_all(path.parent().unwrap_or(&data))?;
            let rows = &plan.order[part.rows.clone()];
            let mut target = BufWriter::new(File::create(&path)?);
            let bytes = parquet::write(&stored, rows, shape, &mut target)?;
            target.flush()?;
            drop(target);
            check(&path, &stored, rows, plan.group_rows)?;
            let map = parquet::map(&mut BufReader::new(File::open(&path)?), &asked.columns())?;
            Ok((bytes, asked.readings(&map, rows, &part.keys, queries)))
        };
        let all: Vec<(u64, Vec<Reading>)> = RAYON.install(|| {
            let jobs = places.par_iter().zip(&plan.parts);
            jobs.map(|(place, part)| file(place, part)).collect::<anyhow::Result<_>>()
        })?;

        let final_data = home.join("data");
        let single = plan.parts.len() == 1 && layout.grains.is_empty();
        let description = Written {
            root: if single { final_data.join(&places[0]) } else { final_data.clone() },
            keys: keys.clone(),
            grains: layout.grains.clone(),
            files: places
                .iter()
                .zip(&plan.parts)
                .zip(&all)
                .map(|((place, part), (bytes, _))| WrittenFile {
                    path: final_data.join(place),
                    bytes: *bytes,
                    keys: part.keys.clone(),
                })
                .collect(),
            rows: frame.height() as u64,
            bytes: all.iter().map(|(bytes, _)| bytes).sum(),
            per_day: asked.per_day(),
            readings: Reading::sum(all.iter().map(|(_, readings)| readings)),
        };
        std::fs::write(beside.join("layout.json"), serde_json::to_vec(&description)?)?;
        written = Some(description);
        Ok(())
    })?;
    Ok(Ok(written.context("the layout was not described")?))
}

/// Where a file of a part lies below the root.
fn place(number: usize, part: &Part, layout: &Layout, keys: &[String]) -> Result<PathBuf, String> {
    if part.keys.is_empty() {
        return Ok(PathBuf::from(format!("part-{number:05}.parquet")));
    }
    let mut path = PathBuf::new();
    for ((key, name), grain) in part.keys.iter().zip(keys).zip(&layout.grains) {
        path.push(folder(name, key.name(*grain).as_deref())?);
    }
    path.push("part-00000.parquet");
    Ok(path)
}

/// Whether a file gives back the rows that were put in, some row groups at a time: each look decodes the whole footer.
fn check(path: &Path, frame: &DataFrame, rows: &[IdxSize], group_rows: usize) -> anyhow::Result<()> {
    let at_once = group_rows * (CHECKED / group_rows).max(1);
    for (i, some) in rows.chunks(at_once).enumerate() {
        let start = i * at_once;
        let back = ParquetReader::new(File::open(path)?).with_slice(Some((start, some.len()))).finish()?;
        let wanted = parquet::take(frame, some)?;
        if !wanted.equals_missing(&back) {
            bail!("rows {start} to {} of {} are not given back as they were", start + some.len(), path.display());
        }
    }
    Ok(())
}
