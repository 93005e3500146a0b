//! CSV as it is found in the wild.

use std::io::Write;

use super::*;

/// The texts of a column.
fn texts(table: &DataFrame, column: &str) -> Vec<String> {
    table.column(column).unwrap().str().unwrap().iter().flatten().map(str::to_owned).collect()
}

#[test]
fn types_are_found() {
    let folder = Folder::new();
    folder.file(
        "a.csv",
        "id,price,when,day,ok,name,empty,code,zoned\n\
         1, 1.5,2024-01-31 10:00:00,2024-01-31,True,Ann,,0x1,2024-01-31T10:00:00Z\n\
         2,2,2024-02-01T11:30:00.250,2024-02-01,false,Bob,,7,2024-02-01T01:00:00+02:00\n\
         -3,,,,,,,,\n",
    );
    let profile = folder.profile("a.csv").unwrap();
    assert_eq!(
        types(&profile),
        [
            "id:i64",
            "price:f64",
            "when:datetime",
            "day:date",
            "ok:bool",
            "name:text",
            "empty:text",
            "code:text",
            "zoned:datetime"
        ]
    );
    assert_eq!((profile.rows, profile.files, profile.format.as_deref()), (3, 1, Some("csv")));
    let nulls: Vec<u64> = profile.columns.iter().map(|column| column.nulls).collect();
    assert_eq!(nulls, [0, 1, 1, 1, 1, 1, 3, 1, 1]);
    let (when, day) = (&profile.columns[2], &profile.columns[3]);
    assert_eq!(when.min.as_deref(), Some("2024-01-31 10:00:00"));
    assert_eq!(when.max.as_deref(), Some("2024-02-01 11:30:00.25"));
    assert_eq!(day.min.as_deref(), Some("2024-01-31"));
    assert_eq!(profile.columns[8].max.as_deref(), Some("2024-01-31 23:00:00"), "in UTC");
    assert_eq!(profile.notes.len(), 1, "{:?}", profile.notes);
    assert!(noted(&profile.notes, &["1 column", "UTC"]));
}

#[test]
fn ragged_rows_are_kept_and_counted() {
    let folder = Folder::new();
    folder.file("a.csv", "a,b,c\n1,2,3\n4,5\n6,7,8,9,10\n11,12,13\n");
    let opened = folder.open("a.csv", 100).unwrap();
    assert_eq!(opened.dataset.rows, 4);
    assert!(noted(&opened.dataset.notes, &["2 rows of 4", "line 3 of a.csv", "1 with fewer", "1 with more"]));
    let table = read(&opened);
    assert_eq!(table.column("c").unwrap().null_count(), 1);
    assert_eq!(table.column("c").unwrap().i64().unwrap().get(2), Some(8));
    assert_eq!(table.column("a").unwrap().i64().unwrap().get(3), Some(11));
}

#[test]
fn foreign_bytes_are_read_as_latin_1() {
    let folder = Folder::new();
    folder.file("a.csv", b"city,n\nM\xfcnchen,1\n\xc3\x85rhus,2\n");
    let opened = folder.open("a.csv", 100).unwrap();
    assert!(noted(&opened.dataset.notes, &["not all UTF-8", "1 byte"]), "{:?}", opened.dataset.notes);
    assert_eq!(texts(&read(&opened), "city"), ["München", "Århus"]);
}

#[test]
fn a_mark_is_no_part_of_the_name() {
    let folder = Folder::new();
    folder.file("a.csv", b"\xef\xbb\xbfid,n\n1,2\n");
    let profile = folder.profile("a.csv").unwrap();
    assert_eq!(types(&profile), ["id:i64", "n:i64"]);
    assert!(noted(&profile.notes, &["byte order mark"]));
}

#[test]
fn utf_16_is_refused_with_the_cure() {
    let folder = Folder::new();
    folder.file("a.csv", b"\xff\xfea\0,\0b\0\n\0");
    let message = folder.wrong("a.csv");
    assert!(message.contains("UTF-16") && message.contains("iconv"), "{message}");
}

#[test]
fn quoted_newlines_and_separators_stay_in_their_field() {
    let folder = Folder::new();
    folder.file("a.csv", "id,text\n1,\"two\nlines, \"\"quoted\"\"\"\n2,\"x\"\r\n3,5\" pipe\n");
    let opened = folder.open("a.csv", 100).unwrap();
    assert!(opened.dataset.notes.is_empty(), "{:?}", opened.dataset.notes);
    assert_eq!(texts(&read(&opened), "text"), ["two\nlines, \"quoted\"", "x", "5\" pipe"]);
}

