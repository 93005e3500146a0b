//! Of a table with more rows than are wanted, rows from all over it: in every format, of files of every shape.

use polars::io::avro::{AvroCompression, AvroWriter};
use results::{Part, Sortedness, Taken};

use super::*;

const ROWS: i64 = 40_000;

/// A log in order of time: a row a minute, with a text, a code and a value.
fn log(rows: std::ops::Range<i64>) -> DataFrame {
    let times =
        Int64Chunked::from_vec("at".into(), rows.clone().map(|i| 1_700_000_000_000_000 + i * 60_000_000).collect());
    let texts: Vec<Option<String>> =
        rows.clone().map(|i| (i % 7 != 0).then(|| format!("a text, not \"short\": {i}"))).collect();
    let mut table = df![
        "id" => rows.clone().collect::<Vec<i64>>(),
        "text" => texts,
        "code" => rows.clone().map(|i| i * 7919 % 1000).collect::<Vec<i64>>(),
        "value" => rows.map(|i| i as f64 / 8.0).collect::<Vec<f64>>(),
    ]
    .unwrap();
    table.with_column(times.into_datetime(TimeUnit::Microseconds, None).into_series().into_column()).unwrap();
    table
}

fn parquet(folder: &Folder, name: &str, rows: std::ops::Range<i64>, group: usize) {
    let path = folder.file(name, "");
    let writer = ParquetWriter::new(fs::File::create(path).unwrap()).with_row_group_size(Some(group));
    writer.finish(&mut log(rows)).unwrap();
}

fn arrow(folder: &Folder, name: &str, rows: std::ops::Range<i64>, batches: i64) {
    let path = folder.file(name, "");
    let step = (rows.end - rows.start) / batches;
    let mut table = DataFrame::empty_with_schema(log(0..0).schema());
    for batch in 0..batches {
        table.vstack_mut_owned(log(rows.start + batch * step..rows.start + (batch + 1) * step)).unwrap();
    }
    IpcWriter::new(fs::File::create(path).unwrap()).with_parallel(false).finish(&mut table).unwrap();
}

