//! Which rows lie in which file: by time, or along a Z-curve through time and a second column.

use std::ops::Range;

use anyhow::bail;
use deltalake::arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, UInt32Array};
use deltalake::arrow::compute::{SortOptions, cast, rank, sort_to_indices, take_record_batch};
use deltalake::arrow::datatypes::DataType;

/// Most files of a layout, and fewest rows of a file on average; the same limits as for the other layouts.
const MOST_FILES: usize = 10_000;
const FEWEST_ROWS: usize = 20;
/// Equal files of a table without days.
const EQUAL_FILES: usize = 32;
/// Nulls come last, as in the other layouts.
const ORDER: SortOptions = SortOptions { descending: false, nulls_first: false };

/// The order of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// By the time column.
    Time,
    /// Along a Z-curve through the time column and the clustered one.
    Z,
}

/// How the rows are cut into files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// As many equal files as the table has days.
    Equal,
    /// A file for each day.
    Day,
}

/// The rows of every file.
pub(crate) struct Parts {
    order: UInt32Array,
    files: Vec<Range<usize>>,
}

impl Parts {
    /// Places the rows of a table. `days` are the different days of the time column.
    ///
    /// # Errors
    /// Outer: if a column cannot be ordered. Inner: why this table cannot be laid out so, as a sentence.
    pub(crate) fn new(
        rows: &RecordBatch,
        (order, cut): (Order, Cut),
        time: &str,
        cluster: Option<&str>,
        days: Option<u64>,
    ) -> anyhow::Result<Result<Self, String>> {
        let Some(times) = rows.column_by_name(time) else { bail!("the table has no column of that name") };
        let order = match (order, cluster.and_then(|cluster| rows.column_by_name(cluster))) {
            (Order::Time, _) => sort_to_indices(times, Some(ORDER), None)?,
            (Order::Z, Some(cluster)) => z_curve(times, cluster)?,
            (Order::Z, None) => {
                return Ok(Err("the table has no column with a selective range to sort by".to_owned()));
            }
        };
        let files = match cut {
            Cut::Equal => equal(rows.num_rows(), days),
            Cut::Day => match by_day(&order, times)? {
                Ok(files) => files,
                Err(why) => return Ok(Err(why)),
            },
        };
        Ok(Ok(Self { order, files }))
    }

    /// The rows of each file.
    pub(crate) fn of<'a>(&'a self, rows: &'a RecordBatch) -> impl Iterator<Item = anyhow::Result<RecordBatch>> + 'a {
        self.files.iter().map(|file| Ok(take_record_batch(rows, &self.order.slice(file.start, file.len()))?))
    }
}

fn equal(rows: usize, days: Option<u64>) -> Vec<Range<usize>> {
    let wanted = days.map_or(EQUAL_FILES, |days| usize::try_from(days).unwrap_or(usize::MAX));
    let files = wanted.min(rows / FEWEST_ROWS).clamp(1, MOST_FILES);
    let bound = |file: usize| (file as u64 * rows as u64 / files as u64) as usize;
    (0..files).map(|file| bound(file)..bound(file + 1)).collect()
}

/// Cuts rows in the order of time where a day ends. Rows without a time come last, and are a file too.
fn by_day(order: &UInt32Array, times: &ArrayRef) -> anyhow::Result<Result<Vec<Range<usize>>, String>> {
    let (ticks, per_day) = match times.data_type() {
        DataType::Date32 => (cast(&cast(times, &DataType::Int32)?, &DataType::Int64)?, 1),
        _ => (cast(times, &DataType::Int64)?, 86_400_000_000),
    };
    let Some(ticks) = ticks.as_any().downcast_ref::<Int64Array>() else { bail!("times are no integers") };
    let day = |place: usize| {
        let row = order.value(place) as usize;
        ticks.is_valid(row).then(|| ticks.value(row).div_euclid(per_day))
    };
    let mut files: Vec<Range<usize>> = Vec::new();
    for place in 0..order.len() {
        match files.last_mut() {
            Some(file) if day(file.start) == day(place) => file.end = place + 1,
            _ => files.push(place..place + 1),
        }
    }
    if files.len() > MOST_FILES || files.len() > (order.len() / FEWEST_ROWS).max(2) {
        let rows = order.len() / files.len().max(1);
        return Ok(Err(format!(
            "it would make {} files of {rows} rows on average: too many to be a layout",
            files.len()
        )));
    }
    Ok(Ok(files))
}

