//! A run's scratch folder as the other layouts leave it, and the program started on it.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use deltalake::arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, Float64Array, LargeStringArray, ListArray, RecordBatch,
    TimestampNanosecondArray, UInt64Array,
};
use deltalake::arrow::datatypes::Int32Type;
use deltalake::parquet::arrow::ArrowWriter;
use measure::Task;
use measure::launch::{Launcher, Processes, Program, Trouble, Worker};
use measure::wire::Ready;
use results::{Answer, Point};
use serde_json::{Value, json};

/// Rows of the table, and its days.
pub(crate) const ROWS: usize = 4000;
pub(crate) const DAYS: i64 = 40;
const DAY_NS: i64 = 86_400_000_000_000;

/// A row of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Instant in nanoseconds; every 97th row has none.
    pub(crate) at: Option<i64>,
    /// Look-up column.
    pub(crate) user: u64,
    /// What is added up.
    pub(crate) price: Option<f64>,
    /// A category.
    pub(crate) country: &'static str,
    /// An unscaled decimal of two digits.
    pub(crate) weight: i128,
}

/// Rows in no order.
pub(crate) fn rows() -> Vec<Row> {
    (0..ROWS as u64)
        .map(|i| {
            let mixed = i.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
            let micros = (mixed % (DAYS as u64 * 86_400_000_000)) as i64;
            Row {
                at: (i % 97 != 0).then_some(19_000 * DAY_NS + micros * 1000),
                user: mixed >> 40,
                price: (i % 11 != 0).then_some((mixed % 1000) as f64 / 8.0),
                country: ["DE", "FR", "a/b", "Côte d'Ivoire"][(mixed >> 9) as usize % 4],
                weight: i128::from(mixed % 10_000) - 5_000,
            }
        })
        .collect()
}

/// A run's scratch folder.
pub(crate) struct Scratch {
    /// The folder.
    pub(crate) folder: tempfile::TempDir,
}

impl Scratch {
    /// As the variant of one file leaves it.
    pub(crate) fn new(rows: &[Row]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let single = folder.path().join("partitioning").join("single");
        std::fs::create_dir_all(&single).unwrap();
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("tags", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(rows.iter().map(|_| Some([Some(1)]))))),
            ("price", Arc::new(rows.iter().map(|row| row.price).collect::<Float64Array>())),
            ("at", Arc::new(rows.iter().map(|row| row.at).collect::<TimestampNanosecondArray>())),
            ("user, id", Arc::new(rows.iter().map(|row| Some(row.user)).collect::<UInt64Array>())),
            ("country", Arc::new(rows.iter().map(|row| Some(row.country)).collect::<LargeStringArray>())),
            (
                "weight",
                Arc::new(
                    Decimal128Array::from_iter_values(rows.iter().map(|row| row.weight))
                        .with_precision_and_scale(9, 2)
                        .unwrap(),
                ),
            ),
            (
                "day",
                Arc::new(rows.iter().map(|row| row.at.map(|at| at.div_euclid(DAY_NS) as i32)).collect::<Date32Array>()),
            ),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true))).unwrap();
        let path = single.join("part-00000.parquet");
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let scratch = Self { folder };
        scratch.describe("single/layout.json", &json!({ "root": path }));
        scratch.describe("queries.json", &queries());
        scratch
    }

    /// Leaves a description.
    pub(crate) fn describe(&self, name: &str, value: &Value) {
        std::fs::write(self.path().join(name), value.to_string()).unwrap();
    }

    /// The folder of the experiment.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("partitioning")
    }

    /// A task for the program.
    pub(crate) fn task(&self, format: &str, order: &str, query: &str) -> Task {
        let params = [("format", format), ("order", order), ("row_group_rows", "50"), ("page_bytes", "98304")];
        Task {
            experiment: "partitioning".to_owned(),
            variant: format!("{format}-{order}"),
            params: params.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
            point: Point::new().with("query", query).with("cache", "warm").with("pieces", "own"),
            numbers: BTreeMap::new(),
            seed: 7,
            launch: 0,
            threads: 2,
            scratch: self.folder.path().to_owned(),
            table: None,
            dataset: None,
            images: None,
            storage: Vec::new(),
            columns: BTreeMap::new(),
        }
    }
}

/// The filters of every query: the fourth day, thirty days, a range of users, a country, a range of weights.
pub(crate) fn queries() -> Value {
    let day = |first: i64, last: i64| json!({ "Ok": { "column": "at", "kind": "ns", "low": first * DAY_NS, "high": (last + 1) * DAY_NS - 1 } });
    json!({
        "rows": ROWS,
        "measure": { "column": "price", "number": true, "total": 1000.0 },
        "columns": { "time": "at", "cluster": "user, id", "category": "country", "other": "weight" },
        "days": DAYS,
        "filters": {
            "day": day(19_003, 19_003),
            "month": day(19_000, 19_029),
            "range": { "Err": "all rows lie within three days" },
            "cluster": { "Ok": { "column": "user, id", "kind": "number", "low": 8_000_000, "high": 8_200_000 } },
            "category": { "Ok": { "column": "country", "kind": "text", "low": "a/b", "high": "a/b" } },
            "other": { "Ok": { "column": "weight", "kind": "number", "low": -120, "high": 30 } },
        },
    })
}

/// Whether a row passes a query.
pub(crate) fn passes(row: &Row, query: &str) -> bool {
    let days = |first: i64, last: i64| row.at.is_some_and(|at| (first..=last).contains(&at.div_euclid(DAY_NS)));
    match query {
        "day" => days(19_003, 19_003),
        "month" => days(19_000, 19_029),
        "cluster" => (8_000_000..=8_200_000).contains(&row.user),
        "category" => row.country == "a/b",
        "other" => (-120..=30).contains(&row.weight),
        _ => true,
    }
}

const LIMIT: Duration = Duration::from_secs(120);

/// Starts the program.
pub(crate) fn start(program: &Path) -> Result<Box<dyn Worker>, Trouble> {
    Processes.launch(&Program::worker(program))
}

/// The program that this test belongs to.
pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_benchbook-table-formats"))
}

/// Prepares a task and makes two calls, the answers of which must be the same.
pub(crate) fn run(task: &Task) -> Result<(Ready, Answer), Trouble> {
    let mut worker = start(program())?;
    let ready = worker.prepare(task, LIMIT)?;
    let answer = worker.run(1, LIMIT)?.ran.answer;
    let again = worker.run(2, LIMIT)?.ran.answer;
    assert_eq!(answer, again);
    Ok((ready, answer))
}
