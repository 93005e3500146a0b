//! Batches of rows: every format brings the same ones.

use polars::prelude::*;
use testing::Table;

use crate::{DEFINITION, answer, at, prepare};

/// More rows than a batch, with nulls, texts that need quoting, and a last batch that is not full.
fn table(rows: usize) -> Table {
    let numbers: Vec<Option<f64>> = (0..rows).map(|row| (row % 11 != 3).then_some(row as f64 * 0.37 - 5.0)).collect();
    let frame = df!(
        "id" => (0..rows as i64).collect::<Vec<_>>(),
        "text" => (0..rows).map(|row| format!("a \"{row}\",\n b")).collect::<Vec<_>>(),
        "value" => numbers,
        "flag" => (0..rows).map(|row| row % 3 == 0).collect::<Vec<_>>(),
    );
    Table::new(frame.unwrap(), &[], &[])
}

#[test]
fn formats_bring_the_same_rows() {
    let table = table(40_000);
    let mut expected = None;
    for variant in ["default", "rows-parquet", "rows-arrow", "rows-csv"] {
        let task = table.task("loader", DEFINITION.variant(variant).unwrap(), at(&[("work", "table")]));
        for launch in 0..2 {
            let mut case = prepare(&task).unwrap();
            let answer = answer(&mut case);
            assert_eq!(answer.rows, 40_000);
            let expected = expected.get_or_insert_with(|| answer.clone());
            assert_eq!(answer.disagreement(expected, 1e-9), None, "{variant}, launch {launch}");
        }
    }
}

#[test]
fn rows_that_are_read_together_are_a_row_group() {
    let table = table(40_000);
    let task = table.task("loader", DEFINITION.variant("rows-parquet").unwrap(), at(&[("work", "table")]));
    prepare(&task).unwrap();
    let file = std::fs::File::open(task.scratch.join("loader/table.parquet")).unwrap();
    let metadata = ParquetReader::new(file).get_metadata().unwrap().clone();
    let groups: Vec<usize> = metadata.row_groups.iter().map(|group| group.num_rows()).collect();
    assert_eq!(groups, [16_384, 16_384, 7_232]);
}

#[test]
fn the_answer_is_that_of_the_table() {
    let table = table(20_000);
    let task = table.task("loader", DEFINITION.variant("default").unwrap(), at(&[("work", "table")]));
    let found = answer(&mut prepare(&task).unwrap());
    // Two batches, of 16,384 rows and the rest: the sum of their means, each moved by 4.
    let columns = task.dataset.as_ref().unwrap().columns.iter().filter(|column| column.is_number()).count();
    let of = |rows: std::ops::Range<usize>| {
        let value = |row: usize| if row % 11 == 3 { 0.0 } else { f64::from((row as f64 * 0.37 - 5.0) as f32) };
        let flag = |row: usize| if columns == 3 { f64::from(u8::from(row.is_multiple_of(3))) } else { 0.0 };
        let count = rows.len();
        rows.map(|row| row as f64 + value(row) + flag(row)).sum::<f64>() / (count * columns) as f64 + 4.0
    };
    let expected = of(0..16_384) + of(16_384..20_000);
    assert!((found.values[0] / expected - 1.0).abs() < 1e-6, "{} and {expected}", found.values[0]);
}

#[test]
fn a_table_without_numbers_is_a_skip() {
    let table = Table::new(df!("text" => ["a", "b"]).unwrap(), &[], &[]);
    let task = table.task("loader", DEFINITION.variant("default").unwrap(), at(&[("work", "table")]));
    assert!(prepare(&task).map(|_| ()).unwrap_err().contains("no column of numbers"));
}
