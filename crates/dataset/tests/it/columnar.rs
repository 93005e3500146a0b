//! Parquet, Arrow and Avro.

use std::fs::File;

use polars::io::avro::{AvroCompression, AvroWriter};
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field as ArrowField};
use polars_arrow::io::ipc::write::{StreamWriter, WriteOptions};

use super::*;

/// A table with a column of every plain type.
fn plain() -> DataFrame {
    let days = Int32Chunked::from_vec("day".into(), vec![19_000, 19_001, 19_002]).into_date();
    let times = Int64Chunked::from_vec("time".into(), vec![1_700_000_000_000_000, 1_700_000_000_000_001, 0])
        .into_datetime(TimeUnit::Microseconds, None);
    let mut table = df![
        "whole" => [1i64, 2, 3],
        "small" => [1i32, -2, 3],
        "float" => [0.5f64, 0.0, f64::MAX],
        "single" => [0.5f32, 0.0, -1.0],
        "ok" => [Some(true), None, Some(false)],
        "name" => [Some("Ann"), None, Some("")],
    ]
    .unwrap();
    table.with_column(days.into_column()).unwrap();
    table.with_column(times.into_column()).unwrap();
    table
}

fn parquet(folder: &Folder, name: &str, table: &mut DataFrame) -> PathBuf {
    let path = folder.file(name, "");
    ParquetWriter::new(File::create(&path).unwrap()).with_row_group_size(Some(1000)).finish(table).unwrap();
    path
}

fn arrow(folder: &Folder, name: &str, table: &mut DataFrame, compression: Option<IpcCompression>) -> PathBuf {
    let path = folder.file(name, "");
    IpcWriter::new(File::create(&path).unwrap()).with_compression(compression).finish(table).unwrap();
    path
}

fn arrow_stream(folder: &Folder, name: &str, table: &DataFrame) -> PathBuf {
    let path = folder.file(name, "");
    let mut writer = StreamWriter::new(File::create(&path).unwrap(), WriteOptions { compression: None });
    writer.start(&table.schema().to_arrow(CompatLevel::newest()), None).unwrap();
    for batch in table.iter_chunks(CompatLevel::newest(), false) {
        writer.write(&batch, None).unwrap();
    }
    writer.finish().unwrap();
    path
}

fn avro(folder: &Folder, name: &str, table: &mut DataFrame, codec: Option<AvroCompression>) -> PathBuf {
    let path = folder.file(name, "");
    let writer = AvroWriter::new(File::create(&path).unwrap()).with_name("record".to_owned()).with_compression(codec);
    let mut writer = writer;
    writer.finish(table).unwrap();
    path
}

#[test]
fn every_format_gives_the_same_table() {
    let folder = Folder::new();
    let mut table = plain();
    parquet(&folder, "a.parquet", &mut table);
    arrow(&folder, "a.arrow", &mut table, None);
    arrow(&folder, "zstd.feather", &mut table, Some(IpcCompression::ZSTD(Default::default())));
    arrow_stream(&folder, "a.arrows", &table);
    avro(&folder, "plain.avro", &mut table, None);
    avro(&folder, "deflate.avro", &mut table, Some(AvroCompression::Deflate));
    avro(&folder, "snappy.avro", &mut table, Some(AvroCompression::Snappy));
    let expected = folder.profile("a.parquet").unwrap();
    assert_eq!(
        types(&expected),
        ["whole:i64", "small:i32", "float:f64", "single:f32", "ok:bool", "name:text", "day:date", "time:datetime"]
    );
    for name in ["a.parquet", "a.arrow", "zstd.feather", "a.arrows", "plain.avro", "deflate.avro", "snappy.avro"] {
        let profile = folder.profile(name).unwrap();
        assert_eq!(profile.columns, expected.columns, "{name}");
        let opened = folder.open(name, 10).unwrap();
        assert!(read(&opened).equals_missing(&table), "{name}");
        assert!(opened.dataset.notes.is_empty(), "{name}: {:?}", opened.dataset.notes);
    }
}

