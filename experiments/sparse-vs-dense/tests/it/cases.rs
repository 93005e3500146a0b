//! Whole cases: every variant at every kind of work, and tables that cannot serve.

use polars::prelude::*;
use results::{Cell, ColumnRole, Source};

use crate::support::{Bench, DEFINITION, ROLES, at, reviews};

const RUST: [&str; 6] = ["dense", "dense-1", "csr", "csr-1", "csc", "csc-1"];

/// Runs variants at a point twice, and compares their answers with the baseline's.
fn agree(bench: &Bench, point: &results::Point, variants: &[&str]) {
    let mut baseline = None;
    for variant in variants {
        let mut case = bench.prepare(variant, point).unwrap_or_else(|why| panic!("{variant} {point}: {why}"));
        let first = (case.work)().unwrap();
        assert_eq!(first, (case.work)().unwrap(), "{variant} {point}: the second call differs");
        let expected = baseline.get_or_insert_with(|| first.clone());
        assert_eq!(first.disagreement(expected, DEFINITION.tolerance), None, "{variant} {point}");
        for fact in ["rows", "matrix_bytes"] {
            assert!(case.facts[fact] > 0.0, "{variant} {point}: {fact}");
        }
    }
}

#[test]
fn products_agree_in_every_layout() {
    let bench = Bench::new(reviews(10), &[], Source::User);
    for work in ["matvec-cached", "matmul", "matmul-sparse"] {
        for density in ["1e-5", "0.01", "0.15"] {
            agree(&bench, &at(&[("work", work), ("density", density)]), &RUST);
        }
    }
    agree(&bench, &at(&[("work", "matvec"), ("density", "1e-3")]), &RUST);
    agree(&bench, &at(&[("work", "matvec-cached"), ("density", "1")]), &RUST);
}

#[test]
fn models_end_at_the_same_loss_in_every_layout() {
    for source in [Source::User, Source::Default] {
        let bench = Bench::new(reviews(600), &ROLES, source);
        let point = at(&[("work", "train"), ("vocabulary", "256")]);
        agree(&bench, &point, &RUST);
        let case = bench.prepare("csr", &point).unwrap();
        assert_eq!(case.trials["accuracy"].len(), 3);
        assert!(case.trials["accuracy"].iter().all(|share| (0.5..=1.0).contains(share)), "{:?}", case.trials);
        assert_eq!(case.settings["target"].starts_with("made"), source == Source::Default);
        let table = &case.tables["vocabulary"];
        let terms: Vec<f64> =
            table.rows.iter().filter_map(|row| if let Cell::Number(n) = row[2] { Some(n) } else { None }).collect();
        assert!(terms.len() >= 3 && terms[0] <= 256.0 && terms[0] < terms[1], "{terms:?}");
        assert!(table.rows.iter().all(|row| row[0] == Cell::Number(540.0)), "the rows with a text are the whole table");
    }
}

#[test]
fn an_embedding_is_a_matrix_of_its_own() {
    let bench = Bench::new(reviews(400), &ROLES, Source::User);
    let mut case = bench.prepare("embedding", &at(&[("work", "train"), ("vocabulary", "1k")])).unwrap();
    assert_eq!(case.facts["matrix_bytes"], 360.0 * 1536.0 * 8.0);
    assert_eq!((case.work)().unwrap().rows, 360);
    assert!(bench.prepare("embedding", &at(&[("work", "columns")])).is_err());
    assert!(bench.prepare("embedding", &at(&[("work", "matvec"), ("density", "0.01")])).is_err());
}

#[test]
fn a_vocabulary_that_adds_no_terms_is_a_skip() {
    let bench = Bench::new(reviews(400), &ROLES, Source::User);
    let why = bench.prepare("csr", &at(&[("work", "train"), ("vocabulary", "64k")])).err().unwrap();
    assert!(why.contains("holds them already"), "{why}");
}

#[test]
fn mostly_zero_columns_agree_and_are_listed() {
    let bench = Bench::new(reviews(3000), &ROLES, Source::User);
    let point = at(&[("work", "columns")]);
    agree(&bench, &point, &RUST);
    let case = bench.prepare("csc", &point).unwrap();
    let table = &case.tables["columns"];
    assert_eq!(table.rows.len(), 2);
    assert_eq!(table.rows[0][0], Cell::Column("clicks".to_owned()));
    let Cell::Number(share) = table.rows[0][1] else { panic!("{:?}", table.rows[0]) };
    assert!((share - 1.0 / 13.0).abs() < 0.001, "{share}");
    // Columns in one matrix share the end of the list of starts.
    let alone: f64 = table.rows.iter().map(|row| if let Cell::Number(bytes) = row[3] { bytes } else { 0.0 }).sum();
    assert_eq!(case.facts["matrix_bytes"], alone + 4.0);
}

