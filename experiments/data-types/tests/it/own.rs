//! The reader's own vectors: a column of lists, and a NumPy file alone or beside a table.

use std::path::{Path, PathBuf};

use polars::prelude::*;

use crate::case::{Bench, values};

const DIMS: usize = 20;

/// Vectors in a few groups, each with a little noise, so that there are neighbours to find.
fn vector(row: usize) -> Vec<f32> {
    let noise = |d: usize| {
        let mixed = ((row * DIMS + d) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f32 / (1 << 24) as f32
    };
    (0..DIMS).map(|d| ((row % 7 * (d + 1)) as f32).sin() + 2.0 * noise(d)).collect()
}

fn parquet(folder: &Path, rows: usize) -> PathBuf {
    let lists: Vec<Option<Series>> =
        (0..rows).map(|row| (row % 50 != 3).then(|| Series::new("".into(), vector(row)))).collect();
    let lists: ListChunked = lists.into_iter().collect();
    let mut table = df!("id" => (0..rows as i64).collect::<Vec<_>>()).unwrap();
    table.with_column(lists.with_name("embedding".into()).into_series().into_column()).unwrap();
    let path = folder.join("table.parquet");
    ParquetWriter::new(std::fs::File::create(&path).unwrap()).finish(&mut table).unwrap();
    path
}

fn npy(folder: &Path, rows: usize) -> PathBuf {
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {DIMS}), }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.extend((0..rows).flat_map(vector).flat_map(f32::to_le_bytes));
    let path = folder.join("vectors.npy");
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Searches in every scheme that does not cut off more than there is.
fn searched(bench: &Bench) {
    let exact = bench.variant("f32", "search").unwrap();
    assert!(exact.trials["recall"].iter().all(|recall| (recall - 1.0).abs() < 1e-9), "{:?}", exact.trials);
    let int8 = bench.variant("int8", "search").unwrap();
    assert!(int8.trials["recall"].iter().all(|recall| *recall > 0.5), "{:?}", int8.trials);
    assert!(int8.facts["memory"] < exact.facts["memory"] / 2.0);
    for variant in ["wide", "f16", "bf16", "int8-rescored", "binary", "binary-rescored", "binary-int8"] {
        bench.variant(variant, "search").unwrap();
    }
    assert!(bench.variant("first-64", "search").unwrap_err().contains("20 dimensions"));
}

#[test]
fn a_column_of_lists() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::open(&[&parquet(folder.path(), 1200)], 10_000).unwrap();
    assert_eq!(bench.table.columns["embedding"], "embedding");
    searched(&bench);
    let exact = bench.variant("f32", "search").unwrap();
    // A fiftieth of the rows has no vector, and 512 are kept apart as queries.
    assert_eq!(exact.facts["memory"], ((1200 - 24 - 512) * DIMS * 4) as f64);
}

#[test]
fn a_numpy_file_beside_a_table_and_alone() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("table.csv");
    let lines: String = (0..1200).map(|row| format!("{row},{}\n", row % 3)).collect();
    std::fs::write(&table, format!("id,group\n{lines}")).unwrap();
    let vectors = npy(folder.path(), 1200);
    let beside = Bench::open(&[&table, &vectors], 10_000).unwrap();
    assert_eq!(beside.table.columns["embedding"], "vectors");
    searched(&beside);

    let alone = Bench::open(&[&vectors], 10_000).unwrap();
    assert_eq!(alone.table.columns.len(), 1);
    searched(&alone);
    for workload in values("workload").iter().filter(|w| !["guide", "search", "search-random"].contains(&w.as_str())) {
        let reason = alone.agree(workload).err().unwrap_or_else(|| panic!("{workload} has nothing to work on"));
        assert!(reason.ends_with('.'), "{workload}: {reason}");
    }
}

#[test]
fn too_few_vectors_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::open(&[&npy(folder.path(), 1000)], 10_000).unwrap();
    assert!(bench.variant("f32", "search").unwrap_err().contains("Only 1000 rows have a vector"));
}