/// Each column is cut into ranks of equally many rows, and the bits of the ranks take turns.
fn z_curve(a: &ArrayRef, b: &ArrayRef) -> anyhow::Result<UInt32Array> {
    let ranks = |column: &ArrayRef| -> anyhow::Result<Vec<u16>> {
        let rows = column.len() as u64 + 1;
        Ok(rank(column, Some(ORDER))?.into_iter().map(|rank| (u64::from(rank) * (1 << 16) / rows) as u16).collect())
    };
    let (a, b) = (ranks(a)?, ranks(b)?);
    let mut order: Vec<u32> = (0..u32::try_from(a.len())?).collect();
    order.sort_by_key(|&row| spread(a[row as usize]) << 1 | spread(b[row as usize]));
    Ok(UInt32Array::from(order))
}

/// The bits of a number with a gap behind each.
fn spread(number: u16) -> u32 {
    let mut bits = u32::from(number);
    for (shift, mask) in [(8, 0x00ff_00ff), (4, 0x0f0f_0f0f), (2, 0x3333_3333), (1, 0x5555_5555)] {
        bits = (bits | bits << shift) & mask;
    }
    bits
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use deltalake::arrow::array::Date32Array;
    use deltalake::arrow::datatypes::{Field, Schema};

    use super::*;

    fn table(days: Vec<Option<i32>>, users: Vec<i64>) -> RecordBatch {
        let schema = Schema::new(vec![Field::new("d", DataType::Date32, true), Field::new("u", DataType::Int64, true)]);
        let columns: Vec<ArrayRef> = vec![Arc::new(Date32Array::from(days)), Arc::new(Int64Array::from(users))];
        RecordBatch::try_new(Arc::new(schema), columns).unwrap()
    }

    #[test]
    fn every_row_lies_in_one_file_of_its_day() {
        let days = (0..200).map(|i| (i % 9 != 0).then_some(i * 7 % 4 - 2)).collect();
        let table = table(days, (0..200).collect());
        let parts = Parts::new(&table, (Order::Time, Cut::Day), "d", None, Some(4)).unwrap().unwrap();
        let files: Vec<RecordBatch> = parts.of(&table).collect::<anyhow::Result<_>>().unwrap();
        assert_eq!(files.len(), 5);
        assert_eq!(files.iter().map(RecordBatch::num_rows).sum::<usize>(), 200);
        for (file, day) in files.iter().zip([Some(-2), Some(-1), Some(0), Some(1), None]) {
            let days = file.column(0).as_any().downcast_ref::<Date32Array>().unwrap();
            assert!(days.iter().all(|of| of == day), "{day:?}");
        }
    }

    #[test]
    fn crumbs_are_no_layout() {
        let table = table((0..100).map(Some).collect(), (0..100).collect());
        let why = Parts::new(&table, (Order::Time, Cut::Day), "d", None, None).unwrap().err().unwrap();
        assert!(why.contains("too many"), "{why}");
        let parts = Parts::new(&table, (Order::Time, Cut::Equal), "d", None, Some(100)).unwrap().unwrap();
        assert_eq!(parts.of(&table).count(), 5);
    }

    #[test]
    fn a_z_curve_keeps_neighbours_in_both_columns_together() {
        let place = |i: i64| i * 37 % 256;
        let table =
            table((0..256).map(|i| Some((place(i) / 16) as i32)).collect(), (0..256).map(|i| place(i) % 16).collect());
        let parts = Parts::new(&table, (Order::Z, Cut::Equal), "d", Some("u"), Some(8)).unwrap().unwrap();
        for file in parts.of(&table) {
            let users = cast(file.unwrap().column(1), &DataType::Int64).unwrap();
            let users = users.as_any().downcast_ref::<Int64Array>().unwrap().values().to_vec();
            assert!(users.iter().max().unwrap() - users.iter().min().unwrap() < 9, "{users:?}");
        }
        assert!(Parts::new(&table, (Order::Z, Cut::Equal), "d", None, None).unwrap().is_err());
    }
}
