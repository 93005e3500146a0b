//! The whole table under a scheme: its memory, its size as Parquet, and the time to load it from there.

use std::path::{Path, PathBuf};

use anyhow::Context;
use measure::scratch;
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::*;
use results::{Answer, Cell, RecordedTable, Unit};

use crate::plan::{ColumnPlan, Disguise, Plan, Small, Width, unit};
use crate::scheme::Scheme;

/// Most bytes of the part of a table that is written and loaded, in its widest types.
const MOST_BYTES: u64 = 192 << 20;

/// Rows of a row group.
const ROW_GROUP: usize = 122_880;

/// Most rows of the advice that is shown with a recommendation.
const MOST_ADVICE: usize = 24;

/// The first rows of a table as Parquet under a scheme.
pub(crate) struct Stored {
    path: PathBuf,
    /// Rows in the file.
    pub(crate) rows: u64,
}

impl Stored {
    /// Writes the file if it is not there yet.
    ///
    /// # Errors
    /// If the table cannot be read or the file not be written.
    pub(crate) fn make(folder: &Path, table: &Path, plan: &Plan, scheme: Scheme, id: &str) -> anyhow::Result<Self> {
        let per_row = (plan.bytes(Scheme::Wide) / plan.rows.max(1)).max(1);
        let rows = plan.rows.min(MOST_BYTES / per_row).max(1);
        let path = folder.join(format!("table.{id}.parquet"));
        scratch::once(&path, |beside| write(convert(table, plan, scheme, rows)?, beside))?;
        Ok(Self { path, rows })
    }

