//! The default table and TPC-H.

use results::ColumnRole::{Category, Filter, Key, Label, Measure, Sparse, Text, Time};
use results::{Sortedness, Source};

use super::*;

fn open(spec: &Spec, rows: u64) -> (Folder, Opened) {
    let folder = Folder::new();
    let opened = dataset::open(spec, &OpenOptions { seed: 1, rows, scratch: folder.path("") }).unwrap();
    (folder, opened)
}

#[test]
fn the_default_table_serves_every_experiment() {
    let (_folder, opened) = open(&Spec::Default, 50_000);
    let dataset = &opened.dataset;
    assert_eq!((dataset.rows, dataset.rows_used, dataset.source, dataset.files), (50_000, 50_000, Source::Default, 0));
    assert_eq!((dataset.name.as_str(), dataset.columns.len(), dataset.notes.len()), ("purchases", 43, 0));
    let has = |name: &str, role| column(&opened, name).roles.contains(&role);
    for (name, role) in [
        ("purchase_id", Key),
        ("timestamp", Time),
        ("timestamp", Filter),
        ("country", Category),
        ("device", Category),
        ("is_member", Category),
        ("quantity", Measure),
        ("price", Measure),
        ("total", Filter),
        ("user_id", Filter),
        ("review", Text),
        ("f07", Sparse),
        ("label", Label),
    ] {
        assert!(has(name, role), "{name} must serve as {role:?}: {:?}", column(&opened, name));
    }
    assert_eq!(column(&opened, "timestamp").sorted, Some(Sortedness::Ascending));
    assert_eq!(column(&opened, "total").sorted, Some(Sortedness::Unsorted));
    assert!(column(&opened, "coupon").nulls.unwrap() > 40_000);
    assert!(!has("f00", Sparse) && !has("label", Measure));
    let table = read(&opened);
    assert_eq!((table.height(), table.width()), (50_000, 43));
}

#[test]
fn users_follow_zipf_and_the_label_can_be_learned() {
    let (_folder, opened) = open(&Spec::Default, 50_000);
    let table = read(&opened);
    let users = table.column("user_id").unwrap().i64().unwrap().iter().flatten();
    let mut counts = std::collections::HashMap::new();
    users.for_each(|user| *counts.entry(user).or_insert(0u32) += 1);
    let mut counts: Vec<u32> = counts.into_values().collect();
    counts.sort_unstable_by(|one, other| other.cmp(one));
    let top: u32 = counts[..counts.len() / 100].iter().sum();
    assert!(top > 20_000, "the top 1 % of the users make {top} of 50,000 purchases");

    let feature = table.column("f00").unwrap().f64().unwrap().iter().flatten();
    let labels = table.column("label").unwrap().i64().unwrap().iter().flatten();
    let (mut above, mut below) = ((0.0, 0.0), (0.0, 0.0));
    for (value, label) in feature.zip(labels) {
        let side = if value > 0.0 { &mut above } else { &mut below };
        side.0 += label as f64;
        side.1 += 1.0;
    }
    assert!(above.0 / above.1 > 1.5 * below.0 / below.1, "{above:?} {below:?}");
}

#[test]
fn any_number_of_rows_works() {
    for rows in [1, 2, 100] {
        let (_folder, opened) = open(&Spec::Default, rows);
        assert_eq!(read(&opened).height() as u64, rows);
    }
}

#[test]
fn lineitem_has_its_rows_and_columns() {
    let (_folder, opened) = open(&Spec::Tpch { scale: 0.002 }, 10);
    // The rows of other data are limited, those of TPC-H are not.
    assert_eq!((opened.dataset.rows, opened.dataset.rows_used), (11_957, 11_957));
    assert_eq!((opened.dataset.name.as_str(), opened.dataset.source), ("tpch:0.002", Source::Tpch));
    let table = read(&opened);
    assert_eq!(table.width(), 16);
    assert!(column(&opened, "l_shipdate").roles.contains(&Time));
    assert!(column(&opened, "l_returnflag").roles.contains(&Category));
    // The first row of the specification's own generator.
    let first = |name: &str| table.column(name).unwrap().get(0).unwrap().to_string();
    assert_eq!([first("l_orderkey"), first("l_linenumber"), first("l_quantity")], ["1", "1", "17.0"]);
    assert_eq!(first("l_shipdate"), "1996-03-13");
}
