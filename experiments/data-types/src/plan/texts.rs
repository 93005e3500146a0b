//! Texts that are something else in disguise: whole numbers, days, a few values that repeat.

use jiff::civil::Date;
use polars::prelude::*;

use super::{Small, integers};

/// Most different texts of an Enum: its numbers then take two bytes.
const MOST_VALUES: usize = 65_535;

/// Rows for each different text below which a dictionary does not pay.
const ROWS_PER_VALUE: usize = 4;

/// The smallest type of a column of texts.
pub(super) fn smallest(column: &Series) -> PolarsResult<Small> {
    let texts = column.str()?;
    let rows = texts.len() - texts.null_count();
    if rows == 0 {
        return Ok(Small::Same);
    }
    // As few texts as one tell most columns apart, so the passes over all are rare.
    let first = texts.iter().flatten().next().unwrap_or_default();
    if is_number(first) && texts.iter().flatten().all(is_number) {
        let numbers = column.cast(&DataType::Int64)?;
        return Ok(match integers::smallest(&numbers)? {
            Small::Same => Small::Int(super::Width::I64),
            // Nobody writes `true` as a text `1`: they stay numbers.
            Small::Boolean => Small::Int(super::Width::I8),
            small => small,
        });
    }
    if day(first).is_some() && texts.iter().flatten().all(|text| day(text).is_some()) {
        return Ok(Small::Date);
    }
    let different = texts.n_unique()?;
    if different <= MOST_VALUES && different * ROWS_PER_VALUE <= rows {
        let values = different - usize::from(texts.null_count() > 0);
        return Ok(Small::Enum(u32::try_from(values).unwrap_or(u32::MAX)));
    }
    Ok(Small::Same)
}

/// Whether all texts are hexadecimal numbers in lower case, of one length that fits into 64 bits: hashes, mostly.
pub(super) fn is_hexadecimal(column: &Series) -> PolarsResult<bool> {
    let texts = column.str()?;
    let Some(first) = texts.iter().flatten().next() else { return Ok(false) };
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let is_one = |text: &str| text.len() == first.len() && text.bytes().all(is_digit);
    Ok((8..=16).contains(&first.len()) && texts.iter().flatten().all(is_one))
}

/// A column of times that are all midnights holds days.
pub(super) fn midnights(column: &Series) -> PolarsResult<Small> {
    let DataType::Datetime(unit, None) = column.dtype() else { return Ok(Small::Same) };
    let day: i64 = match unit {
        TimeUnit::Milliseconds => 86_400_000,
        TimeUnit::Microseconds => 86_400_000_000,
        TimeUnit::Nanoseconds => 86_400_000_000_000,
    };
    let ticks = column.to_physical_repr();
    let ticks = ticks.i64()?;
    let whole = ticks.downcast_iter().all(|array| array.non_null_values_iter().all(|tick| tick % day == 0));
    Ok(if whole && ticks.null_count() < ticks.len() { Small::Date } else { Small::Same })
}

/// Whether a text is a whole number written as numbers are: without leading zeros, spaces or a plus.
fn is_number(text: &str) -> bool {
    text.len() <= 20 && text.parse::<i64>().is_ok_and(|number| number.to_string() == text)
}

/// The day of a text written `2024-05-31`, in days since 1970.
fn day(text: &str) -> Option<i32> {
    let digits = text.as_bytes();
    if digits.len() != 10 || digits[4] != b'-' || digits[7] != b'-' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| {
        digits[range]
            .iter()
            .try_fold(0_i16, |n, digit| digit.is_ascii_digit().then(|| n * 10 + i16::from(digit - b'0')))
    };
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let date = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    Some((date - Date::new(1970, 1, 1).ok()?).get_days())
}

/// A column of texts as days.
///
/// # Errors
/// If a text is none.
pub(crate) fn dates(column: &Series) -> PolarsResult<Series> {
    let texts = column.str()?;
    let days: Int32Chunked = texts.iter().map(|text| text.and_then(day)).collect();
    polars_ensure!(days.null_count() == texts.null_count(), ComputeError: "a text is no day");
    Ok(days.with_name(column.name().clone()).into_date().into_series())
}

/// The different texts of a column as the categories of an Enum.
///
/// # Errors
/// If there are too many.
pub(crate) fn categories(column: &Series) -> PolarsResult<DataType> {
    let unique = column.str()?.unique()?.sort(false);
    Ok(DataType::from_frozen_categories(FrozenCategories::new(unique.iter().flatten())?))
}

#[cfg(test)]
mod tests {
    use super::super::Width;
    use super::*;

    fn look(texts: &[Option<&str>]) -> Small {
        smallest(&Series::new("x".into(), texts)).unwrap()
    }

    #[test]
    fn disguises() {
        assert_eq!(look(&[Some("1"), Some("-200"), None]), Small::Int(Width::I16));
        assert_eq!(look(&[Some("0"), Some("1")]), Small::Int(Width::I8));
        assert_eq!(look(&[Some("007"), Some("1")]), Small::Same, "a leading zero would be lost");
        assert_eq!(look(&[Some("2024-02-29"), Some("1969-12-31")]), Small::Date);
        assert_eq!(look(&[Some("2023-02-29")]), Small::Same);
        assert_eq!(look(&[None, None]), Small::Same);
        let repeated: Vec<Option<&str>> = (0..40).map(|i| ["red", "blue"].get(i % 3).copied()).collect();
        assert_eq!(look(&repeated), Small::Enum(2));
    }

    #[test]
    fn hashes_are_seen() {
        let is = |texts: &[Option<&str>]| is_hexadecimal(&Series::new("x".into(), texts)).unwrap();
        assert!(is(&[Some("00ff12ab"), None, Some("deadbeef")]));
        assert!(!is(&[Some("00ff12ab"), Some("deadbee")]) && !is(&[Some("00FF12AB")]) && !is(&[Some("no hash")]));
        assert!(!is(&[None]) && !is(&[Some("00112233445566778")]));
    }

    #[test]
    fn days_come_back_as_they_were() {
        let column = Series::new("x".into(), [Some("2024-02-29"), None, Some("1969-12-31"), Some("0001-01-01")]);
        let back = dates(&column).unwrap().cast(&DataType::String).unwrap();
        assert!(column.equals_missing(&back), "{back:?}");
        assert!(dates(&Series::new("x".into(), ["2024-2-29"])).is_err());
    }

    #[test]
    fn midnights_are_days() {
        let day = 86_400_000_000_i64;
        let micros = |ticks: &[i64]| {
            Series::new("x".into(), ticks).cast(&DataType::Datetime(TimeUnit::Microseconds, None)).unwrap()
        };
        assert_eq!(midnights(&micros(&[0, day, -3 * day])).unwrap(), Small::Date);
        assert_eq!(midnights(&micros(&[0, day + 1])).unwrap(), Small::Same);
    }
}