#[test]
fn magic_bytes_win_over_names() {
    let folder = Folder::new();
    let mut table = plain();
    let path = parquet(&folder, "a.parquet", &mut table);
    for name in ["part-00000", "a.csv"] {
        fs::copy(&path, folder.path(name)).unwrap();
        assert_eq!(folder.profile(name).unwrap().format.as_deref(), Some("parquet"));
    }
    let stream = arrow_stream(&folder, "a.arrows", &table);
    fs::copy(stream, folder.path("a.feather")).unwrap();
    assert_eq!(folder.profile("a.feather").unwrap().format.as_deref(), Some("arrows"));
}

#[test]
fn half_a_file_is_refused_by_name() {
    let folder = Folder::new();
    let rows = 20_000;
    let mut table = df!["id" => (0..rows).collect::<Vec<i64>>(), "text" => vec!["some text"; rows as usize]].unwrap();
    let files = [
        parquet(&folder, "whole.parquet", &mut table),
        arrow(&folder, "whole.arrow", &mut table, None),
        avro(&folder, "whole.avro", &mut table, Some(AvroCompression::Deflate)),
        arrow_stream(&folder, "whole.arrows", &table),
    ];
    for path in files {
        let bytes = fs::read(&path).unwrap();
        let half = format!("half.{}", path.extension().unwrap().to_str().unwrap());
        folder.file(&half, &bytes[..bytes.len() / 2]);
        let message = folder.wrong(&half);
        assert!(message.contains(&half) && message.contains("again"), "{message}");
    }
    // The footer is whole, but not what it points to.
    let mut bytes = fs::read(folder.path("whole.parquet")).unwrap();
    bytes[4..2000].fill(0xff);
    folder.file("damaged.parquet", bytes);
    let message = folder.wrong("damaged.parquet");
    assert!(message.contains("damaged.parquet"), "{message}");
}

#[test]
fn an_unknown_avro_codec_is_named() {
    let folder = Folder::new();
    let path = avro(&folder, "a.avro", &mut plain(), Some(AvroCompression::Deflate));
    let bytes = fs::read(path).unwrap();
    let at = bytes.windows(7).position(|bytes| bytes == b"deflate").unwrap();
    let mut changed = bytes.clone();
    changed[at..at + 7].copy_from_slice(b"brotli7");
    folder.file("b.avro", changed);
    assert!(folder.wrong("b.avro").contains("`brotli7`"));
}

