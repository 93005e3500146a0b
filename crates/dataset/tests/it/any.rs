//! Texts that are put together at random from what makes readers stumble: each is read or refused, and the reader always ends.

use super::*;

const FIELDS: [&str; 26] = [
    "1",
    "x",
    "",
    "\"q\"",
    "\"q\"\"q\"",
    "\"a,b\"",
    "\"a\" b",
    "\"open",
    "mid\"quote",
    "2024-01-01",
    "NA",
    "1e5",
    "\"two\nlines\"",
    "\t",
    "é",
    "\u{a0}",
    " \"x\"",
    "\"x\" ",
    "\"",
    "\"\"",
    "\"\"\"",
    "\\\"",
    "a\rb",
    "0x1",
    "inf",
    "true",
];

const VALUES: [&str; 28] = [
    "1",
    "-0",
    "1.5",
    "1e400",
    "123456789012345678901234567890",
    "true",
    "null",
    "\"x\"",
    "\"\"",
    "\"2024-01-01\"",
    "\"2024-01-01T00:00:00Z\"",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "[1,2]",
    "[]",
    "{}",
    "{\"a\":{\"b\":[1,{\"c\":null}]}}",
    "\"NaN\"",
    "NaN",
    "01",
    ".5",
    "\"\\/\"",
    "[[[[1]]]]",
    "18446744073709551616",
    "-9223372036854775809",
    "\"a\\tb\"",
    "\"a \\\"b\\\"\"",
    "{\"a\":1,\"a\":2}",
];

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    /// Mostly one of a few, and seldom any of all: rows that agree, and one far down that does not.
    fn word<'a>(&mut self, few: &[&'a str], all: &[&'a str]) -> &'a str {
        let words = if self.below(20) == 0 { all } else { few };
        words[self.below(words.len())]
    }

    fn few<'a>(&mut self, all: &[&'a str]) -> Vec<&'a str> {
        (0..3).map(|_| all[self.below(all.len())]).collect()
    }

    fn rows(&mut self) -> usize {
        [1, 3, 30, 300][self.below(4)]
    }
}

/// Opening and profiling say the same: as many rows, or what is wrong.
fn judged(name: &str, text: &str) -> bool {
    let folder = Folder::new();
    folder.file(name, text);
    match folder.profile(name) {
        Ok(profile) => match folder.open(name, 1000) {
            Ok(opened) => {
                let table = read(&opened);
                assert_eq!(table.height() as u64, profile.rows, "{text:?}");
                // Nested columns are listed and left out.
                assert!((1..=profile.columns.len()).contains(&table.width()), "{text:?}");
                true
            }
            // What is nested has a profile, and nothing to measure on.
            Err(error) => {
                assert!(error.to_string().contains("holds plain values"), "{error}, of {text:?}");
                false
            }
        },
        Err(_) => {
            folder.wrong(name);
            false
        }
    }
}

#[test]
fn separated_values_of_any_kind_are_read_or_refused() {
    let mut dice = Dice(1);
    let mut read = 0;
    for _ in 0..150 {
        let (few, columns) = (dice.few(&FIELDS), 1 + dice.below(4));
        let (name, separator) = [("a.csv", ","), ("a.tsv", "\t")][dice.below(2)];
        let mut text = ["a", "b", "c", "d"][..columns].join(separator) + "\n";
        for _ in 0..dice.rows() {
            let fields: Vec<&str> = (0..columns).map(|_| dice.word(&few, &FIELDS)).collect();
            text += &(fields.join(separator) + ["\n", "\r\n"][usize::from(dice.below(9) == 0)]);
        }
        read += usize::from(judged(name, &text));
    }
    assert!((30..150).contains(&read), "{read} of 150 were read");
}

#[test]
fn json_lines_of_any_kind_are_read_or_refused() {
    let mut dice = Dice(2);
    let mut read = 0;
    for _ in 0..150 {
        let few = dice.few(&VALUES);
        let mut text = String::new();
        for _ in 0..dice.rows() {
            let value = |key: &&str| format!("{key}:{}", dice.word(&few, &VALUES));
            let pairs: Vec<String> = ["\"a\"", "\"b c\"", "\"\\\"\"", "\"\""].iter().map(value).collect();
            text += &format!("{{{}}}\n", pairs.join(","));
        }
        read += usize::from(judged("a.jsonl", &text));
    }
    assert!((30..150).contains(&read), "{read} of 150 were read");
}
