//! What the harness costs per sample in process: what it adds to the sample's own seconds, and what a sample costs in all
//! (the reading of the CPU clock, which lies outside the timed window, included).

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use measure::timer;
use results::Answer;

fn overhead(criterion: &mut Criterion) {
    let mut nothing = || Ok(black_box(Answer::default()));
    criterion.bench_function("added to a sample's seconds", |b| {
        b.iter_custom(|samples| {
            let wall = (0..samples).map(|_| timer::time(&mut nothing, 1).map_or(0, |ran| ran.wall_ns));
            Duration::from_nanos(wall.sum())
        });
    });
    criterion.bench_function("a whole sample", |b| b.iter(|| timer::time(&mut nothing, 1)));
}

criterion_group!(benches, overhead);
criterion_main!(benches);
