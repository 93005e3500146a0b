//! A profile as a table for the terminal: plain text, aligned, nothing wider than it must be.

use std::fmt;

use results::{ColumnRole, Sortedness};

use super::{ColumnProfile, Profile};
use crate::read::plural;

/// Most letters of a column's name.
const NAME: usize = 32;

/// Most letters of a smallest or largest value.
const VALUE: usize = 20;

/// The heads of the columns, and whether they hold numbers, which stand to the right.
const HEAD: [(&str, bool); 9] = [
    ("column", false),
    ("type", false),
    ("nulls", true),
    ("distinct", true),
    ("zeros", true),
    ("mean bytes", true),
    ("order", false),
    ("range", false),
    ("can serve as", false),
];

impl fmt::Display for Profile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: ", printable(&self.name, 80))?;
        if let Some(format) = &self.format {
            write!(out, "{format}, {}, {}, ", plural(self.files, "file"), bytes(self.bytes))?;
        }
        write!(out, "{} rows, {}", thousands(self.rows), plural(self.columns.len() as u64, "column"))?;
        if self.rows_used != self.rows {
            write!(out, "; this is the shape of {} of them", thousands(self.rows_used))?;
        }
        writeln!(out, "\n")?;
        let mut rows = vec![HEAD.map(|(head, _)| head.to_owned())];
        rows.extend(self.columns.iter().map(|column| cells(column, self.rows_used)));
        let width = |index: usize| rows.iter().map(|row| row[index].chars().count()).max().unwrap_or(0);
        let widths: [usize; HEAD.len()] = std::array::from_fn(width);
        for row in &rows {
            let mut line = String::new();
            for ((cell, width), (_, is_number)) in row.iter().zip(widths).zip(HEAD) {
                let pad = " ".repeat(width - cell.chars().count());
                line += &if is_number { format!("{pad}{cell}  ") } else { format!("{cell}{pad}  ") };
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        if !self.notes.is_empty() {
            writeln!(out)?;
        }
        for note in &self.notes {
            writeln!(out, "Note: {}", printable(note, 1000))?;
        }
        Ok(())
    }
}

fn cells(column: &ColumnProfile, rows: u64) -> [String; HEAD.len()] {
    let nulls = if column.nulls == 0 { "0".to_owned() } else { percent(column.nulls as f64 / rows.max(1) as f64) };
    let about = if column.distinct_is_exact { "" } else { "~" };
    let order = match column.sorted {
        Some(Sortedness::Ascending) => "ascending",
        Some(Sortedness::Descending) => "descending",
        Some(Sortedness::Unsorted) => "unsorted",
        None => "",
    };
    let value = |text: &String| printable(&rounded(text, &column.dtype), VALUE);
    let range = match (&column.min, &column.max) {
        (Some(min), Some(max)) if min == max => value(min),
        (Some(min), Some(max)) => format!("{} to {}", value(min), value(max)),
        _ => String::new(),
    };
    [
        printable(&column.name, NAME),
        column.dtype.clone(),
        nulls,
        column.distinct.map_or_else(String::new, |distinct| format!("{about}{}", thousands(distinct))),
        column.zero_share.map_or_else(String::new, percent),
        column.mean_bytes.map_or_else(String::new, |mean| format!("{mean:.1}")),
        order.to_owned(),
        range,
        column.roles.iter().copied().map(role).collect::<Vec<_>>().join(", "),
    ]
}

/// A float with no more digits than the eye takes in.
fn rounded(text: &str, dtype: &str) -> String {
    match (dtype, text.parse::<f64>()) {
        ("f32" | "f64", Ok(number)) if number != 0.0 && (1e-3..1e9).contains(&number.abs()) => {
            let rounded = format!("{number:.3}");
            rounded.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        ("f32" | "f64", Ok(number)) if number != 0.0 => format!("{number:.3e}"),
        _ => text.to_owned(),
    }
}

fn role(role: ColumnRole) -> &'static str {
    match role {
        ColumnRole::Time => "time",
        ColumnRole::Key => "key",
        ColumnRole::Category => "category",
        ColumnRole::Measure => "measure",
        ColumnRole::Filter => "filter",
        ColumnRole::Text => "text",
        ColumnRole::Sparse => "sparse",
        ColumnRole::Label => "label",
        ColumnRole::Vector => "vector",
    }
}

