//! The working table's file, and tables made of texts.

use std::os::unix::fs::symlink;

use dataset::format::{self, Format};

use super::*;

#[test]
fn no_space_left_is_said_and_leaves_nothing() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        return;
    }
    let folder = Folder::new();
    folder.file("a.csv", "a,b\n1,2\n");
    let options = OpenOptions { seed: 0, rows: 10, scratch: folder.path("scratch") };
    fs::create_dir(&options.scratch).unwrap();
    let spec = spec(&folder.path("a.csv"));
    let id = dataset::identify(&spec, &options).unwrap();
    // The file that is written first leads to a device that is always full.
    symlink(full, options.scratch.join(format!("table-{id}.partial"))).unwrap();
    let message = dataset::open(&spec, &options).unwrap_err().to_string();
    assert!(message.contains("no space left") && message.contains("scratch"), "{message}");
    assert_eq!(fs::read_dir(&options.scratch).unwrap().count(), 0);
}

#[test]
fn a_missing_scratch_folder_is_said() {
    let folder = Folder::new();
    folder.file("a.csv", "a,b\n1,2\n");
    let options = OpenOptions { seed: 0, rows: 10, scratch: folder.path("nowhere") };
    let message = dataset::open(&spec(&folder.path("a.csv")), &options).unwrap_err().to_string();
    assert!(message.contains("nowhere") && message.contains("cannot be written"), "{message}");
}

#[test]
fn the_users_files_are_only_read() {
    let folder = Folder::new();
    let path = folder.file("a.csv", "a,b\n1,2\n");
    let before = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
    folder.open("a.csv", 10).unwrap();
    folder.profile("a.csv").unwrap();
    assert_eq!(before, (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap()));
}

#[test]
fn opening_again_replaces_the_table() {
    let folder = Folder::new();
    folder.file("a.csv", "a,b\n1,2\n3,4\n");
    let first = folder.open("a.csv", 1).unwrap();
    let second = folder.open("a.csv", 10).unwrap();
    assert_eq!(first.table, second.table);
    assert_eq!(read(&second).height(), 2);
    assert_eq!(fs::read_dir(folder.path("scratch")).unwrap().count(), 1);
}

#[test]
fn a_scan_reads_what_was_written_in_every_format() {
    let folder = Folder::new();
    let times = Int64Chunked::from_vec("time".into(), vec![1_700_000_000_000_000, 1_700_000_000_500_000])
        .into_datetime(TimeUnit::Microseconds, None);
    let mut table = df!["id" => [1i64, 2], "name" => [Some("Ann, \"A\""), None], "x" => [0.5f64, -1.0]].unwrap();
    table.with_column(times.into_column()).unwrap();
    let schema = table.schema().clone();
    let write = |format: Format| {
        let path = folder.path(&format!("t.{}", format.name()));
        let mut copy = table.clone();
        let mut bytes = Vec::new();
        match format {
            Format::Csv | Format::CsvGz | Format::CsvZst => CsvWriter::new(&mut bytes).finish(&mut copy).unwrap(),
            Format::Tsv => CsvWriter::new(&mut bytes).with_separator(b'\t').finish(&mut copy).unwrap(),
            Format::JsonLines | Format::JsonLinesGz | Format::JsonLinesZst => {
                JsonWriter::new(&mut bytes).with_json_format(JsonFormat::JsonLines).finish(&mut copy).unwrap();
            }
            Format::Avro => {
                polars::io::avro::AvroWriter::new(&mut bytes).with_name("t".into()).finish(&mut copy).unwrap()
            }
            Format::Parquet => drop(ParquetWriter::new(&mut bytes).finish(&mut copy).unwrap()),
            Format::ArrowFile => IpcWriter::new(&mut bytes).finish(&mut copy).unwrap(),
            Format::ArrowStream => {
                let options = polars_arrow::io::ipc::write::WriteOptions { compression: None };
                let mut writer = polars_arrow::io::ipc::write::StreamWriter::new(&mut bytes, options);
                writer.start(&copy.schema().to_arrow(CompatLevel::newest()), None).unwrap();
                copy.iter_chunks(CompatLevel::newest(), false).for_each(|batch| writer.write(&batch, None).unwrap());
                writer.finish().unwrap();
            }
        }
        let bytes = match format.compression() {
            format::Compression::None => bytes,
            format::Compression::Gzip => {
                let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                std::io::Write::write_all(&mut gz, &bytes).unwrap();
                gz.finish().unwrap()
            }
            format::Compression::Zstd => zstd::encode_all(bytes.as_slice(), 1).unwrap(),
        };
        fs::write(&path, bytes).unwrap();
        path
    };
    for format in Format::ALL {
        let path = write(format);
        assert_eq!(Format::from_name(&path), Some(format));
        assert_eq!(Format::detect(&path).unwrap(), format);
        let scanned =
            format::scan_with_schema(std::slice::from_ref(&path), format, schema.clone()).unwrap().collect().unwrap();
        assert!(scanned.equals_missing(&table), "{format:?}: {scanned:?}");
        // Without a schema all but JSON Lines find the types themselves.
        let guessed = format::scan(&[path], format).unwrap().collect().unwrap();
        assert_eq!(guessed.equals_missing(&table), !format.is_json(), "{format:?}");
    }
}

