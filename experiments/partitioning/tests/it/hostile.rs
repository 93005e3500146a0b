//! Tables that break careless code.

use polars::prelude::*;
use results::ColumnRole;

use crate::case::{Bench, queries};
use crate::tables::{DAY, ROLES, log};

/// Asks every query of every layout; the reasons of all skips.
fn survives(bench: &Bench) -> Vec<String> {
    let mut reasons: Vec<String> = queries().iter().flat_map(|query| bench.agree(query).1.into_values()).collect();
    reasons.sort();
    reasons.dedup();
    reasons
}

fn with_kind(frame: DataFrame, kinds: &[Option<&str>]) -> DataFrame {
    let mut frame = frame;
    let kinds: Vec<Option<&str>> = (0..frame.height()).map(|i| kinds[i % kinds.len()]).collect();
    frame.with_column(Column::new("kind".into(), kinds)).unwrap();
    frame
}

#[test]
fn values_of_folders_are_read_back_as_they_were() {
    let kinds = [
        Some("a/b"),
        None,
        Some("x=y"),
        Some("50 %"),
        Some(" "),
        Some("né 🦀"),
        Some("*"),
        Some("[0]"),
        Some("\t\n"),
        Some("%2F"),
        Some(".."),
        Some("C:\\temp"),
        Some("2024-01-01"),
        Some("null"),
        Some("007"),
        Some("\"'"),
        Some("?#&+"),
    ];
    for typical in ["a/b", "50 %", "\t\n", "%2F", "007", "*"] {
        // The query asks for the middle of the sorted rows, so this value gets most of them.
        let mut kinds = kinds.to_vec();
        kinds.extend([Some(typical); 18]);
        let bench = Bench::new(with_kind(log(4000, 3), &kinds), &ROLES, &["at"]).unwrap();
        assert_eq!(bench.table.columns["category"], "country", "the one of fewer values");
        let mut bench = bench;
        bench.table.columns.insert("category".to_owned(), "kind".to_owned());
        let (done, skipped) = bench.agree("category");
        assert!(done.iter().any(|(id, _)| id == "hive-day-category"), "{typical:?}: {skipped:?}");
    }
}

#[test]
fn values_that_no_folder_can_tell_apart_are_refused_clearly() {
    for (kinds, why) in [
        (vec![Some("a"), Some(""), None], "empty texts"),
        (vec![Some("a"), Some("__HIVE_DEFAULT_PARTITION__")], "missing values"),
        (vec![Some("a"), Some("long ".repeat(60).leak() as &str)], "too long"),
    ] {
        let frame = with_kind(log(3000, 3), &kinds).drop("country").unwrap();
        let (done, skipped) = Bench::new(frame, &ROLES, &["at"]).unwrap().agree("category");
        assert!(skipped["hive-day-category"].contains(why), "{skipped:?}");
        assert!(done.len() > 5, "the other layouts are asked all the same");
    }
}

#[test]
fn column_names_are_only_names() {
    let mut frame = log(4000, 40).select(["at", "user", "item", "price", "kind"]).unwrap();
    let names = ["*", "^.*$", "day", "month", "a/b = <é> 🦀"];
    frame.set_column_names(&names).unwrap();
    let roles = [
        ("*", ColumnRole::Time),
        ("^.*$", ColumnRole::Filter),
        ("day", ColumnRole::Filter),
        ("month", ColumnRole::Measure),
        (names[4], ColumnRole::Category),
    ];
    let bench = Bench::new(frame, &roles, &["*"]).unwrap();
    assert_eq!(bench.table.columns.len(), 5);
    let reasons = survives(&bench);
    assert!(reasons.iter().any(|reason| reason.contains("folder's name")), "{reasons:?}");
    assert_eq!(reasons.len(), 2, "{reasons:?}");
}

#[test]
fn a_table_without_time_category_or_numbers_is_asked_what_it_can_be() {
    let all = log(2000, 30);
    let no_time = all.drop_many(["at"]);
    let reasons = survives(&Bench::new(no_time, &ROLES, &[]).unwrap());
    assert!(reasons.iter().all(|reason| reason.contains("dates or times")), "{reasons:?}");
    let texts = all.select(["kind", "country", "note"]).unwrap();
    survives(&Bench::new(texts, &[("kind", ColumnRole::Category), ("country", ColumnRole::Category)], &[]).unwrap());
    let times = all.select(["at"]).unwrap();
    let bench = Bench::new(times, &[("at", ColumnRole::Time)], &["at"]).unwrap();
    assert!(survives(&bench).iter().any(|reason| reason.contains("selective range")));
    let nothing = df!("flag" => [true, false]).unwrap();
    assert!(Bench::new(nothing, &[], &[]).err().unwrap().contains("no time"));
    assert!(Bench::new(log(1, 1), &ROLES, &[]).err().unwrap().contains("two rows"));
}

#[test]
fn nulls_everywhere() {
    let hole = |name: &str| when((col("id") % lit(5)).eq(lit(0))).then(lit(NULL)).otherwise(col(name)).alias(name);
    let frame =
        log(4000, 30).lazy().with_columns([hole("at"), hole("kind"), hole("user"), hole("item")]).collect().unwrap();
    assert_eq!(survives(&Bench::new(frame, &ROLES, &[]).unwrap()), [""; 0]);
}