fn csv(rows: std::ops::Range<i64>) -> String {
    let mut bytes = Vec::new();
    CsvWriter::new(&mut bytes).finish(&mut log(rows)).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn json(rows: std::ops::Range<i64>) -> String {
    rows.map(|i| format!("{{\"id\":{i},\"text\":\"a\\nb {i}\",\"code\":{}}}\n", i * 7919 % 1000)).collect()
}

/// The ids in the working table, which must be in order and each with what belongs to it.
fn ids(opened: &Opened) -> Vec<i64> {
    let table = read(opened);
    let numbers = |name: &str| table.column(name).unwrap().i64().unwrap().iter().flatten().collect::<Vec<i64>>();
    let ids = numbers("id");
    assert_eq!(ids.len() as u64, opened.dataset.rows_used);
    assert!(ids.windows(2).all(|two| two[0] < two[1]), "the order of the rows is kept");
    assert_eq!(numbers("code"), ids.iter().map(|i| i * 7919 % 1000).collect::<Vec<_>>());
    ids
}

/// How many rows come from each tenth of the table.
fn tenths(ids: &[i64]) -> Vec<usize> {
    (0..10).map(|tenth| ids.iter().filter(|&&id| id * 10 / ROWS == tenth).count()).collect()
}

fn slices(opened: &Opened) -> Option<u64> {
    match opened.dataset.part {
        Some(Part { taken: Taken::Slices, pieces, .. }) => Some(pieces),
        _ => None,
    }
}

#[test]
fn rows_come_from_all_over_in_every_shape_of_files() {
    let folder = Folder::new();
    parquet(&folder, "groups.parquet", 0..ROWS, 250);
    parquet(&folder, "one-group.parquet", 0..ROWS, ROWS as usize);
    arrow(&folder, "batches.arrow", 0..ROWS, 40);
    arrow(&folder, "one-batch.arrow", 0..ROWS, 1);
    folder.file("a.csv", csv(0..ROWS));
    folder.file("a.jsonl", json(0..ROWS));
    let part = ROWS / 100;
    for i in 0..100 {
        let rows = i * part..(i + 1) * part;
        parquet(&folder, &format!("hundred/{i:03}.parquet"), rows.clone(), 1000);
        parquet(&folder, &format!("hive/month={}/day={:02}/a.parquet", 10 + i / 20, i % 20), rows.clone(), 1000);
        arrow(&folder, &format!("arrows/{i:03}.arrow"), rows.clone(), 2);
        folder.file(&format!("csvs/{i:03}.csv"), csv(rows.clone()));
        folder.file(&format!("jsonl/{i:03}.jsonl"), json(rows));
    }
    for name in [
        "groups.parquet",
        "one-group.parquet",
        "batches.arrow",
        "one-batch.arrow",
        "a.csv",
        "a.jsonl",
        "hundred",
        "hive",
        "arrows",
        "csvs",
        "jsonl",
    ] {
        let opened = folder.open(name, 5_000).unwrap();
        let dataset = &opened.dataset;
        let ids = ids(&opened);
        assert_eq!(ids.len(), 5_000, "{name}");
        assert!(tenths(&ids).iter().all(|&rows| (250..=750).contains(&rows)), "{name}: {:?}", tenths(&ids));
        let exact = !name.contains("csv") && !name.contains("json");
        let off = (dataset.rows as f64 / ROWS as f64 - 1.0).abs();
        assert!(off < if exact { 1e-9 } else { 0.05 }, "{name}: {}", dataset.rows);
        // Contiguous: only from one slice to the next is anything left out.
        let jumps = ids.windows(2).filter(|two| two[1] != two[0] + 1).count() as u64;
        assert_eq!(slices(&opened), Some(jumps + 1), "{name}");
        assert_eq!(dataset.part.unwrap().wanted, 5_000);
        let said = format!("in {} slices from all over it", jumps + 1);
        assert!(noted(&dataset.notes, &["Used 5,000 of", &said]), "{name}: {:?}", dataset.notes);
        // The border of a slice is no disorder.
        assert_eq!(column(&opened, "id").sorted, Some(Sortedness::Ascending), "{name}");
        assert_eq!(column(&opened, "code").sorted, Some(Sortedness::Unsorted), "{name}");
        assert_eq!(column(&opened, "id").distinct, Some(5_000), "{name}");
    }
    let hive = read(&folder.open("hive", 5_000).unwrap());
    assert_eq!(hive.column("month").unwrap().n_unique().unwrap(), 5, "partitions belong to the rows");
    let month = |id: i64| 10 + id / part / 20;
    let ids: Vec<i64> = hive.column("id").unwrap().i64().unwrap().iter().flatten().collect();
    let months: Vec<i64> = hive.column("month").unwrap().i64().unwrap().iter().flatten().collect();
    assert_eq!(months, ids.into_iter().map(month).collect::<Vec<_>>());
}

#[test]
fn the_seed_decides_which_rows() {
    let folder = Folder::new();
    parquet(&folder, "a.parquet", 0..ROWS, 1000);
    let of = |seed| ids(&folder.open_seeded("a.parquet", 1_000, seed).unwrap());
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn the_whole_is_the_whole() {
    let folder = Folder::new();
    parquet(&folder, "one-row.parquet", 0..1, 10);
    parquet(&folder, "a.parquet", 0..100, 10);
    folder.file("a.csv", csv(0..100));
    folder.file("a.jsonl", json(0..100));
    for (name, rows) in [("one-row.parquet", 1), ("a.parquet", 100), ("a.csv", 100), ("a.jsonl", 100)] {
        for wanted in [rows, rows + 1, 1_000_000] {
            let opened = folder.open(name, wanted).unwrap();
            assert_eq!(
                (opened.dataset.rows, opened.dataset.rows_used, opened.dataset.part),
                (rows, rows, None),
                "{name}"
            );
            assert!(opened.dataset.notes.is_empty(), "{:?}", opened.dataset.notes);
        }
    }
    for name in ["a.parquet", "a.csv", "a.jsonl"] {
        let one = folder.open(name, 1).unwrap();
        assert_eq!((one.dataset.rows_used, slices(&one)), (1, Some(1)), "{name}");
        // Where nearly all are wanted of a text, its end may come before the last ones.
        let most = ids(&folder.open(name, 99).unwrap()).len();
        assert!(if name == "a.parquet" { most == 99 } else { (90..=99).contains(&most) }, "{name}: {most}");
    }
}

#[test]
fn files_that_begin_at_their_start_give_some_rows_each() {
    let folder = Folder::new();
    let part = ROWS / 10;
    for i in 0..10 {
        let rows = i * part..(i + 1) * part;
        folder.file(&format!("gz/{i}.csv.zst"), zstd::encode_all(csv(rows.clone()).as_bytes(), 1).unwrap());
        folder.file(&format!("json/{i}.jsonl.zst"), zstd::encode_all(json(rows.clone()).as_bytes(), 1).unwrap());
        let path = folder.file(&format!("avro/{i}.avro"), "");
        let mut table = log(rows).select(["id", "code", "value"]).unwrap();
        let writer = AvroWriter::new(fs::File::create(path).unwrap()).with_name("r".to_owned());
        let mut writer = writer.with_compression(Some(AvroCompression::Deflate));
        writer.finish(&mut table).unwrap();
    }
    for name in ["gz", "json", "avro"] {
        let opened = folder.open(name, 1_000).unwrap();
        let ids = ids(&opened);
        assert_eq!((ids.len(), tenths(&ids).iter().all(|rows| (50..=150).contains(rows))), (1_000, true), "{name}");
        let part = opened.dataset.part.unwrap();
        assert_eq!((part.taken, part.pieces), (Taken::Files, 10), "{name}");
        assert!(noted(&opened.dataset.notes, &["the first ones of each of 10 files"]), "{:?}", opened.dataset.notes);
        let off = opened.dataset.rows as f64 / ROWS as f64;
        assert!((0.5..2.0).contains(&off), "{name}: about {} rows", opened.dataset.rows);
        let whole = folder.open(name, 2 * ROWS as u64).unwrap();
        assert_eq!(
            (whole.dataset.rows, whole.dataset.rows_used, whole.dataset.part),
            (ROWS as u64, ROWS as u64, None),
            "{name}"
        );
    }
}

#[test]
fn a_key_of_a_later_file_is_not_lost() {
    let folder = Folder::new();
    let late = "{\"id\":1,\"code\":1,\"late\":true}\n".repeat(1_000);
    folder.file("t/1.jsonl.zst", zstd::encode_all(json(0..1_000).as_bytes(), 1).unwrap());
    folder.file("t/2.jsonl.zst", zstd::encode_all(late.as_bytes(), 1).unwrap());
    let opened = folder.open("t", 100).unwrap();
    assert_eq!((opened.dataset.rows_used, column(&opened, "late").dtype.as_str()), (100, "bool"));
}

#[test]
fn quotes_that_are_text_hide_no_row() {
    let folder = Folder::new();
    // Behind what is looked at when the file is opened.
    let text = |i: i64| format!("{}{}", if i >= 700 && i % 3 == 0 { "\"one\" " } else { "" }, "long ".repeat(80));
    let rows: String = (0..4_000).map(|i| format!("{i},{},{}\n", text(i), i * 7919 % 1000)).collect();
    folder.file("a.csv", format!("id,text,code\n{rows}"));
    let opened = folder.open("a.csv", 1_000).unwrap();
    assert!(noted(&opened.dataset.notes, &["Quotes enclose no values"]), "{:?}", opened.dataset.notes);
    assert_eq!(opened.dataset.part.map(|part| part.taken), Some(Taken::Slices));
    let ids = ids(&opened);
    assert!(
        ids.len() <= 1_000 && ids.last().is_some_and(|last| *last > 3_000),
        "{} rows to {:?}",
        ids.len(),
        ids.last()
    );
}

#[test]
fn line_ends_in_quotes_leave_only_the_first_rows() {
    let folder = Folder::new();
    let text = |i: i64| if i % 10 == 3 { format!("\"two\nlines {i}\"") } else { format!("line {i}") };
    let quoted: String = (0..ROWS).map(|i| format!("{i},{},{}\n", text(i), i * 7919 % 1000)).collect();
    folder.file("a.csv", format!("id,text,code\n{quoted}"));
    let opened = folder.open("a.csv", 1_000).unwrap();
    assert_eq!(ids(&opened), (0..1_000).collect::<Vec<_>>());
    assert_eq!(opened.dataset.part, Some(Part { wanted: 1_000, taken: Taken::Start, pieces: 1 }));
    assert!(noted(&opened.dataset.notes, &["Used the first 1,000 of about", "line ends in quotes"]));
    // Far from the start as well: no slice is taken for what it is not.
    let mut late: String = (0..ROWS / 2).map(|i| format!("{i},line {i},{}\n", i * 7919 % 1000)).collect();
    late += &(0..ROWS / 2).map(|i| format!("{i},\"a\n{}b\",1\n", "7,fake line,7\n".repeat(30))).collect::<String>();
    folder.file("b.csv", format!("id,text,code\n{late}"));
    let opened = folder.open("b.csv", 1_000).unwrap();
    assert_eq!(opened.dataset.part.map(|part| part.taken), Some(Taken::Start));
    assert_eq!(ids(&opened), (0..1_000).collect::<Vec<_>>());
}

#[test]
fn odd_rows_of_a_slice_are_placed_in_the_file() {
    let folder = Folder::new();
    let row = |i: i64| if i == ROWS / 2 { format!("{i}\n") } else { format!("{i},{}\n", i * 7919 % 1000) };
    folder.file("a.csv", "id,code\n".to_owned() + &(0..ROWS).map(row).collect::<String>());
    // Nearly all rows: the odd one is in a slice.
    let opened = folder.open("a.csv", ROWS as u64 - 20).unwrap();
    let note = opened.dataset.notes.iter().find(|note| note.contains("another number of fields")).unwrap();
    assert!(note.contains(" after byte ") || note.contains("line 20002"), "{note}");
}

#[test]
fn vectors_stay_with_their_rows() {
    let folder = Folder::new();
    parquet(&folder, "t/a.parquet", 0..ROWS, 1000);
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let head = format!("{:<117}\n", format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({ROWS}, 2), }}"));
    bytes.extend((head.len() as u16).to_le_bytes());
    bytes.extend(head.into_bytes());
    bytes.extend((0..ROWS).flat_map(|i| [(i as f32).to_le_bytes(), (i as f32 + 0.5).to_le_bytes()].concat()));
    folder.file("t/v.npy", &bytes);
    let opened = folder.open("t", 1_000).unwrap();
    let vectors = dataset::vectors(&opened.table, "v", 10_000).unwrap().unwrap();
    let expected: Vec<f32> = ids(&opened).iter().flat_map(|&id| [id as f32, id as f32 + 0.5]).collect();
    assert_eq!(vectors.values, expected);

    // A text does not tell the number of a row: its first rows are taken.
    folder.file("c/a.csv", csv(0..ROWS));
    folder.file("c/v.npy", &bytes);
    let opened = folder.open("c", 1_000).unwrap();
    assert_eq!(ids(&opened), (0..1_000).collect::<Vec<_>>());
    assert!(noted(&opened.dataset.notes, &["the first 1,000", "vectors beside it"]), "{:?}", opened.dataset.notes);
    assert_eq!(opened.dataset.part.map(|part| part.taken), Some(Taken::Start));
}