/// A text of the user's data that cannot move the cursor or change colours, cut to `most` letters.
fn printable(text: &str, most: usize) -> String {
    let clean = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
    if text.chars().count() <= most {
        return text.chars().map(clean).collect();
    }
    text.chars().take(most - 1).map(clean).chain(['…']).collect()
}

fn percent(share: f64) -> String {
    match share * 100.0 {
        0.0 => "0".to_owned(),
        100.0 => "100 %".to_owned(),
        small if small < 0.1 => "< 0.1 %".to_owned(),
        large if large > 99.9 => "> 99.9 %".to_owned(),
        percent => format!("{percent:.1} %"),
    }
}

/// A number with its thousands apart.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn bytes(bytes: u64) -> String {
    match bytes as f64 {
        small if small < 1e3 => plural(bytes, "byte"),
        kilo if kilo < 1e6 => format!("{:.1} kB", kilo / 1e3),
        mega if mega < 1e9 => format!("{:.1} MB", mega / 1e6),
        giga => format!("{:.1} GB", giga / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use results::Source;

    use super::*;

    #[test]
    fn a_profile_is_an_aligned_table() {
        let price = ColumnProfile {
            name: "price".to_owned(),
            dtype: "f64".to_owned(),
            nulls: 3,
            distinct: Some(1234),
            distinct_is_exact: false,
            sorted: Some(Sortedness::Unsorted),
            min: Some("0.5".to_owned()),
            max: Some("99".to_owned()),
            zero_share: Some(0.25),
            mean_bytes: None,
            mean_words: None,
            roles: vec![ColumnRole::Measure, ColumnRole::Filter],
        };
        let hostile = ColumnProfile {
            name: format!("\u{1b}[31m{}", "x".repeat(60)),
            dtype: "text".to_owned(),
            nulls: 0,
            distinct: Some(1),
            distinct_is_exact: true,
            sorted: Some(Sortedness::Ascending),
            min: Some("a\nb".to_owned()),
            max: Some("a\nb".to_owned()),
            zero_share: Some(0.0),
            mean_bytes: Some(3.0),
            mean_words: Some(2.0),
            roles: Vec::new(),
        };
        let profile = Profile {
            id: "0".to_owned(),
            name: "shop.csv".to_owned(),
            source: Source::User,
            format: Some("csv".to_owned()),
            files: 1,
            bytes: 12_345,
            rows: 12_000,
            rows_used: 12_000,
            part: None,
            columns: vec![price, hostile],
            notes: vec!["Two rows are odd.".to_owned()],
        };
        let expected = "\
shop.csv: csv, 1 file, 12.3 kB, 12,000 rows, 2 columns

column                            type    nulls  distinct   zeros  mean bytes  order      range      can serve as
price                             f64   < 0.1 %    ~1,234  25.0 %              unsorted   0.5 to 99  measure, filter
\u{fffd}[31mxxxxxxxxxxxxxxxxxxxxxxxxxx…  text        0         1       0         3.0  ascending  a\u{fffd}b

Note: Two rows are odd.
";
        assert_eq!(profile.to_string(), expected);
    }

    #[test]
    fn numbers_are_readable() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(bytes(1_500_000_000), "1.5 GB");
        assert_eq!(percent(1.0), "100 %");
        let floats = ["0.1234567", "-150", "0", "12345678901.5", "NaN", "1e-9"].map(|text| rounded(text, "f64"));
        assert_eq!(floats, ["0.123", "-150", "0", "1.235e10", "NaN", "1.000e-9"]);
        assert_eq!(percent(0.9999), "> 99.9 %");
    }
}