#[test]
fn one_day_one_month_and_far_dates() {
    let reasons = survives(&Bench::new(log(500, 1), &ROLES, &["at"]).unwrap());
    assert!(reasons.iter().any(|reason| reason.contains("one day")), "{reasons:?}");
    let reasons = survives(&Bench::new(log(500, 9), &ROLES, &["at"]).unwrap());
    assert!(reasons.iter().any(|reason| reason.contains("one month")), "{reasons:?}");
    let far = log(500, 30).lazy().with_column(
        (col("at").cast(DataType::Int64) * lit(200)).cast(DataType::Datetime(TimeUnit::Microseconds, None)),
    );
    let reasons = survives(&Bench::new(far.collect().unwrap(), &ROLES, &["at"]).unwrap());
    assert!(reasons.iter().any(|reason| reason.contains("9999")), "{reasons:?}");
}

#[test]
fn a_thousand_days_of_few_rows_are_too_many_folders() {
    let frame = log(3000, 1000);
    let (done, skipped) = Bench::new(frame, &ROLES, &["at"]).unwrap().agree("day");
    assert!(skipped["hive-day"].contains("1000 files of 3 rows"), "{skipped:?}");
    assert!(done.iter().any(|(id, _)| id == "hive-month"));
}

#[test]
fn times_of_every_unit_and_days() {
    for dtype in [
        DataType::Date,
        DataType::Datetime(TimeUnit::Milliseconds, None),
        DataType::Datetime(TimeUnit::Nanoseconds, None),
    ] {
        let frame = log(2500, 30).lazy().with_column(col("at").cast(dtype.clone())).collect().unwrap();
        assert_eq!(survives(&Bench::new(frame, &ROLES, &[]).unwrap()), [""; 0], "{dtype}");
    }
    let old = log(2500, 30).lazy().with_column(
        (col("at").cast(DataType::Int64) - lit(40_000 * DAY)).cast(DataType::Datetime(TimeUnit::Microseconds, None)),
    );
    assert_eq!(survives(&Bench::new(old.collect().unwrap(), &ROLES, &[]).unwrap()), [""; 0], "before 1970");
}

/// Columns of a dictionary are compared by their texts, and not by the numbers that stand for them.
#[test]
fn dictionaries_are_texts() {
    let dictionary = DataType::from_categories(Categories::global());
    let as_texts = log(3000, 30)
        .lazy()
        .with_columns([col("user").cast(DataType::String), col("item").cast(DataType::String)])
        .collect()
        .unwrap();
    let cast = |name: &str| col(name).cast(dictionary.clone());
    let as_dictionaries = as_texts.clone().lazy().with_columns(["kind", "country", "user", "item"].map(cast));
    let as_dictionaries = as_dictionaries.collect().unwrap();
    let benches = [as_texts, as_dictionaries].map(|frame| Bench::new(frame, &ROLES, &["at"]).unwrap());
    assert_eq!(benches[0].table.columns, benches[1].table.columns);
    assert_eq!(benches[0].table.columns["cluster"], "user");
    for query in queries() {
        let [texts, dictionaries] = benches.each_ref().map(|bench| bench.agree(&query));
        assert_eq!(texts.1, dictionaries.1, "{query}");
        assert_eq!(texts.0[0].1.answer.rows, dictionaries.0[0].1.answer.rows, "{query}");
    }
}

#[test]
fn a_dictionary_of_nothing_but_different_values() {
    let rows = 50_000;
    let values = (0..rows).map(|i| format!("value {:06}", i * 7919 % rows)).collect::<Vec<_>>();
    let mut frame = log(rows as usize, 30).select(["at", "price"]).unwrap();
    let column = Column::new("code".into(), values).cast(&DataType::from_categories(Categories::global())).unwrap();
    frame.with_column(column).unwrap();
    let bench = Bench::new(frame, &[("at", ColumnRole::Time), ("price", ColumnRole::Measure)], &["at"]).unwrap();
    assert_eq!(bench.table.columns.get("cluster").map(String::as_str), Some("code"));
    assert!(
        !bench.table.columns.contains_key("category"),
        "no folder for each of so many values: {:?}",
        bench.table.columns
    );
    let (done, skipped) = bench.agree("cluster");
    assert!(done.iter().any(|(id, _)| id == "sorted"), "{skipped:?}");
    assert!(done.iter().all(|(_, case)| case.answer.rows > 100 && case.answer.rows < 1000), "{:?}", done[0].1.answer);
}

/// Every file is compared with its rows when it is written; so a type that is not given back fails the case.
#[test]
fn columns_of_any_type_are_stored_and_given_back() {
    let pair = || as_struct(vec![col("user"), col("note")]).alias("pair");
    let frame = log(2000, 30)
        .lazy()
        .with_columns([
            pair(),
            col("at").cast(DataType::Time).alias("time of day"),
            (col("at") - col("at").first()).alias("since"),
            col("item").cast(DataType::Decimal(12, 2)).alias("decimal"),
            col("note").cast(DataType::Binary).alias("binary"),
            col("user").gt(lit(250)).alias("flag"),
            col("item").cast(DataType::UInt16).alias("small"),
            lit(NULL).alias("nothing"),
            lit(f64::NAN).alias("nan"),
            concat_list([col("user"), col("item")]).unwrap().alias("list"),
        ])
        .collect()
        .unwrap();
    let (done, skipped) = Bench::new(frame, &ROLES, &["at"]).unwrap().agree("all");
    assert!(done.len() >= 9, "{skipped:?}");
}
