//! The smallest types of a table, by name.

use results::Cell;

use crate::case::Bench;
use crate::tables::{ROLES, log};

#[test]
fn every_disguise_is_seen_through() {
    let done = Bench::new(log(2000), &ROLES, &[]).unwrap().variant("as-is", "load").unwrap();
    let expected = [
        ("id", "Int64", "Int32", "cast to Int64"),
        ("at", "Datetime", "Datetime", ""),
        ("midnight", "Datetime", "Date", ""),
        ("country", "String", "Enum of 3", ""),
        ("count", "Int64", "Int8", ""),
        ("price", "Float64", "Int16 of hundredths", "whole hundredths in disguise: divided by 100"),
        ("x", "Float64", "Float64", "Float32 halves it"),
        ("integral", "Float64", "Int16", ""),
        ("single", "Float64", "Float32", ""),
        ("flag", "Int64", "Boolean", ""),
        ("digits", "String", "Int16", "numbers kept as texts"),
        ("day", "String", "Date", ""),
        ("review", "String", "String", ""),
        ("nothing", "Int64", "Int64", ""),
        ("label", "Int64", "Boolean", ""),
    ];
    let rows = &done.tables["columns"].rows;
    for (name, from, to, remark) in expected {
        let row = rows.iter().find(|row| row[0] == Cell::Column(name.to_owned())).unwrap();
        let text = |i: usize| if let Cell::Text(text) = &row[i] { text.as_str() } else { panic!("{row:?}") };
        assert_eq!((text(1), text(2)), (from, to), "{name}");
        assert!(text(6).contains(remark), "{name}: {}", text(6));
    }
    let saved = |row: &Vec<Cell>| match (&row[3], &row[4]) {
        (Cell::Number(before), Cell::Number(after)) => before - after,
        _ => panic!("{row:?}"),
    };
    assert!(rows.windows(2).all(|pair| saved(&pair[0]) >= saved(&pair[1])), "the largest saving comes first");
}
