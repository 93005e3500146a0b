//! Which files a data set is made of.

use std::fs::File;

use super::*;

fn wrong(arguments: &[&str]) -> String {
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    dataset::profile(&Spec::parse(&arguments).unwrap()).unwrap_err().to_string()
}

#[test]
fn nothing_there_is_said() {
    let folder = Folder::new();
    assert!(folder.wrong("nowhere.csv").contains("nowhere.csv: no such file or folder"));
    fs::create_dir(folder.path("empty")).unwrap();
    let message = folder.wrong("empty");
    assert!(message.contains("empty: no data file in this folder.") && message.contains("Parquet"), "{message}");
    folder.file("zero.csv", "");
    assert!(folder.wrong("zero.csv").contains("zero.csv: the file is empty"));
    folder.file("newlines.csv", "\n\r\n\n");
    assert!(folder.wrong("newlines.csv").contains("the file is empty"));
    let pattern = folder.path("*.parquet");
    assert!(wrong(&[pattern.to_str().unwrap()]).contains("no file matches"));
    assert!(wrong(&["data/[.csv"]).contains("pattern is wrong"));
    folder.file("notes.txt", "hello");
    assert!(folder.wrong("notes.txt").contains("format is not known"));
    folder.file("image.bin", [0u8, 1, 2, 3]);
    assert!(folder.wrong("image.bin").contains("format is not known"));
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let path = folder.file("data/a.csv", "a\n1\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // The system's owner may read everything: then there is nothing to say.
    if File::open(&path).is_err() {
        assert!(folder.wrong("data").contains("a.csv: cannot be read"));
        assert!(folder.wrong("data/a.csv").contains("permissions"));
    }
    // This one fails on reading for everybody.
    let memory = Path::new("/proc/self/mem");
    if memory.exists() {
        assert!(wrong(&["/proc/self/mem"]).contains("/proc/self/mem: cannot be read"));
    }
}

#[test]
fn what_is_no_data_is_left_out() {
    let folder = Folder::new();
    folder.file("t/a.csv", "a,b\n1,x\n");
    folder.file("t/b.csv", "a,b\n2,y\n");
    folder.file("t/_SUCCESS", "");
    folder.file("t/_delta_log/0.json", "{\"commit\":1}\n");
    folder.file("t/.a.csv.crc", "crc");
    folder.file("t/.hidden/c.csv", "other,names\n1,2\n");
    folder.file("t/README", "hello");
    folder.file("t/none.csv", "");
    let profile = folder.profile("t").unwrap();
    assert_eq!((profile.files, profile.rows, profile.name.as_str()), (2, 2, "t"));
    assert!(noted(
        &profile.notes,
        &["2 files whose name starts", "1 file that is no table, such as README", "1 empty file"]
    ));
}

#[test]
fn files_that_a_versioned_table_may_have_dropped_are_told() {
    let folder = Folder::new();
    folder.file("delta/part-0.csv", "a\n1\n");
    folder.file("delta/_delta_log/0.json", "{}\n");
    folder.file("ice/data/part-0.csv", "a\n1\n");
    folder.file("ice/metadata/v1.metadata.json", "{}");
    folder.file("ice/metadata/manifest.jsonl", "{\"other\":1}\n");
    folder.file("plain/metadata/more.csv", "a\n2\n");
    for (table, says) in [("delta", "a table of Delta Lake"), ("ice", "a table of Iceberg")] {
        let profile = folder.profile(table).unwrap();
        assert_eq!((profile.files, profile.rows), (1, 1), "{table}");
        assert!(noted(&profile.notes, &[says, "rows may stand twice"]), "{table}: {:?}", profile.notes);
    }
    assert_eq!(folder.profile("plain").unwrap().rows, 1, "a folder of that name alone is data");
    assert!(folder.profile("plain").unwrap().notes.is_empty());
}

#[test]
fn different_formats_are_refused() {
    let folder = Folder::new();
    folder.file("t/a.csv", "a\n1\n");
    folder.file("t/b.jsonl", "{\"a\":1}\n");
    let message = folder.wrong("t");
    for part in ["a.csv is csv", "b.jsonl is jsonl", "pattern"] {
        assert!(message.contains(part), "{message}");
    }
    // Asked for alone, each is fine.
    assert_eq!(folder.profile("t/*.csv").unwrap().files, 1);
}

#[test]
fn different_schemas_are_refused_with_both_files_and_the_column() {
    let folder = Folder::new();
    folder.file("names/1.csv", "id,price\n1,2\n");
    folder.file("names/2.csv", "id,cost\n1,2\n");
    let message = folder.wrong("names");
    for part in ["column 2 is `price` in 1.csv", "`cost` in 2.csv", "names/1.csv", "names/2.csv"] {
        assert!(message.contains(part), "{message}");
    }
    folder.file("fewer/1.csv", "id,price\n1,2\n");
    folder.file("fewer/2.csv", "id\n1\n");
    assert!(folder.wrong("fewer").contains("`price`, is missing in 2.csv"));

    for (name, mut table) in [
        ("1", df!["id" => [1i64], "price" => [0.5f64]].unwrap()),
        ("2", df!["id" => [1i64], "price" => ["x"]].unwrap()),
    ] {
        let path = folder.file(&format!("types/{name}.parquet"), "");
        ParquetWriter::new(File::create(path).unwrap()).finish(&mut table).unwrap();
    }
    let message = folder.wrong("types");
    assert!(message.contains("column `price` is f64 in 1.parquet, but text in 2.parquet"), "{message}");
}

#[test]
fn types_that_differ_from_csv_to_csv_are_widened() {
    let folder = Folder::new();
    folder.file("t/1.csv", "id,x\n1,1\n");
    folder.file("t/2.csv", "id,x\n2,0.5\n");
    let opened = folder.open("t", 10).unwrap();
    assert_eq!((column(&opened, "x").dtype.as_str(), opened.dataset.rows), ("f64", 2));
}

#[test]
fn partitions_become_columns() {
    let folder = Folder::new();
    for (index, (day, shop)) in
        [("2024-01-01", "1"), ("2024-01-01", "2"), ("__HIVE_DEFAULT_PARTITION__", "1")].iter().enumerate()
    {
        folder.file(&format!("csv/day={day}/shop={shop}/a.csv"), format!("id\n{index}\n"));
        let path = folder.file(&format!("parquet/day={day}/shop={shop}/a.parquet"), "");
        let mut table = df!["id" => [index as i64]].unwrap();
        ParquetWriter::new(File::create(path).unwrap()).finish(&mut table).unwrap();
    }
    for name in ["csv", "parquet", "csv/*/*/*.csv"] {
        let opened = folder.open(name, 10).unwrap();
        assert_eq!(column(&opened, "day").dtype, "text", "{name}");
        assert_eq!(column(&opened, "day").nulls, Some(1), "{name}");
        assert_eq!(column(&opened, "shop").dtype, "i64", "{name}");
        let table = read(&opened);
        let shops: Vec<_> = table.column("shop").unwrap().i64().unwrap().iter().flatten().collect();
        assert_eq!(shops, [1, 2, 1], "{name}");
    }
    folder.file("mixed/day=1/a.csv", "id\n1\n");
    folder.file("mixed/b.csv", "id\n1\n");
    assert!(folder.wrong("mixed").contains("partitions"));
}

#[cfg(unix)]
#[test]
fn links_that_go_round_are_left_out() {
    let folder = Folder::new();
    folder.file("t/a.csv", "a\n1\n");
    std::os::unix::fs::symlink(folder.path("t"), folder.path("t/again")).unwrap();
    let profile = folder.profile("t").unwrap();
    assert_eq!(profile.files, 1);
    assert!(noted(&profile.notes, &["1 link that leads back"]), "{:?}", profile.notes);
}

#[test]
fn the_same_file_named_twice_counts_once() {
    let folder = Folder::new();
    let path = folder.file("a.csv", "a\n1\n");
    let name = path.to_str().unwrap().to_owned();
    let profile = dataset::profile(&Spec::parse(&[name.clone(), name]).unwrap()).unwrap();
    assert_eq!((profile.files, profile.rows), (1, 1));
}

#[test]
fn the_identity_changes_with_the_files_alone() {
    let folder = Folder::new();
    folder.file("t/a.csv", "a\n1\n");
    let options = |rows| OpenOptions { seed: 1, rows, scratch: folder.path("unused") };
    let id = |rows| dataset::identify(&spec(&folder.path("t")), &options(rows)).unwrap();
    let first = id(10);
    assert_eq!(first, id(20));
    assert_eq!(first, folder.open("t", 10).unwrap().dataset.id);
    folder.file("t/b.csv", "a\n2\n");
    assert_ne!(first, id(10));
    let default = |seed, rows| {
        dataset::identify(&Spec::Default, &OpenOptions { seed, rows, scratch: folder.path("unused") }).unwrap()
    };
    assert_ne!(default(1, 10), default(2, 10));
    assert_ne!(default(1, 10), default(1, 20));
}