    /// Bytes of the file.
    ///
    /// # Errors
    /// If it is not there.
    pub(crate) fn bytes(&self) -> anyhow::Result<u64> {
        Ok(std::fs::metadata(&self.path)?.len())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Loads every column.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(crate) fn load(&self) -> anyhow::Result<Answer> {
        let options = ScanArgsParquet { glob: false, ..Default::default() };
        let frame = LazyFrame::scan_parquet(PlRefPath::try_from_path(&self.path)?, options)?.collect()?;
        let missing: usize = frame.columns().iter().map(Column::null_count).sum();
        let share = missing as f64 / (frame.height() * frame.width()).max(1) as f64;
        Ok(Answer { rows: frame.height() as u64, values: vec![frame.width() as f64, share], digest: None })
    }
}

/// The first `rows` of a table under a scheme. Columns are converted one by one, so that one at a time is there twice.
fn convert(table: &Path, plan: &Plan, scheme: Scheme, rows: u64) -> anyhow::Result<DataFrame> {
    let rows = u32::try_from(rows)?;
    let mut columns = Vec::with_capacity(plan.columns.len());
    for column in &plan.columns {
        let name = PlSmallStr::from(column.name.as_str());
        let part = dataset::format::read_table(table)?.select([Expr::Column(name.clone())]).limit(rows).collect()?;
        let converted = scheme.convert(part.column(&name)?.as_materialized_series(), column)?;
        columns.push(converted.into_column());
    }
    Ok(DataFrame::new_infer_height(columns)?)
}

fn write(mut frame: DataFrame, path: &Path) -> anyhow::Result<()> {
    let mut file = std::fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let options = ParquetWriteOptions {
        compression: ParquetCompression::Zstd(Some(ZstdLevel::try_new(3)?)),
        row_group_size: Some(ROW_GROUP),
        ..Default::default()
    };
    dataset::columnar::write_parquet(&mut frame, &options, &mut file)?;
    Ok(())
}

/// Every column with its types and bytes, the largest saving first.
pub(crate) fn columns(plan: &Plan) -> RecordedTable {
    let heads = [
        ("Column", Unit::Number),
        ("Stored as", Unit::Number),
        ("Smallest that loses nothing", Unit::Number),
        ("Before", Unit::Bytes),
        ("After", Unit::Bytes),
        ("Saved", Unit::Share),
        ("What else", Unit::Number),
    ];
    let row = |column: &ColumnPlan| {
        let (before, after) = (column.bytes(Scheme::AsIs) as f64, column.bytes(Scheme::Lossless) as f64);
        vec![
            Cell::Column(column.name.clone()),
            Cell::Text(column.from.clone()),
            Cell::Text(column.to.name(&column.from)),
            Cell::Number(before),
            Cell::Number(after),
            Cell::Number(if before > 0.0 { 1.0 - after / before } else { 0.0 }),
            Cell::Text(remark(column)),
        ]
    };
    let rows = by_saving(plan, Scheme::Lossless).into_iter().map(row).collect();
    RecordedTable::new(&heads, rows)
}

/// The columns that change under a scheme, with the code that changes them.
pub(crate) fn advice(plan: &Plan, scheme: Scheme) -> RecordedTable {
    let heads =
        [("Column", Unit::Number), ("From", Unit::Number), ("To, in Polars", Unit::Number), ("Saves", Unit::Bytes)];
    let changes = |column: &&ColumnPlan| column.bytes(scheme) < column.bytes(Scheme::AsIs);
    let changed: Vec<&ColumnPlan> = by_saving(plan, scheme).into_iter().filter(changes).collect();
    let row = |column: &&ColumnPlan| {
        let single = scheme == Scheme::Single && column.rounds;
        vec![
            Cell::Column(column.name.clone()),
            Cell::Text(column.from.clone()),
            Cell::Text(if single { "pl.Float32 (rounds)".to_owned() } else { cast(column.to) }),
            Cell::Number((column.bytes(Scheme::AsIs) - column.bytes(scheme)) as f64),
        ]
    };
    let rows = changed.iter().take(MOST_ADVICE).map(row).collect();
    RecordedTable { more: changed.len().saturating_sub(MOST_ADVICE) as u64, ..RecordedTable::new(&heads, rows) }
}

fn by_saving(plan: &Plan, scheme: Scheme) -> Vec<&ColumnPlan> {
    let mut columns: Vec<&ColumnPlan> = plan.columns.iter().collect();
    columns.sort_by_key(|column| column.bytes(scheme).cast_signed() - column.bytes(Scheme::AsIs).cast_signed());
    columns
}

/// A type as Polars' Python writes it.
fn cast(to: Small) -> String {
    match to {
        Small::Same => "as it is".to_owned(),
        Small::Int(width) => format!("pl.{}", width.name()),
        Small::Scaled(places, width) => format!("pl.{}, in {}", width.name(), unit(places)),
        Small::Boolean => "pl.Boolean".to_owned(),
        Small::Float32 => "pl.Float32 (exact)".to_owned(),
        Small::Date => "pl.Date".to_owned(),
        Small::Enum(_) => "pl.Enum of its values".to_owned(),
    }
}

/// What a reader may consider beside the lossless type.
fn remark(column: &ColumnPlan) -> String {
    match (column.disguise, column.to) {
        (Some(Disguise::Decimals(places)), _) => format!("whole {} in disguise: exact in SQL's DECIMAL", unit(places)),
        (_, Small::Scaled(places, _)) => {
            format!("whole {} in disguise: divided by {} they are the same floats", unit(places), 10_u32.pow(places))
        }
        (Some(Disguise::Hexadecimal), _) => "hexadecimal numbers in disguise: UInt64 would lose nothing".to_owned(),
        (_, Small::Same) if column.rounds => "Float32 halves it and rounds".to_owned(),
        (_, Small::Enum(_)) => "new values need a new Enum, or a Categorical".to_owned(),
        (_, Small::Int(_)) if column.from == "String" => "numbers kept as texts".to_owned(),
        (_, Small::Int(Width::I32 | Width::U32)) => "cast to Int64 before adding up".to_owned(),
        _ => String::new(),
    }
}