#[test]
fn a_quote_that_is_never_closed_names_its_line() {
    let folder = Folder::new();
    folder.file("a.csv", "id,text\n1,fine\n2,\"open\n3,x\n");
    let message = folder.wrong("a.csv");
    assert!(message.contains("line 3") && message.contains("never closed"), "{message}");
}

#[test]
fn quotes_that_enclose_nothing_are_text() {
    let odd = "b\t\"A\" is one\nc\t\"open\nd\tx\ne\t\"closed\"\n";
    let values = ["\"A\" is one", "\"open", "x", "\"closed\""];
    let folder = Folder::new();
    folder.file("a.csv", "a,b\n\"open,1\nz,2\n\"another,3\n");
    assert_eq!(texts(&read(&folder.open("a.csv", 10).unwrap()), "a"), ["\"open", "z", "\"another"]);
    // At the start of the file, and far behind what is looked at when it is opened.
    for rows in [0, 40_000] {
        let folder = Folder::new();
        let plain: String = (0..rows).map(|i| format!("a{i}\tplain text\n")).collect();
        folder.file("a.tsv", format!("id\ttext\n{plain}{odd}"));
        let opened = folder.open("a.tsv", 100_000).unwrap();
        assert!(
            noted(&opened.dataset.notes, &["Quotes enclose no values", "read as text"]),
            "{:?}",
            opened.dataset.notes
        );
        assert!(!noted(&opened.dataset.notes, &["another number of fields"]));
        assert_eq!(texts(&read(&opened), "text")[rows..], values);
        assert_eq!(folder.profile("a.tsv").unwrap().rows, rows as u64 + 4);
    }
}

#[test]
fn text_after_the_quote_that_ends_a_value_is_kept() {
    let folder = Folder::new();
    folder.file("a.csv", "id,text,more\n1,\"a, b\",x\n2,\"A\" is, one\n\n3,\"B, C\" are \"two\",y\r\n4,z,\n");
    let opened = folder.open("a.csv", 100).unwrap();
    assert!(noted(&opened.dataset.notes, &["In 2 rows text follows the quote"]), "{:?}", opened.dataset.notes);
    let table = read(&opened);
    assert_eq!(texts(&table, "text"), ["a, b", "\"A\" is", "\"B, C\" are \"two\"", "z"]);
    assert_eq!(texts(&table, "more"), ["x", " one", "y"]);
}

#[test]
fn quotes_that_enclose_values_far_behind_are_no_text() {
    let folder = Folder::new();
    let plain = "x,plain text\n".repeat(40_000);
    folder.file("a.csv", format!("id,text\na,\"A\" is\n{plain}b,\"p, q\"\n"));
    let opened = folder.open("a.csv", 100_000).unwrap();
    assert!(noted(&opened.dataset.notes, &["In 1 row text follows the quote"]), "{:?}", opened.dataset.notes);
    let values = texts(&read(&opened), "text");
    assert_eq!((values[0].as_str(), values[40_001].as_str()), ("\"A\" is", "p, q"));
}

#[test]
fn a_quote_that_is_closed_by_the_next_one_that_opens_names_its_line() {
    let folder = Folder::new();
    folder.file("a.csv", "id,text\n1,\"a, b\"\n2,\"open\n3,x\n4,\"c, d\"\n");
    let message = folder.wrong("a.csv");
    assert!(message.contains("line 3") && message.contains("text follows the quote"), "{message}");
}

#[test]
fn five_thousand_columns_profile() {
    let folder = Folder::new();
    let row = |make: &dyn Fn(usize) -> String| (0..5000).map(make).collect::<Vec<_>>().join(",");
    let text = [row(&|i| format!("c{i}")), row(&|i| i.to_string()), row(&|i| format!("{i}.5"))].join("\n");
    folder.file("a.csv", text);
    let profile = folder.profile("a.csv").unwrap();
    assert_eq!((profile.columns.len(), profile.rows), (5000, 2));
    assert!(profile.columns.iter().all(|column| column.dtype == "f64"));
    assert_eq!(folder.open("a.csv", 10).unwrap().dataset.columns.len(), 5000);
}

#[test]
fn odd_names_survive() {
    let folder = Folder::new();
    folder.file("a.csv", "<b>x</b>,\"say \"\"hi\"\", you\",a/b\\c,🦀,,n,n,n\n1,2,3,4,5,6,7,8\n");
    let opened = folder.open("a.csv", 10).unwrap();
    let names: Vec<&str> = opened.dataset.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["<b>x</b>", "say \"hi\", you", "a/b\\c", "🦀", "column_5", "n", "n_2", "n_3"]);
    assert!(noted(&opened.dataset.notes, &["repeats 2 column names", "suffix"]));
    assert!(noted(&opened.dataset.notes, &["1 column name empty", "position"]));
    assert_eq!(read(&opened).width(), 8);
}

