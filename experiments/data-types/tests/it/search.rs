//! Searches against brute force in 64 bits, in every scheme, for any number of threads.

use data_types::vectors::index::Rescoring;
use data_types::vectors::search::pool;
use data_types::vectors::{Hit, Index, Scheme, recall};

const DIMS: usize = 100;

/// Vectors of length 1 whose first numbers carry the most.
fn vectors(rows: usize, salt: usize) -> Vec<f32> {
    let mut all = Vec::with_capacity(rows * DIMS);
    for row in 0..rows {
        let value = |d: usize| {
            let mixed = ((salt * 1_000_003 + row) * DIMS + d) as u64;
            let mixed = (mixed ^ mixed >> 7).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mixed = (mixed ^ mixed >> 32).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40;
            (mixed as f32 / (1 << 23) as f32 - 1.0) / (1.0 + d as f32 / 9.0)
        };
        let vector: Vec<f32> = (0..DIMS).map(value).collect();
        let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
        all.extend(vector.iter().map(|v| v / length));
    }
    all
}

fn brute(vectors: &[f32], query: &[f32], dims: usize, most: usize) -> Vec<(u32, f64)> {
    let part = |v: &[f32]| v[..dims].iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
    let cosine = |a: &[f64], b: &[f64]| {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    };
    let query = part(query);
    let mut all: Vec<(u32, f64)> =
        vectors.chunks_exact(DIMS).zip(0..).map(|(v, id)| (id, cosine(&part(v), &query))).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all.truncate(most);
    all
}

fn search(scheme: Scheme, rows: usize, queries: &[f32], threads: u32) -> Vec<Vec<Hit>> {
    Index::new(scheme, &vectors(rows, 0), DIMS, 5).unwrap().search(queries, 10, &pool(threads).unwrap())
}

fn mean_recall(scheme: Scheme, rows: usize, queries: &[f32]) -> f64 {
    let stored = vectors(rows, 0);
    let found = search(scheme, rows, queries, 2);
    let recalls = found.iter().zip(queries.chunks_exact(DIMS)).map(|(found, query)| {
        let truth: Vec<u32> = brute(&stored, query, DIMS, 10).into_iter().map(|(id, _)| id).collect();
        recall(found, &truth)
    });
    recalls.sum::<f64>() / found.len() as f64
}

#[test]
fn floats_find_what_brute_force_finds() {
    let (stored, queries) = (vectors(703, 0), vectors(9, 77));
    for (scheme, dims, tolerance) in [
        (Scheme::F64, DIMS, 1e-6),
        (Scheme::F32, DIMS, 1e-5),
        (Scheme::F16, DIMS, 2e-3),
        (Scheme::Bf16, DIMS, 2e-2),
        (Scheme::First(17), 17, 1e-5),
        (Scheme::Int8 { rescored: false }, DIMS, 2e-2),
        (Scheme::Int8 { rescored: true }, DIMS, 1e-2),
    ] {
        let found = search(scheme, 703, &queries, 2);
        assert_eq!(found.len(), 9);
        for (hits, query) in found.iter().zip(queries.chunks_exact(DIMS)) {
            let truth = brute(&stored, query, dims, 10);
            assert_eq!(hits.len(), 10);
            for (hit, (_, score)) in hits.iter().zip(&truth) {
                assert!((f64::from(hit.score) - score).abs() < tolerance, "{scheme:?}: {hits:?} and {truth:?}");
            }
            if tolerance < 1e-4 {
                assert_eq!(
                    hits.iter().map(|hit| hit.id).collect::<Vec<_>>(),
                    truth.iter().map(|(id, _)| *id).collect::<Vec<_>>()
                );
            }
        }
    }
}

#[test]
fn less_is_found_with_less_memory_and_rescoring_helps() {
    let queries = vectors(40, 77);
    let of = |scheme| mean_recall(scheme, 800, &queries);
    let (exact, int8, fine) =
        (of(Scheme::F32), of(Scheme::Int8 { rescored: false }), of(Scheme::Int8 { rescored: true }));
    let (bits, again) = (of(Scheme::Binary(Rescoring::None)), of(Scheme::Binary(Rescoring::Bits)));
    let bytes = of(Scheme::Binary(Rescoring::Int8));
    assert_eq!(exact, 1.0);
    assert!(int8 > 0.9 && fine >= int8 - 0.01, "{int8} {fine}");
    assert!(bits > 0.1 && again > bits && bytes > again && bytes < int8, "{bits} {again} {bytes}");
    assert!(of(Scheme::First(20)) < of(Scheme::First(60)));
}

#[test]
fn neither_threads_nor_tiles_nor_the_end_of_a_batch_change_what_is_found() {
    for scheme in [Scheme::F32, Scheme::Int8 { rescored: true }, Scheme::Binary(Rescoring::Bits)] {
        for rows in [1, 9, 2500] {
            let queries = vectors(6, 3);
            let one = search(scheme, rows, &queries, 1);
            assert_eq!(one, search(scheme, rows, &queries, 3), "{scheme:?} of {rows}");
            assert_eq!(one.iter().map(Vec::len).collect::<Vec<_>>(), [rows.min(10); 6]);
            for (query, found) in queries.chunks_exact(DIMS).zip(&one) {
                assert_eq!(search(scheme, rows, query, 2), std::slice::from_ref(found), "{scheme:?} of {rows}");
            }
        }
    }
}

#[test]
fn memory_is_what_the_numbers_take() {
    let stored = vectors(64, 0);
    let bytes = |scheme| Index::new(scheme, &stored, DIMS, 1).unwrap().bytes();
    assert_eq!(bytes(Scheme::F64), 64 * DIMS * 8);
    assert_eq!(bytes(Scheme::F32), 64 * DIMS * 4);
    assert_eq!(bytes(Scheme::F16), 64 * DIMS * 2);
    assert_eq!(bytes(Scheme::First(10)), 64 * 10 * 4);
    assert_eq!(bytes(Scheme::Int8 { rescored: true }), 64 * (DIMS + 4));
    assert_eq!(bytes(Scheme::Binary(Rescoring::Bits)), 64 * 16, "two words for a hundred bits");
    assert!(Index::new(Scheme::First(101), &stored, DIMS, 1).is_err());
}

#[test]
fn vectors_of_zeros_are_no_trouble() {
    let stored = vec![0.0; 20 * DIMS];
    for scheme in [Scheme::F16, Scheme::First(5), Scheme::Int8 { rescored: true }, Scheme::Binary(Rescoring::Int8)] {
        let found = Index::new(scheme, &stored, DIMS, 1).unwrap().search(&stored[..DIMS], 10, &pool(2).unwrap());
        assert!(found[0].len() == 10 && found[0].iter().all(|hit| hit.score.is_finite()), "{scheme:?}: {found:?}");
    }
}
