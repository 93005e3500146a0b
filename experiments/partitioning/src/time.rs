//! Days and months of a column of times, and how folders are named after them.

use anyhow::bail;
use jiff::Span;
use jiff::civil::{Date, date};
use polars::prelude::*;

/// Day 0: what the ticks of every time column count from.
const EPOCH: Date = date(1970, 1, 1);

/// A month: years since 0 times 12, and the month from 0.
pub(crate) type Month = i64;

/// How many ticks of the physical values a day has.
///
/// # Errors
/// If it is no column of times.
pub(crate) fn ticks_per_day(dtype: &DataType) -> anyhow::Result<i64> {
    const SECONDS: i64 = 86_400;
    Ok(match dtype {
        DataType::Date => 1,
        DataType::Datetime(TimeUnit::Milliseconds, _) => SECONDS * 1_000,
        DataType::Datetime(TimeUnit::Microseconds, _) => SECONDS * 1_000_000,
        DataType::Datetime(TimeUnit::Nanoseconds, _) => SECONDS * 1_000_000_000,
        other => bail!("a column of type {other} has no days"),
    })
}

/// The physical values of a column of times: days, or ticks since day 0.
///
/// # Errors
/// If it is no column of times.
pub(crate) fn ticks(column: &Column) -> anyhow::Result<Int64Chunked> {
    ticks_per_day(column.dtype())?;
    Ok(column.as_materialized_series().to_physical_repr().cast(&DataType::Int64)?.i64()?.clone())
}

/// The date of a day, if it lies in the years 0 to 9999.
fn civil(day: i64) -> Option<Date> {
    let date = EPOCH.checked_add(Span::new().try_days(day).ok()?).ok()?;
    (date.year() >= 0).then_some(date)
}

/// The name of a day in a folder: `2024-05-06`. `None` outside of the years 0 to 9999.
pub(crate) fn day_name(day: i64) -> Option<String> {
    let date = civil(day)?;
    Some(format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day()))
}

/// The name of a month in a folder: `2024-05`.
pub(crate) fn month_name(month: Month) -> String {
    format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
}

/// The month that a day lies in. `None` outside of the years 0 to 9999.
pub(crate) fn month(day: i64) -> Option<Month> {
    let date = civil(day)?;
    Some(i64::from(date.year()) * 12 + i64::from(date.month()) - 1)
}

/// The first day of the month that a day lies in. `None` outside of the years 0 to 9999.
pub(crate) fn first_of_month(day: i64) -> Option<i64> {
    civil(day).map(|date| day - i64::from(date.day()) + 1)
}

/// The last day of the month that a day lies in. `None` outside of the years 0 to 9999.
pub(crate) fn last_of_month(day: i64) -> Option<i64> {
    civil(day).map(|date| day - i64::from(date.day()) + i64::from(date.days_in_month()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_have_names() {
        for (day, name, month_of, first, last) in [
            (0, "1970-01-01", "1970-01", 0, 30),
            (-1, "1969-12-31", "1969-12", -31, -1),
            (19_782, "2024-02-29", "2024-02", 19_754, 19_782),
            (-719_528, "0000-01-01", "0000-01", -719_528, -719_498),
            (2_932_896, "9999-12-31", "9999-12", 2_932_866, 2_932_896),
        ] {
            assert_eq!(day_name(day).as_deref(), Some(name));
            assert_eq!(month(day).map(month_name).as_deref(), Some(month_of));
            assert_eq!((first_of_month(day), last_of_month(day)), (Some(first), Some(last)), "{name}");
        }
        for day in [2_932_897, -719_529, i64::MAX, i64::MIN] {
            assert_eq!((day_name(day), month(day)), (None, None));
        }
    }

    #[test]
    fn times_of_every_unit_have_the_same_days() {
        let hours = Column::new("t".into(), [Some(-1_i64), Some(0), Some(25), None]);
        for (unit, ticks_per_hour) in [
            (TimeUnit::Milliseconds, 3_600_000_i64),
            (TimeUnit::Microseconds, 3_600_000_000),
            (TimeUnit::Nanoseconds, 3_600_000_000_000),
        ] {
            let times = (hours.i64().unwrap() * ticks_per_hour).into_datetime(unit, None).into_column();
            let per_day = ticks_per_day(times.dtype()).unwrap();
            let days: Vec<Option<i64>> = ticks(&times).unwrap().iter().map(|t| Some(t?.div_euclid(per_day))).collect();
            assert_eq!(days, [Some(-1), Some(0), Some(1), None]);
        }
        assert!(ticks(&hours).is_err());
    }
}