#[test]
fn one_row_one_column_and_no_header() {
    let folder = Folder::new();
    folder.file("one_row.csv", "a,b\n1,x\n");
    let opened = folder.open("one_row.csv", 10).unwrap();
    assert_eq!((opened.dataset.rows, opened.dataset.columns.len()), (1, 2));
    assert!(opened.dataset.columns.iter().all(|column| column.roles.is_empty()));

    folder.file("one_column.csv", "a\n1\n\n3\n");
    let profile = folder.profile("one_column.csv").unwrap();
    assert_eq!((types(&profile), profile.rows, profile.columns[0].nulls), (vec!["a:i64".to_owned()], 3, 1));

    folder.file("numbers.csv", "1,2.5\n3,4\n");
    let profile = folder.profile("numbers.csv").unwrap();
    assert_eq!((types(&profile), profile.rows), (vec!["column_1:i64".to_owned(), "column_2:f64".to_owned()], 2));
    assert!(noted(&profile.notes, &["first line holds only numbers"]));
}

#[test]
fn a_header_alone_has_a_shape_and_nothing_to_measure_on() {
    let folder = Folder::new();
    for (name, text) in [("a.csv", "a,b\n"), ("b.csv", "a,b")] {
        folder.file(name, text);
        let profile = folder.profile(name).unwrap();
        assert_eq!((types(&profile).join(" "), profile.rows), ("a:text b:text".to_owned(), 0));
        assert!(profile.to_string().contains("0 rows"));
        let message = folder.open(name, 10).unwrap_err().to_string();
        assert!(message.contains(name) && message.contains("no rows"), "{message}");
    }
}

#[test]
fn all_null_is_a_column_of_nulls() {
    let folder = Folder::new();
    folder.file("a.csv", "a,b\n1,\n2,\n");
    let opened = folder.open("a.csv", 10).unwrap();
    let empty = column(&opened, "b");
    assert_eq!((empty.dtype.as_str(), empty.nulls, empty.distinct), ("text", Some(2), Some(0)));
    assert_eq!((empty.sorted, empty.zero_share, empty.roles.len()), (None, None, 0));
    assert_eq!(read(&opened).column("b").unwrap().null_count(), 2);
}

#[test]
fn separators_and_line_ends_are_sniffed() {
    let folder = Folder::new();
    for (name, text) in [
        ("semicolon.csv", "a;b\n1;2,5\n3;4,5\n"),
        ("tab.csv", "a\tb\n1\tx\n3\ty\n"),
        ("tab.tsv", "a\tb,c\n1\tx\n"),
        ("pipe.csv", "a|b\n1|x\n"),
        ("old.csv", "a,b\r1,x\r2,y\r"),
        ("windows.csv", "a,b\r\n1,x\r\n\r\n2,y\r\n"),
        ("unended.csv", "a,b\n1,x\n2,y"),
    ] {
        folder.file(name, text);
        let profile = folder.profile(name).unwrap();
        assert_eq!(profile.columns.len(), 2, "{name}");
        assert_eq!(profile.columns[0].dtype, "i64", "{name}");
        assert_eq!(profile.columns[1].dtype, "text", "{name}");
        assert!(profile.notes.iter().all(|note| note.contains("1 blank line")), "{name}: {:?}", profile.notes);
    }
}

#[test]
fn compressed_text_reads_like_plain_text() {
    let folder = Folder::new();
    let text: String = "id,name\n".to_owned() + &(0..5000).map(|i| format!("{i},name {}\n", i % 7)).collect::<String>();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text.as_bytes()).unwrap();
    let gz = gz.finish().unwrap();
    folder.file("plain.csv", &text);
    folder.file("a.csv.gz", &gz);
    folder.file("a.csv.zst", zstd::encode_all(text.as_bytes(), 1).unwrap());
    // The bytes tell what the name does not.
    folder.file("mislabelled.csv", &gz);
    let expected = folder.profile("plain.csv").unwrap();
    for (name, format) in [("a.csv.gz", "csv.gz"), ("a.csv.zst", "csv.zst"), ("mislabelled.csv", "csv.gz")] {
        let profile = folder.profile(name).unwrap();
        assert_eq!(
            (&profile.columns, profile.rows, profile.format.as_deref()),
            (&expected.columns, 5000, Some(format))
        );
    }
    folder.file("cut.csv.gz", &gz[..gz.len() / 2]);
    let message = folder.wrong("cut.csv.gz");
    assert!(message.contains("cut.csv.gz") && message.contains("again"), "{message}");
    folder.file("liar.csv.gz", text);
    assert!(folder.wrong("liar.csv.gz").contains("not compressed"));
}

