//! The profile of one column, built batch by batch.

use jiff::Span;
use jiff::civil::date;
use polars::prelude::*;
use results::{ColumnRole, Sortedness};

use super::distinct::Distinct;
use super::values::{Number, Numbers, Order, Texts};
use super::{ColumnProfile, roles};
use crate::read::ColumnType;
use crate::vectors::{Shape, could_be, each};

/// Rows of a column of lists that are looked at, to see whether they are vectors.
const LOOKED: usize = 10_000;

/// What is known of a column so far: a fixed amount, however many rows there are.
pub(super) struct Accumulator {
    column: ColumnType,
    rows: u64,
    nulls: u64,
    distinct: Distinct,
    values: Values,
}

enum Values {
    /// Whole numbers, days, times, true and false.
    Whole(Numbers<i64>),
    /// Whole numbers without sign.
    Unsigned(Numbers<u64>),
    Float(Numbers<f64>),
    Decimal(Numbers<i128>),
    Text(Texts),
    /// Lists that may be vectors, and the rows that were looked at.
    Vectors(Shape, usize),
    /// Lists, objects and bytes: only their nulls are counted.
    Opaque,
}

impl Accumulator {
    pub(super) fn new(column: &ColumnType) -> Self {
        let values = match &column.dtype {
            _ if could_be(column) => Values::Vectors(Shape::default(), 0),
            _ if column.nested.is_some() => Values::Opaque,
            DataType::UInt64 => Values::Unsigned(Numbers::default()),
            DataType::Float16 | DataType::Float32 | DataType::Float64 => Values::Float(Numbers::default()),
            DataType::Decimal(..) => Values::Decimal(Numbers::default()),
            DataType::String | DataType::Categorical(..) | DataType::Enum(..) => Values::Text(Texts::default()),
            DataType::Boolean => Values::Whole(Numbers::default()),
            dtype if dtype.is_integer() || dtype.is_temporal() => Values::Whole(Numbers::default()),
            _ => Values::Opaque,
        };
        Self { column: column.clone(), rows: 0, nulls: 0, distinct: Distinct::default(), values }
    }

    /// Takes the next rows.
    pub(super) fn take(&mut self, column: &Column) -> PolarsResult<()> {
        self.rows += column.len() as u64;
        self.nulls += column.null_count() as u64;
        let distinct = &mut self.distinct;
        let series = column.as_materialized_series();
        match &mut self.values {
            Values::Opaque => {}
            Values::Vectors(shape, looked) => {
                let rows = column.head(Some(LOOKED.saturating_sub(*looked)));
                *looked += rows.len();
                each(&rows, |cell| shape.take(&cell))?;
            }
            Values::Text(texts) => {
                let series = series.cast(&DataType::String)?;
                for array in series.str()?.downcast_iter() {
                    texts.take(array.non_null_values_iter(), distinct);
                }
            }
            Values::Float(numbers) => match series.dtype() {
                DataType::Float32 => take(series.f32()?, numbers, distinct, f64::from),
                _ => take(series.cast(&DataType::Float64)?.f64()?, numbers, distinct, |value| value),
            },
            Values::Unsigned(numbers) => take(series.u64()?, numbers, distinct, |value| value),
            Values::Decimal(numbers) => take(series.decimal()?.physical(), numbers, distinct, |value| value),
            Values::Whole(numbers) => {
                let physical = series.to_physical_repr();
                match physical.dtype() {
                    DataType::Boolean => {
                        for array in physical.bool()?.downcast_iter() {
                            numbers.take(array.non_null_values_iter().map(i64::from), distinct);
                        }
                    }
                    DataType::Int32 => take(physical.i32()?, numbers, distinct, i64::from),
                    DataType::Int64 => take(physical.i64()?, numbers, distinct, |value| value),
                    _ => take(physical.cast(&DataType::Int64)?.i64()?, numbers, distinct, |value| value),
                }
            }
        }
        Ok(())
    }

