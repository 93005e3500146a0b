//! Columns of vectors: lists of floats of every format, and NumPy files alone or beside a table.

use std::fs::File;

use results::ColumnRole;

use super::*;

/// The bytes of a NumPy file.
fn npy(rows: usize, dims: usize, values: &[f32]) -> Vec<u8> {
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {dims}), }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

fn spec_of(paths: &[PathBuf]) -> Spec {
    Spec::parse(&paths.iter().map(|path| path.to_str().unwrap().to_owned()).collect::<Vec<_>>()).unwrap()
}

fn open(folder: &Folder, paths: &[PathBuf], rows: u64) -> Result<Opened, Error> {
    let scratch = folder.path("scratch");
    fs::create_dir_all(&scratch).unwrap();
    dataset::open(&spec_of(paths), &OpenOptions { seed: 0, rows, scratch })
}

fn kept(opened: &Opened, name: &str) -> Option<(usize, Vec<f32>)> {
    dataset::vectors(&opened.table, name, 100).unwrap().map(|vectors| (vectors.dims, vectors.values))
}

/// Plain columns, vectors, lists of other lengths, and whole numbers.
fn table() -> DataFrame {
    let list = |rows: [&[f64]; 3]| rows.map(|row| Series::new("".into(), row));
    let mut table = df!["id" => [1i64, 2, 3]].unwrap();
    let mut add = |name: &str, rows: [&[f64]; 3]| {
        table.with_column(Series::new(name.into(), list(rows)).into_column()).unwrap();
    };
    add("embedding", [&[0.5, 1.0], &[-0.25, 2.0], &[3.0, 4.0]]);
    add("ragged", [&[0.5, 1.0], &[-0.25], &[3.0, 4.0]]);
    let array = table.column("embedding").unwrap().cast(&DataType::Array(Box::new(DataType::Float32), 2)).unwrap();
    table.with_column(array.with_name("array".into())).unwrap();
    let whole = Series::new("whole".into(), [[1i64, 2], [3, 4], [5, 6]].map(|row| Series::new("".into(), row)));
    table.with_column(whole.into_column()).unwrap();
    table
}

#[test]
fn lists_of_floats_of_one_length_are_kept_beside_the_table() {
    let folder = Folder::new();
    let mut table = table();
    ParquetWriter::new(File::create(folder.path("a.parquet")).unwrap()).finish(&mut table).unwrap();
    IpcWriter::new(File::create(folder.path("a.arrow")).unwrap()).finish(&mut table).unwrap();
    for name in ["a.parquet", "a.arrow"] {
        let profile = folder.profile(name).unwrap();
        let opened = folder.open(name, 10).unwrap();
        for columns in [&profile.to_dataset().columns, &opened.dataset.columns] {
            let shown: Vec<_> = columns
                .iter()
                .map(|column| (column.name.as_str(), column.dtype.as_str(), column.roles.as_slice()))
                .collect();
            let vector = [ColumnRole::Vector];
            assert_eq!(
                shown[1..],
                [
                    ("embedding", "list", vector.as_slice()),
                    ("ragged", "list", &[]),
                    ("array", "list", &vector),
                    ("whole", "list", &[]),
                ]
            );
        }
        let expected = Some((2, vec![0.5, 1.0, -0.25, 2.0, 3.0, 4.0]));
        assert_eq!(kept(&opened, "embedding"), expected);
        assert_eq!(kept(&opened, "array"), expected);
        assert_eq!((kept(&opened, "ragged"), kept(&opened, "whole"), kept(&opened, "id")), (None, None, None));
        assert_eq!(read(&opened).get_column_names(), ["id"]);
        assert!(noted(&opened.dataset.notes, &["2 columns of vectors"]), "{:?}", opened.dataset.notes);
        assert!(noted(&opened.dataset.notes, &["Left out 2 columns of type list"]), "{:?}", opened.dataset.notes);
        let two = folder.open(name, 2).unwrap();
        assert_eq!(kept(&two, "embedding"), Some((2, vec![0.5, 1.0, -0.25, 2.0])));
    }
    let files = fs::read_dir(folder.path("scratch")).unwrap().count();
    assert_eq!(files, 6, "of both data sets the table and two files of vectors, and nothing of the rest");
}