#[test]
fn a_guess_that_fails_later_is_widened() {
    let folder = Folder::new();
    let rows = 60_000;
    let value = |i: usize, odd: &str| if i == rows - 1 { odd.to_owned() } else { i.to_string() };
    let text: String = "whole,part,word,late,missing,big\n".to_owned()
        + &(0..rows)
            .map(|i| {
                let late = if i > rows / 2 { i.to_string() } else { String::new() };
                format!(
                    "{i},{},{},{late},{},{}\n",
                    value(i, "0.5"),
                    value(i, "end"),
                    value(i, "NA"),
                    value(i, "18446744073709551615")
                )
            })
            .collect::<String>();
    folder.file("a.csv", text);
    let opened = folder.open("a.csv", 1_000_000).unwrap();
    let dtypes: Vec<&str> = opened.dataset.columns.iter().map(|column| column.dtype.as_str()).collect();
    assert_eq!(dtypes, ["i64", "f64", "text", "i64", "i64", "u64"]);
    assert_eq!(opened.dataset.rows, rows as u64);
    assert_eq!(column(&opened, "missing").nulls, Some(1));
    assert!(noted(&opened.dataset.notes, &["NA or null", "1 column"]));
    let table = read(&opened);
    assert_eq!(table.height(), rows);
    assert_eq!(table.column("word").unwrap().str().unwrap().get(rows - 1), Some("end"));
    assert_eq!(table.column("late").unwrap().i64().unwrap().get(rows - 1), Some(rows as i64 - 1));
}

#[test]
fn only_the_wanted_rows_are_taken_and_the_rest_is_estimated() {
    let folder = Folder::new();
    let rows = 400_000u64;
    // Texts that do not compress: what a decompressor reads ahead must not be most of the file.
    let word = |i: u64| (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let lines = (0..rows).map(|i| format!("{},{:016x}{:016x}\n", 1_000_000 + i, word(i), word(i + rows)));
    let text = "id,text\n".to_owned() + &lines.collect::<String>();
    folder.file("a.csv", &text);
    folder.file("a.csv.zst", zstd::encode_all(text.as_bytes(), 1).unwrap());
    for name in ["a.csv", "a.csv.zst"] {
        let opened = folder.open(name, 1234).unwrap();
        assert_eq!((opened.dataset.rows_used, read(&opened).height()), (1234, 1234));
        let estimate = opened.dataset.rows as f64;
        let near = if name == "a.csv" { 0.01 } else { 0.2 };
        assert!((estimate / rows as f64 - 1.0).abs() < near, "{name}: {estimate}");
        let said = if name == "a.csv" { "Used 1,234 of about" } else { "Used the first 1,234 of about" };
        assert!(noted(&opened.dataset.notes, &[said]), "{:?}", opened.dataset.notes);
        assert_eq!(column(&opened, "id").distinct, Some(1234));
    }
    let whole = folder.open("a.csv", rows).unwrap();
    assert_eq!((whole.dataset.rows, whole.dataset.rows_used, whole.dataset.notes.len()), (rows, rows, 0));
}

#[test]
fn a_first_line_that_is_no_header_costs_no_column() {
    let folder = Folder::new();
    let row = |i: usize| (0..5).map(|column| (i * 7 + column).to_string()).collect::<Vec<_>>().join(",");
    let rows: String = (0..50).map(|i| row(i) + "\n").collect();
    folder.file("t/1.csv", format!("50,5,yes\n{rows}"));
    folder.file("t/2.csv", format!("50,5,no\n{rows}"));
    let opened = folder.open("t", 1000).unwrap();
    let dataset = &opened.dataset;
    assert_eq!((dataset.rows, dataset.columns.len(), dataset.columns[4].name.as_str()), (100, 5, "column_5"));
    assert!(noted(&dataset.notes, &["first line has 3 fields, the rows have 5"]), "{:?}", dataset.notes);
    // Rows with names of their own, as R writes them: no value slips under the name of another.
    folder.file("r.csv", format!("a,b,c,d\n{rows}"));
    let opened = folder.open("r.csv", 1000).unwrap();
    let names: Vec<&str> = opened.dataset.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["row", "a", "b", "c", "d"]);
    assert_eq!(read(&opened).column("a").unwrap().i64().unwrap().get(0), Some(1));
    assert!(noted(&opened.dataset.notes, &["one field more than the header"]));
    // A separator after the last field is none.
    folder.file("s.csv", format!("a,b,c,d,e\n{}", rows.replace('\n', ",\n")));
    let opened = folder.open("s.csv", 1000).unwrap();
    assert_eq!(opened.dataset.columns.len(), 5);
    assert_eq!(read(&opened).column("a").unwrap().i64().unwrap().get(1), Some(7));
}