    /// The profile.
    pub(super) fn finish(&self) -> ColumnProfile {
        let values = self.rows - self.nulls;
        let order = match &self.values {
            Values::Whole(numbers) => Some(numbers.order),
            Values::Unsigned(numbers) => Some(numbers.order),
            Values::Float(numbers) => Some(numbers.order),
            Values::Decimal(numbers) => Some(numbers.order),
            Values::Text(texts) => Some(texts.order),
            Values::Vectors(..) | Values::Opaque => None,
        };
        let share = |count: u64| (values > 0).then(|| count as f64 / values as f64);
        let dtype = &self.column.dtype;
        let (zero_share, range) = match &self.values {
            Values::Whole(numbers) if dtype.is_integer() => (share(numbers.zeros), shown(numbers.range, dtype)),
            Values::Whole(numbers) => (None, shown(numbers.range, dtype)),
            Values::Unsigned(numbers) => (share(numbers.zeros), plain(numbers.range)),
            Values::Float(numbers) => (share(numbers.zeros), plain(numbers.range)),
            Values::Decimal(numbers) => (share(numbers.zeros), shown(numbers.range, dtype)),
            Values::Text(texts) => (share(texts.empty), texts.range.clone()),
            Values::Vectors(..) | Values::Opaque => (None, None),
        };
        let (counted, exact) = self.distinct.count();
        let (distinct, exact) = match order.and_then(|order| order.distinct(values)) {
            _ if order.is_none() => (None, false),
            Some(sorted) => (Some(sorted), true),
            None => (Some(counted.min(values)), exact),
        };
        let (mean_bytes, mean_words) = match &self.values {
            Values::Text(texts) if values > 0 => {
                (Some(texts.bytes as f64 / values as f64), Some(texts.sampled.1 as f64 / texts.sampled.0.max(1) as f64))
            }
            _ => (None, None),
        };
        let mut profile = ColumnProfile {
            name: self.column.name.to_string(),
            dtype: self.column.term().to_owned(),
            nulls: self.nulls,
            distinct,
            distinct_is_exact: exact,
            sorted: order.filter(|_| values > 0).map(sortedness),
            min: range.as_ref().map(|range| range.0.clone()),
            max: range.map(|range| range.1),
            zero_share,
            mean_bytes,
            mean_words,
            roles: Vec::new(),
        };
        let epoch = match &self.values {
            Values::Whole(numbers) if dtype.is_integer() => numbers.range,
            _ => None,
        };
        profile.roles = match &self.values {
            Values::Vectors(shape, _) if shape.dims().is_some() => vec![ColumnRole::Vector],
            _ => roles::roles(&profile, self.rows, epoch),
        };
        profile
    }
}

fn take<T, N>(
    column: &ChunkedArray<T>,
    numbers: &mut Numbers<N>,
    distinct: &mut Distinct,
    convert: impl Fn(T::Native) -> N,
) where
    T: PolarsNumericType,
    N: Number,
{
    for array in column.downcast_iter() {
        numbers.take(array.non_null_values_iter().map(&convert), distinct);
    }
}

fn sortedness(order: Order) -> Sortedness {
    match (order.ascending, order.descending) {
        (true, _) => Sortedness::Ascending,
        (false, true) => Sortedness::Descending,
        (false, false) => Sortedness::Unsorted,
    }
}

fn plain<T: ToString>(range: Option<(T, T)>) -> Option<(String, String)> {
    range.map(|(low, high)| (low.to_string(), high.to_string()))
}

/// A range of physical values as its type is written.
fn shown<T: Into<i128>>(range: Option<(T, T)>, dtype: &DataType) -> Option<(String, String)> {
    range.map(|(low, high)| (show(low.into(), dtype), show(high.into(), dtype)))
}

fn show(value: i128, dtype: &DataType) -> String {
    let small = i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX });
    let since_1970 = |span: Span| date(1970, 1, 1).at(0, 0, 0, 0).checked_add(span).map(|time| time.to_string());
    let span = |unit: &TimeUnit| match unit {
        TimeUnit::Nanoseconds => Span::new().try_nanoseconds(small),
        TimeUnit::Microseconds => Span::new().try_microseconds(small),
        TimeUnit::Milliseconds => Span::new().try_milliseconds(small),
    };
    // A time that no calendar holds is shown as the number that it is.
    let number = || small.to_string();
    match dtype {
        DataType::Boolean => (value != 0).to_string(),
        DataType::Date => i32::try_from(small)
            .ok()
            .and_then(|days| date(1970, 1, 1).checked_add(Span::new().try_days(days).ok()?).ok())
            .map_or_else(number, |day| day.to_string()),
        DataType::Datetime(unit, _) => {
            span(unit).and_then(since_1970).map_or_else(|_| number(), |time| time.replace('T', " "))
        }
        DataType::Decimal(_, scale) if *scale > 0 => {
            let power = 10i128.pow(u32::try_from(*scale).unwrap_or(0).min(38));
            let (whole, part) = ((value / power).abs(), (value % power).abs());
            format!("{}{whole}.{part:0width$}", if value < 0 { "-" } else { "" }, width = *scale)
        }
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn physical_values_are_shown_as_their_type() {
        let micros = DataType::Datetime(TimeUnit::Microseconds, None);
        for (value, dtype, text) in [
            (1, DataType::Boolean, "true"),
            (-5, DataType::Int64, "-5"),
            (0, DataType::Date, "1970-01-01"),
            (19_726, DataType::Date, "2024-01-04"),
            (i128::from(i32::MAX), DataType::Date, "2147483647"),
            (1_700_000_000_000_000, micros.clone(), "2023-11-14 22:13:20"),
            (-1, micros, "1969-12-31 23:59:59.999999"),
            (12_345, DataType::Decimal(15, 2), "123.45"),
            (-5, DataType::Decimal(15, 2), "-0.05"),
            (7, DataType::Decimal(15, 0), "7"),
        ] {
            assert_eq!(show(value, &dtype), text, "{dtype:?}");
        }
    }
}
