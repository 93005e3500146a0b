//! JSON Lines.

use super::*;

#[test]
fn types_keys_and_dates_are_found() {
    let folder = Folder::new();
    folder.file(
        "a.jsonl",
        "{\"id\":1,\"when\":\"2024-01-31T10:00:00Z\",\"x\":1}\n\n\
         {\"id\":2,\"name\":\"Ann\",\"x\":2.5,\"tags\":[\"a\"],\"who\":{\"age\":7}}\n",
    );
    let profile = folder.profile("a.jsonl").unwrap();
    assert_eq!(types(&profile), ["id:i64", "when:datetime", "x:f64", "name:text", "tags:list", "who:struct"]);
    assert_eq!(profile.rows, 2);
    assert_eq!(profile.columns.iter().map(|column| column.nulls).collect::<Vec<_>>(), [0, 1, 0, 1, 1, 1]);
    let opened = folder.open("a.jsonl", 10).unwrap();
    let names: Vec<&str> = opened.dataset.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["id", "when", "x", "name", "tags", "who"]);
    assert!(noted(&opened.dataset.notes, &["2 columns", "list, struct"]), "{:?}", opened.dataset.notes);
    assert_eq!(read(&opened).get_column_names(), names[..4]);
}

#[test]
fn a_broken_line_is_skipped_and_named() {
    let folder = Folder::new();
    folder.file("a.jsonl", "{\"a\":1}\n{\"a\":2}\n{\"a\":3,\n{\"a\":4}\n");
    let opened = folder.open("a.jsonl", 10).unwrap();
    assert_eq!(opened.dataset.rows, 3);
    assert!(noted(&opened.dataset.notes, &["1 line", "line 3 of a.jsonl"]), "{:?}", opened.dataset.notes);
    let values: Vec<_> = read(&opened).column("a").unwrap().i64().unwrap().iter().flatten().collect();
    assert_eq!(values, [1, 2, 4]);
}

#[test]
fn many_broken_lines_are_refused() {
    let folder = Folder::new();
    folder.file("a.jsonl", "{\"a\":1}\nrubbish\n".repeat(20));
    let message = folder.wrong("a.jsonl");
    assert!(message.contains("20 lines") && message.contains("line 2"), "{message}");
}

#[test]
fn what_is_no_json_lines_is_said() {
    let folder = Folder::new();
    folder.file("array.json", "[\n{\"a\":1},\n{\"a\":2}\n]\n");
    assert!(folder.wrong("array.json").contains("jq -c"));
    folder.file("bare.jsonl", "1\n2\n");
    assert!(folder.wrong("bare.jsonl").contains("a bare value"));
    folder.file("blank.jsonl", "\n \n");
    assert!(folder.wrong("blank.jsonl").contains("empty"));
}

#[test]
fn a_key_that_comes_late_is_not_lost() {
    let folder = Folder::new();
    let mut text: String = (0..100_000).map(|i| format!("{{\"id\":{i}}}\n")).collect();
    text += "{\"id\":\"last\",\"late\":true}\n";
    folder.file("a.jsonl", text);
    let profile = folder.profile("a.jsonl").unwrap();
    assert_eq!(types(&profile), ["id:text", "late:bool"]);
    assert_eq!((profile.rows, profile.columns[1].nulls), (100_001, 100_000));
}

#[test]
fn values_that_only_look_like_dates_at_first_stay_texts() {
    let folder = Folder::new();
    let mut text = "{\"day\":\"2024-01-31\"}\n".repeat(2000);
    text += "{\"day\":\"tomorrow\"}\n";
    folder.file("a.jsonl", text);
    let opened = folder.open("a.jsonl", 10_000).unwrap();
    assert_eq!(column(&opened, "day").dtype, "text");
    let table = read(&opened);
    assert_eq!(table.column("day").unwrap().null_count(), 0);
    assert_eq!(table.column("day").unwrap().str().unwrap().get(2000), Some("tomorrow"));
}

#[test]
fn compressed_and_foreign_lines_read() {
    let folder = Folder::new();
    let text = b"{\"city\":\"M\xfcnchen\"}\n";
    folder.file("a.jsonl.zst", zstd::encode_all(text.as_slice(), 1).unwrap());
    let opened = folder.open("a.jsonl.zst", 10).unwrap();
    assert!(noted(&opened.dataset.notes, &["not all UTF-8", "1 byte"]));
    assert_eq!(read(&opened).column("city").unwrap().str().unwrap().get(0), Some("München"));
}