#[test]
fn tables_that_cannot_serve_say_so_and_the_sweep_goes_on() {
    let numbers = |rows: i64| df!("x" => (0..rows).collect::<Vec<_>>()).unwrap();
    let alike = df!("t" => vec!["the same words"; 500], "label" => vec![1; 500]).unwrap();
    let blank = df!("t" => vec!["? !"; 500]).unwrap();
    let missing = df!("t" => vec![None::<&str>; 500]).unwrap();
    let few = df!("t" => vec!["some words here"; 20]).unwrap();
    let text = [("t", ColumnRole::Text), ("label", ColumnRole::Label)];
    let train = at(&[("work", "train"), ("vocabulary", "1k")]);
    for (table, roles, expected) in [
        (numbers(1), &[][..], "no column of free texts"),
        (alike, &text[..], "nothing to learn"),
        (blank, &text[..1], "Only 0 rows have a text"),
        (missing, &text[..1], "Only 0 rows have a text"),
        (few, &text[..1], "Only 20 rows have a text"),
    ] {
        let bench = Bench::new(table, roles, Source::User);
        for variant in ["dense", "csr", "csc", "embedding"] {
            let why = bench.prepare(variant, &train).err().unwrap();
            assert!(why.contains(expected), "{variant}: {why}");
        }
        assert!(bench.prepare("csr", &at(&[("work", "columns")])).err().unwrap().contains("almost always zero"));
        assert!(bench.prepare("csr", &at(&[("work", "matvec-cached"), ("density", "0.01")])).is_ok());
    }
}

#[test]
fn words_that_differ_by_marks_and_alphabets_are_words() {
    let texts: Vec<String> =
        (0..300).map(|i| format!("ÉTÉ naïve мир{} 東京 x{}\n\u{0}tab\u{2028}end", i % 7, i % 11)).collect();
    let bench = Bench::new(df!("t" => texts).unwrap(), &[("t", ColumnRole::Text)], Source::User);
    let mut case = bench.prepare("csr", &at(&[("work", "train"), ("vocabulary", "256")])).unwrap();
    assert_eq!((case.work)().unwrap().rows, 300);
}

#[test]
fn texts_of_one_word_have_as_many_terms_as_words() {
    let texts: Vec<&str> = (0..500).map(|i| ["good", "bad", "fine", "poor", "so-so"][i % 5]).collect();
    let bench = Bench::new(df!("t" => texts).unwrap(), &[("t", ColumnRole::Text)], Source::User);
    let point = at(&[("work", "train"), ("vocabulary", "256")]);
    agree(&bench, &point, &RUST);
    // "so" twice in a text makes a pair of its own.
    assert_eq!(bench.prepare("csr", &point).unwrap().settings["shape"], "500 × 6");
    let why = bench.prepare("csr", &at(&[("work", "train"), ("vocabulary", "1k")])).err().unwrap();
    assert!(why.contains("6 words and pairs"), "{why}");
}

#[test]
fn a_million_different_words_leave_those_that_texts_share() {
    let texts = |shared: &str| -> Vec<String> {
        let own = |row: i32| (0..400).map(move |word| format!("w{row}_{word}")).collect::<Vec<_>>().join(" ");
        (0..2500).map(|row| format!("{shared} {}", own(row))).collect()
    };
    let bench = Bench::new(df!("t" => texts("good and bad")).unwrap(), &[("t", ColumnRole::Text)], Source::User);
    let case = bench.prepare("csr", &at(&[("work", "train"), ("vocabulary", "256")])).unwrap();
    assert_eq!(case.settings["shape"], "2500 × 5");
    let bench = Bench::new(df!("t" => texts("")).unwrap(), &[("t", ColumnRole::Text)], Source::User);
    let why = bench.prepare("csr", &at(&[("work", "train"), ("vocabulary", "256")])).err().unwrap();
    assert!(why.contains("No word of the texts is more common"), "{why}");
}

#[test]
fn columns_of_one_row_or_of_zeros_alone_are_stored_too() {
    for rows in [1, 300] {
        let table = df!("z" => vec![0.0; rows], "y" => vec![None::<i64>; rows]).unwrap();
        let bench = Bench::new(table, &[("z", ColumnRole::Sparse), ("y", ColumnRole::Sparse)], Source::User);
        agree(&bench, &at(&[("work", "columns")]), &RUST);
        let case = bench.prepare("csc", &at(&[("work", "columns")])).unwrap();
        assert_eq!(case.tables["columns"].rows[1][1], Cell::Number(0.0));
    }
}

#[test]
fn zeros_that_are_missing_or_no_numbers_count_as_zero() {
    let values: Vec<Option<f64>> = (0..100).map(|i| [None, Some(f64::NAN), Some(-2.0), Some(0.0)][i % 4]).collect();
    let bench = Bench::new(df!("z" => values).unwrap(), &[("z", ColumnRole::Sparse)], Source::User);
    let case = bench.prepare("csc", &at(&[("work", "columns")])).unwrap();
    assert_eq!(case.tables["columns"].rows[0][1], Cell::Number(0.25));
}