#[test]
fn a_type_that_cannot_be_read_is_named_with_its_column() {
    let folder = Folder::new();
    // Headers of files without rows: a map, and a union of three.
    for (kind, name) in [
        (r#"{"type":"map","values":"long"}"#, "map"),
        (r#"["null","int","string"]"#, "union"),
        (r#"{"type":"array","items":{"type":"map","values":"long"}}"#, "map"),
    ] {
        let schema = format!(
            r#"{{"type":"record","name":"r","fields":[{{"name":"id","type":"long"}},{{"name":"odd","type":{kind}}}]}}"#
        );
        let mut bytes = b"Obj\x01\x02\x16avro.schema".to_vec();
        let length = schema.len() as u64 * 2;
        bytes.extend([(length & 0x7f) as u8 | 0x80, (length >> 7) as u8]);
        bytes.extend(schema.as_bytes());
        bytes.push(0);
        bytes.extend([7u8; 16]);
        folder.file("a.avro", bytes);
        let message = folder.wrong("a.avro");
        assert!(message.contains("column `odd`") && message.contains(&format!("the type {name}")), "{message}");
    }
    let field = ArrowField::new("half".into(), ArrowDataType::Float16, true);
    let path = folder.file("a.arrows", "");
    let mut writer = StreamWriter::new(File::create(path).unwrap(), WriteOptions { compression: None });
    writer.start(&ArrowSchema::from_iter([("half".into(), field)]), None).unwrap();
    writer.finish().unwrap();
    let message = folder.wrong("a.arrows");
    assert!(message.contains("column `half`") && message.contains("float16"), "{message}");
}

#[test]
fn types_that_not_every_format_carries_are_converted_or_left_out() {
    let folder = Folder::new();
    let mut table = plain();
    let list = Series::new(
        "list".into(),
        [Series::new("".into(), [1i64, 2]), Series::new("".into(), [3i64]), Series::new("".into(), [0i64; 0])],
    );
    table.with_column(list.into_column()).unwrap();
    let object = table.select(["whole", "name"]).unwrap().into_struct("object".into());
    table.with_column(object.into_series().into_column()).unwrap();
    let category = table.column("name").unwrap().cast(&DataType::from_categories(Categories::global())).unwrap();
    table.with_column(category.with_name("category".into())).unwrap();
    let zoned =
        table.column("time").unwrap().cast(&DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC))).unwrap();
    table.with_column(zoned.with_name("zoned".into())).unwrap();
    let decimal = Int128Chunked::from_vec("decimal".into(), vec![12_345, -5, 0]).into_decimal_unchecked(15, 2);
    table.with_column(decimal.into_series().into_column()).unwrap();
    let binary = table.column("name").unwrap().cast(&DataType::Binary).unwrap();
    table.with_column(binary.with_name("binary".into())).unwrap();
    let span = table.column("whole").unwrap().cast(&DataType::Duration(TimeUnit::Microseconds)).unwrap();
    table.with_column(span.with_name("span".into())).unwrap();
    table.with_column(Column::full_null("nothing".into(), 3, &DataType::Null)).unwrap();
    for (name, small) in [("u8", DataType::UInt8), ("i16", DataType::Int16), ("u32", DataType::UInt32)] {
        let numbers = Column::new(name.into(), [1i64, 2, 3]).cast(&small).unwrap();
        table.with_column(numbers).unwrap();
    }
    parquet(&folder, "a.parquet", &mut table);
    arrow(&folder, "a.arrow", &mut table, None);
    for name in ["a.parquet", "a.arrow"] {
        let profile = folder.profile(name).unwrap();
        assert_eq!(
            types(&profile)[8..],
            [
                "list:list",
                "object:struct",
                "category:category",
                "zoned:datetime",
                "decimal:decimal",
                "binary:binary",
                "span:duration",
                "nothing:null",
                "u8:u8",
                "i16:i16",
                "u32:u32"
            ]
        );
        assert_eq!(profile.columns[12].min.as_deref(), Some("-0.05"), "{name}");
        assert_eq!(profile.columns[12].max.as_deref(), Some("123.45"), "{name}");
        let opened = folder.open(name, 10).unwrap();
        assert!(
            noted(&opened.dataset.notes, &["4 columns", "binary, duration, list, struct"]),
            "{:?}",
            opened.dataset.notes
        );
        assert!(
            noted(&opened.dataset.notes, &["1 column times are kept in UTC"]) || noted(&opened.dataset.notes, &["UTC"])
        );
        assert!(noted(&opened.dataset.notes, &["1 category column as text"]));
        let working = read(&opened);
        assert_eq!(working.column("decimal").unwrap().f64().unwrap().get(0), Some(123.45));
        assert_eq!(working.column("zoned").unwrap().dtype(), &DataType::Datetime(TimeUnit::Microseconds, None));
        assert_eq!(working.column("category").unwrap().dtype(), &DataType::String);
        let nested = opened.dataset.columns.iter().filter(|column| ["list", "struct"].contains(&column.dtype.as_str()));
        assert_eq!(working.width() + nested.count(), opened.dataset.columns.len());
    }
}

#[test]
fn a_table_of_nested_columns_alone_is_refused() {
    let folder = Folder::new();
    let list = Series::new("list".into(), [Series::new("".into(), [1i64, 2])]);
    parquet(&folder, "a.parquet", &mut DataFrame::new(1, vec![list.into_column()]).unwrap());
    assert_eq!(types(&folder.profile("a.parquet").unwrap()), ["list:list"]);
    assert!(folder.open("a.parquet", 10).unwrap_err().to_string().contains("flat table"));
}

#[test]
fn parquet_tells_its_rows_without_being_read() {
    let folder = Folder::new();
    let rows = 50_000i64;
    parquet(&folder, "a.parquet", &mut df!["id" => (0..rows).collect::<Vec<_>>()].unwrap());
    let opened = folder.open("a.parquet", 1500).unwrap();
    assert_eq!((opened.dataset.rows, opened.dataset.rows_used), (50_000, 1500));
    assert!(noted(&opened.dataset.notes, &["1,500 of 50,000 rows"]), "{:?}", opened.dataset.notes);
    let whole = folder.profile("a.parquet").unwrap();
    assert_eq!(
        (whole.rows, whole.columns[0].distinct, whole.columns[0].distinct_is_exact),
        (50_000, Some(50_000), true)
    );
}