#[test]
fn lists_of_json_are_kept_without_the_rows_that_have_none() {
    let folder = Folder::new();
    folder.file(
        "a.jsonl",
        "{\"id\":1,\"v\":[0.5,1],\"tags\":[1,2]}\n{\"id\":2}\n{\"id\":3,\"v\":[2,-1.5],\"tags\":[3,4]}\n",
    );
    let opened = folder.open("a.jsonl", 10).unwrap();
    assert_eq!(kept(&opened, "v"), Some((2, vec![0.5, 1.0, 2.0, -1.5])));
    assert_eq!(kept(&opened, "tags"), None);
    assert_eq!(column(&opened, "v").roles, [ColumnRole::Vector]);
}

#[test]
fn a_numpy_file_is_data() {
    let folder = Folder::new();
    let path = folder.file("embeddings.npy", npy(3, 2, &[0.5, 1.0, -0.25, 2.0, 3.0, 4.0]));
    let profile = folder.profile("embeddings.npy").unwrap();
    assert_eq!(
        (types(&profile), profile.rows, profile.format.as_deref()),
        (vec!["embeddings:list".to_owned()], 3, Some("npy"))
    );
    let opened = open(&folder, std::slice::from_ref(&path), 2).unwrap();
    assert_eq!((opened.dataset.rows, opened.dataset.rows_used), (3, 2));
    let (dims, numbers) = kept(&opened, "embeddings").unwrap();
    assert_eq!((dims, numbers.len()), (2, 4));
    assert_eq!(read(&opened).width(), 0);
    // The identity follows the file.
    let before = opened.dataset.id.clone();
    fs::write(&path, npy(1, 2, &[0.5, 1.0])).unwrap();
    assert_ne!(open(&folder, &[path], 2).unwrap().dataset.id, before);
}

#[test]
fn a_numpy_file_beside_a_table_is_a_column() {
    let folder = Folder::new();
    let table = folder.file("t.csv", "id,name\n1,a\n2,b\n3,c\n");
    let taken = folder.file("name.npy", npy(3, 2, &[0.5, 1.0, -0.25, 2.0, 3.0, 4.0]));
    let opened = open(&folder, &[table.clone(), taken], 10).unwrap();
    let names: Vec<&str> = opened.dataset.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["id", "name", "name.npy"], "the table has a column of that name");
    assert_eq!(kept(&opened, "name.npy"), Some((2, vec![0.5, 1.0, -0.25, 2.0, 3.0, 4.0])));
    assert_eq!((opened.dataset.format.as_deref(), opened.dataset.files), (Some("csv"), 2));

    for (rows, why) in [(2, "more rows"), (4, "3 rows")] {
        let other = folder.file("other.npy", npy(rows, 1, &vec![0.5; rows]));
        let message = open(&folder, &[table.clone(), other], 10).unwrap_err().to_string();
        assert!(message.contains("other.npy: it holds") && message.contains(why), "{message}");
    }
    let broken = folder.file("broken.npy", "no numbers");
    assert!(open(&folder, &[table.clone(), broken], 10).unwrap_err().to_string().contains("no NumPy file"));
    let two = [table, folder.file("x.npy", npy(3, 1, &[0.5; 3])), folder.file("y.npy", npy(3, 1, &[0.5; 3]))];
    assert!(open(&folder, &two, 10).unwrap_err().to_string().contains("vectors already"));
}

#[test]
fn a_numpy_file_in_the_folder_of_a_table_is_taken_if_it_fits() {
    let folder = Folder::new();
    folder.file("t/a.csv", "id\n1\n2\n3\n");
    let opened = |bytes: Vec<u8>| {
        folder.file("t/v.npy", bytes);
        folder.open("t", 10).unwrap()
    };
    assert_eq!(kept(&opened(npy(3, 2, &[0.5; 6])), "v"), Some((2, vec![0.5; 6])));
    for rows in [2, 4] {
        let other = opened(npy(rows, 2, &vec![0.5; rows * 2]));
        assert_eq!((kept(&other, "v"), other.dataset.rows), (None, 3));
        assert!(
            noted(&other.dataset.notes, &["Left out v.npy", &format!("{rows} vectors")]),
            "{:?}",
            other.dataset.notes
        );
        assert_eq!(read(&other).height(), 3);
    }
    let damaged = opened(b"\x93NUMPY\x01\x00".to_vec());
    assert!(noted(&damaged.dataset.notes, &["Left out v.npy"]), "{:?}", damaged.dataset.notes);
    folder.file("t/w.npy", npy(3, 2, &[0.5; 6]));
    assert!(noted(&opened(npy(3, 2, &[0.5; 6])).dataset.notes, &["2 files that are no table"]));
}
