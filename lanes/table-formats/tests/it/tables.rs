//! Every format, asked every query.

use results::{Answer, Cell};

use crate::run::{DAYS, ROWS, Row, Scratch, passes, rows, run};

const LAYOUTS: [(&str, &str); 4] = [("delta", "time"), ("delta", "z"), ("iceberg", "time"), ("plain", "time")];

fn expected(rows: &[Row], query: &str) -> Answer {
    let passing: Vec<&Row> = rows.iter().filter(|row| passes(row, query)).collect();
    let sum: f64 = passing.iter().filter_map(|row| row.price).sum();
    Answer { rows: passing.len() as u64, values: vec![1.0 + sum / 1000.0], digest: None }
}

#[test]
fn every_table_gives_the_same_answers() {
    let rows = rows();
    let scratch = Scratch::new(&rows);
    for (format, order) in LAYOUTS {
        for query in ["day", "month", "cluster", "category", "other", "all"] {
            let (ready, answer) = run(&scratch.task(format, order, query)).unwrap();
            let expected = expected(&rows, query);
            assert!(expected.rows > 0, "{query} is a question");
            assert_eq!(answer.disagreement(&expected, 1e-12), None, "{format} {order} {query}");
            let fact = |name: &str| ready.facts[name];
            assert_eq!(fact("rows"), ROWS as f64);
            assert!(fact("bytes_scanned") >= fact("bytes_needed") && fact("bytes_needed") > 0.0, "{ready:?}");
            assert!(fact("disk_bytes") > 0.0 && ready.files.iter().all(|file| file.is_file()));
            let shares = fact("by_file") + fact("by_group") + fact("rows_left");
            assert!((shares - 1.0).abs() < 1e-9, "{format} {query}: {shares}");
            assert_eq!(ready.settings["columns stored"], "6 of 7");
        }
    }
}

#[test]
fn statistics_in_the_list_keep_files_closed() {
    let scratch = Scratch::new(&rows());
    let opened = |format: &str, order: &str, query: &str| {
        let (ready, _) = run(&scratch.task(format, order, query)).unwrap();
        (ready.facts["files_opened"], ready.facts["files"], ready.facts["by_file"])
    };
    // By time: a day touches the files that it begins and ends in. The last file holds rows without a time.
    let (day, all, ruled_out) = opened("delta", "time", "day");
    assert!(all == DAYS as f64 && (1.0..=3.0).contains(&day) && ruled_out > 0.9, "{day} of {all}");
    let (day, all, ruled_out) = opened("iceberg", "time", "day");
    assert!(all == DAYS as f64 + 1.0 && day == 1.0 && ruled_out > 0.9, "{day} of {all}");
    let (month, ..) = opened("iceberg", "time", "month");
    assert_eq!(month, 30.0);
    // Without a list every file is opened, and the footers rule out what the list would have.
    let (day, all, ruled_out) = opened("plain", "time", "day");
    assert!(day == all && ruled_out == 0.0);
    // Users are scattered over the days, but not along a Z-curve.
    let (by_time, all, _) = opened("delta", "time", "cluster");
    let (by_z, ..) = opened("delta", "z", "cluster");
    assert!(by_time > 0.5 * all && by_z < 0.5 * by_time, "{by_z} {by_time} {all}");
}

#[test]
fn lists_and_tables_for_the_chapter() {
    let scratch = Scratch::new(&rows());
    for (format, order) in LAYOUTS {
        let (ready, answer) = run(&scratch.task(format, order, "list")).unwrap();
        assert_eq!((answer.rows, answer.values.len()), (ROWS as u64, 0), "{format}");
        assert!(ready.files.is_empty());
        let (ready, _) = run(&scratch.task(format, order, "all")).unwrap();
        let table = &ready.tables["reading"];
        assert_eq!(table.defect(), None);
        let queries: Vec<&Cell> = table.rows.iter().map(|row| &row[0]).collect();
        assert_eq!(queries.len(), 6, "{queries:?}");
    }
}

#[test]
fn a_table_is_made_once_and_described() {
    let scratch = Scratch::new(&rows());
    let task = scratch.task("iceberg", "time", "day");
    let (first, _) = run(&task).unwrap();
    let made = std::fs::read(scratch.path().join("iceberg-time.json")).unwrap();
    // A second launch finds it, and needs the one file no more.
    std::fs::remove_dir_all(scratch.path().join("single")).unwrap();
    let (second, _) = run(&task).unwrap();
    assert_eq!(first.facts, second.facts);
    assert_eq!(std::fs::read(scratch.path().join("iceberg-time.json")).unwrap(), made);
}
