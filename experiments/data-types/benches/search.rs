//! The search alone, for work on it: `cargo bench -p data-types`. The experiment measures it with launches and intervals.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use data_types::vectors::index::Rescoring;
use data_types::vectors::search::pool;
use data_types::vectors::{Index, Scheme};

const DIMS: usize = 1536;
const VECTORS: usize = 4096;
const QUERIES: usize = 64;

fn schemes() -> [(&'static str, Scheme); 7] {
    [
        ("f64", Scheme::F64),
        ("f32", Scheme::F32),
        ("f16", Scheme::F16),
        ("bf16", Scheme::Bf16),
        ("int8", Scheme::Int8 { rescored: false }),
        ("binary", Scheme::Binary(Rescoring::None)),
        ("binary-rescored", Scheme::Binary(Rescoring::Bits)),
    ]
}

fn search(criterion: &mut Criterion) {
    let value = |i: usize| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f32 / (1 << 23) as f32 - 1.0;
    let vectors: Vec<f32> = (0..VECTORS * DIMS).map(value).collect();
    let queries = &vectors[..QUERIES * DIMS];
    let one = pool(1).expect("a thread");
    let mut group = criterion.benchmark_group("search");
    group.throughput(Throughput::Elements(QUERIES as u64)).sample_size(20);
    for (name, scheme) in schemes() {
        let index = Index::new(scheme, &vectors, DIMS, 1).expect("a scheme with all dimensions");
        group.bench_function(BenchmarkId::new(name, index.level()), |b| {
            b.iter(|| index.search(black_box(queries), 10, &one));
        });
    }
    group.finish();
}

criterion_group!(benches, search);
criterion_main!(benches);