#[test]
fn files_are_scanned_in_sorted_order_with_their_partitions() {
    let folder = Folder::new();
    let mut paths = Vec::new();
    for (index, day) in ["2024-01-02", "2024-01-01"].iter().enumerate() {
        let path = folder.file(&format!("day={day}/a.parquet"), "");
        let mut table = df!["id" => [index as i64]].unwrap();
        ParquetWriter::new(fs::File::create(&path).unwrap()).finish(&mut table).unwrap();
        paths.push(path);
    }
    let table = format::scan(&paths, Format::Parquet).unwrap().collect().unwrap();
    let expected = df!["id" => [1i64, 0], "day" => ["2024-01-01", "2024-01-02"]].unwrap();
    assert!(table.equals_missing(&expected), "{table:?}");
    let missing = format::scan(&[folder.path("no.parquet")], Format::Parquet).err().unwrap().to_string();
    assert!(missing.contains("no.parquet: no such file"), "{missing}");
}

#[test]
fn avro_gets_the_types_that_it_knows() {
    let small = |dtype: DataType| Column::new("n".into(), [1i64]).cast(&dtype).unwrap();
    for (dtype, expected) in [
        (DataType::Int8, DataType::Int32),
        (DataType::UInt16, DataType::Int32),
        (DataType::UInt32, DataType::Int64),
        (DataType::UInt64, DataType::String),
        (DataType::Int64, DataType::Int64),
    ] {
        let table = DataFrame::new(1, vec![small(dtype.clone())]).unwrap();
        let casts = format::casts_for(Format::Avro, table.schema());
        let mut cast = table.clone().lazy().with_columns(casts).collect().unwrap();
        assert_eq!(cast.column("n").unwrap().dtype(), &expected);
        polars::io::avro::AvroWriter::new(Vec::new()).with_name("t".into()).finish(&mut cast).unwrap();
        assert!(format::casts_for(Format::Parquet, table.schema()).is_empty());
    }
}

#[test]
fn texts_become_parquet() {
    let folder = Folder::new();
    let head = ["a".to_owned(), "b".to_owned()];
    let rows = [vec!["1".to_owned(), "x".to_owned()], vec!["2".to_owned(), String::new()]];
    let path = folder.file("t.parquet", dataset::texts_to_parquet(&head, &rows).unwrap());
    let table = format::scan(&[path], Format::Parquet).unwrap().collect().unwrap();
    assert!(table.equals(&df!["a" => ["1", "2"], "b" => ["x", ""]].unwrap()));
    assert!(dataset::texts_to_parquet(&head, &[vec!["1".to_owned()]]).is_err());
    assert!(dataset::texts_to_parquet(&["a".to_owned(), "a".to_owned()], &rows).is_err());
    assert!(dataset::texts_to_parquet(&[], &[]).is_ok());
}
