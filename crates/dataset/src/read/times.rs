//! Dates and times in texts: ISO 8601, the year first. Other orders are not guessed, because day and month could be mixed up.

use jiff::civil::DateTime;
use jiff::fmt::temporal::DateTimeParser;
use polars::prelude::*;

use super::guess::Guess;

const PARSER: DateTimeParser = DateTimeParser::new();

/// What kind of time a text is; `None` if it is none.
pub(crate) fn kind(text: &str) -> Option<Guess> {
    // Most texts are none, and this is asked for each of them.
    let [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'-', rest @ ..] = text.as_bytes() else { return None };
    if rest.len() == "01-31".len() {
        return day(text).map(|_| Guess::Date);
    }
    if local(text).is_some() {
        return Some(Guess::Datetime);
    }
    instant(text).map(|_| Guess::DatetimeUtc)
}

/// A column of texts as days or microseconds since 1970, as `guess` has it; `None` if a text is no such time.
pub(crate) fn convert(texts: &Column, guess: Guess) -> Option<Column> {
    let (name, texts) = (texts.name().clone(), texts.str().ok()?);
    let values = texts.iter();
    let times = |parse: fn(&str) -> Option<i64>| -> Option<Column> {
        let micros: Vec<Option<i64>> = values.map(|text| convert_one(text, parse)).collect::<Option<_>>()?;
        let times = Int64Chunked::from_iter_options(name.clone(), micros.into_iter());
        Some(times.into_datetime(TimeUnit::Microseconds, None).into_column())
    };
    match guess {
        Guess::Date => {
            let days: Vec<Option<i32>> = texts.iter().map(|text| convert_one(text, day)).collect::<Option<_>>()?;
            Some(Int32Chunked::from_iter_options(name, days.into_iter()).into_date().into_column())
        }
        Guess::Datetime => times(local),
        Guess::DatetimeUtc => times(instant),
        _ => None,
    }
}

/// Null stays null, an empty text is null, and a text that does not parse fails the column.
fn convert_one<T>(text: Option<&str>, parse: fn(&str) -> Option<T>) -> Option<Option<T>> {
    match text {
        None | Some("") => Some(None),
        Some(text) => parse(text).map(Some),
    }
}

fn day(text: &str) -> Option<i32> {
    let date = PARSER.parse_date(text).ok()?;
    i32::try_from(micros(date.to_datetime(jiff::civil::Time::midnight()))? / 86_400_000_000).ok()
}

fn local(text: &str) -> Option<i64> {
    // The parser would take an offset and ignore it.
    let zoned = text.as_bytes().iter().skip("2024-01-31".len()).any(|byte| matches!(byte, b'+' | b'-' | b'['));
    if zoned {
        return None;
    }
    micros(PARSER.parse_datetime(text).ok()?)
}

fn instant(text: &str) -> Option<i64> {
    Some(PARSER.parse_timestamp(text).ok()?.as_microsecond())
}

/// Microseconds from 1970 to a time of day on a civil calendar.
fn micros(time: DateTime) -> Option<i64> {
    Some(jiff::tz::TimeZone::UTC.to_timestamp(time).ok()?.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_year_first_is_a_time() {
        for (text, expected) in [
            ("2024-01-31", Some(Guess::Date)),
            ("1969-12-31", Some(Guess::Date)),
            ("2024-01-31T10:00:00", Some(Guess::Datetime)),
            ("2024-01-31 10:00:00.123456", Some(Guess::Datetime)),
            ("2024-01-31 10:00", Some(Guess::Datetime)),
            ("2024-01-31T10:00:00Z", Some(Guess::DatetimeUtc)),
            ("2024-01-31T10:00:00+02:00", Some(Guess::DatetimeUtc)),
            ("2024-01-31 10:00-0500", Some(Guess::DatetimeUtc)),
            ("2024-02-30", None),
            ("2024-13-01", None),
            ("2024-01", None),
            ("31-01-2024", None),
            ("31/01/2024", None),
            ("2024/01/31", None),
            ("20240131", None),
            ("2024-01-31 soon", None),
            ("1234-567-89", None),
            ("12:30:00", None),
            ("", None),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }

    #[test]
    fn texts_become_times_and_nulls_stay() {
        let texts = Column::new("t".into(), [Some("1970-01-02"), None, Some(""), Some("1969-12-31")]);
        let days = convert(&texts, Guess::Date).unwrap();
        assert_eq!(days.dtype(), &DataType::Date);
        let days = days.to_physical_repr();
        assert_eq!(days.i32().unwrap().iter().collect::<Vec<_>>(), [Some(1), None, None, Some(-1)]);

        let texts = Column::new("t".into(), ["1970-01-01T00:00:00.000001", "1970-01-01"]);
        let times = convert(&texts, Guess::Datetime).unwrap();
        assert_eq!(times.dtype(), &DataType::Datetime(TimeUnit::Microseconds, None));
        assert_eq!(times.to_physical_repr().i64().unwrap().iter().collect::<Vec<_>>(), [Some(1), Some(0)]);

        let texts = Column::new("t".into(), ["1970-01-01T01:00:00+01:00"]);
        let times = convert(&texts, Guess::DatetimeUtc).unwrap();
        assert_eq!(times.to_physical_repr().i64().unwrap().get(0), Some(0));

        let texts = Column::new("t".into(), ["1970-01-01", "soon"]);
        assert!(convert(&texts, Guess::Date).is_none());
    }
}
