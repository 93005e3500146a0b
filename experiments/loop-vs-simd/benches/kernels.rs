//! The hot kernels alone, for work on them: `cargo bench -p loop-vs-simd`.
//!
//! Sizes inside the first and the second cache; the experiment measures the rest, with launches, intervals and a control.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use loop_vs_simd::kernels::{Family, Level, Tables};

/// Elements: 16 KiB and 256 KiB of doubles.
const LENGTHS: [usize; 2] = [2048, 32_768];

fn families() -> [(&'static str, Family); 4] {
    let level = Level::best();
    [
        ("scalar", Family::Scalar),
        ("auto", Family::Auto),
        ("auto-cpu", Family::Multiversion(level)),
        ("simd", Family::Simd(level)),
    ]
}

fn kernels(criterion: &mut Criterion) {
    for len in LENGTHS {
        let x: Vec<f64> = (0..len).map(|i| 0.5 + (i * 7919 % 1024) as f64 / 1024.0).collect();
        let other = x.clone();
        let mut y = vec![0.0; len];
        for (name, family) in families() {
            let kernels = f64::kernels(family);
            let id = BenchmarkId::new(name, len);
            let bytes = (len * size_of::<f64>()) as u64;

            let mut group = criterion.benchmark_group("sum");
            group.throughput(Throughput::Bytes(bytes)).bench_function(id.clone(), |b| {
                b.iter(|| kernels.sum(black_box(&x)));
            });
            group.finish();
            let mut group = criterion.benchmark_group("dot");
            group.throughput(Throughput::Bytes(2 * bytes)).bench_function(id.clone(), |b| {
                b.iter(|| kernels.dot(black_box(&x), black_box(&other)));
            });
            group.finish();
            let mut group = criterion.benchmark_group("filter-count");
            group.throughput(Throughput::Bytes(bytes)).bench_function(id.clone(), |b| {
                b.iter(|| kernels.filter(black_box(&x), 1.0));
            });
            group.finish();
            let mut group = criterion.benchmark_group("square");
            group.throughput(Throughput::Bytes(2 * bytes)).bench_function(id.clone(), |b| {
                b.iter(|| kernels.square(black_box(&x), black_box(&mut y)));
            });
            group.finish();
            let mut group = criterion.benchmark_group("sigmoid");
            group.throughput(Throughput::Bytes(2 * bytes)).bench_function(id, |b| {
                b.iter(|| kernels.sigmoid(black_box(&x), black_box(&mut y)));
            });
            group.finish();
        }
    }
}

criterion_group!(benches, kernels);
criterion_main!(benches);
