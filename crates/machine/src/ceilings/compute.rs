//! Arithmetic in registers: floating-point operations and integer additions per second.

use std::time::Duration;

use results::Ceiling;

use super::kernels::{self, Kernels};
use super::team::{Step, Timing, run};
use super::threads_text;

/// Iterations of a chunk: ten to fifty microseconds.
const ITERATIONS: usize = 8192;

/// What a thread has seen.
#[derive(Default)]
struct Tally {
    chunks: usize,
    wrong: usize,
}

/// One kind of arithmetic.
struct Kind {
    id: &'static str,
    unit: &'static str,
    dtype: &'static str,
    label: String,
    /// Operations of one iteration.
    operations: usize,
    /// Runs a chunk and says whether its answer is right.
    chunk: Box<dyn Fn() -> bool + Sync>,
}

/// `flops` in f64 and f32, and `ops-i64`, for each number of threads.
pub(super) fn ceilings(threads: &[u32], budget: Duration, progress: &mut dyn FnMut(&str)) -> Vec<Ceiling> {
    let kinds = kinds(kernels::best());
    let timing = Timing::bursts(budget, kinds.len() * threads.len());
    let mut ceilings = Vec::new();
    for &threads in threads {
        progress(&format!("arithmetic, {}", threads_text(threads)));
        let steps: Vec<Step<'_, Tally>> = kinds.iter().map(step).collect();
        let results = run(threads, timing, &|_| Tally::default(), &steps, &|| 0);
        for (number, kind) in kinds.iter().enumerate() {
            let result = results.as_ref().map_err(Clone::clone).and_then(|steps| steps[number].clone());
            ceilings.push(Ceiling {
                id: kind.id.to_owned(),
                label: format!("{}, {}", kind.label, threads_text(threads)),
                unit: kind.unit.to_owned(),
                threads,
                dtype: Some(kind.dtype.to_owned()),
                working_set_bytes: None,
                block_bytes: None,
                samples: result.iter().flatten().map(|sample| sample.rate).collect(),
                missing: result.err(),
            });
        }
    }
    ceilings
}

fn kinds(kernels: &'static Kernels) -> [Kind; 3] {
    let (name, multiply_add) = (kernels.name, kernels.multiply_add);
    let flops = |dtype: &str| format!("floating-point operations, {dtype} ({multiply_add} in registers, {name})");
    let (expected_f64, expected_f32) = (kernels.expected_f64(ITERATIONS), kernels.expected_f32(ITERATIONS));
    let expected_u64 = kernels.expected_u64(ITERATIONS);
    [
        Kind {
            id: "flops",
            unit: "flop/s",
            dtype: "f64",
            label: flops("f64"),
            operations: kernels.flops_f64(),
            #[allow(clippy::float_cmp, reason = "small integers: the answer is exact")]
            chunk: Box::new(move || kernels.chains_f64(ITERATIONS) == expected_f64),
        },
        Kind {
            id: "flops",
            unit: "flop/s",
            dtype: "f32",
            label: flops("f32"),
            operations: kernels.flops_f32(),
            #[allow(clippy::float_cmp, reason = "small integers: the answer is exact")]
            chunk: Box::new(move || kernels.chains_f32(ITERATIONS) == expected_f32),
        },
        Kind {
            id: "ops-i64",
            unit: "op/s",
            dtype: "i64",
            label: format!("integer additions, i64 (in registers, {name})"),
            operations: kernels.additions(),
            chunk: Box::new(move || kernels.pairs_u64(ITERATIONS) == expected_u64),
        },
    ]
}

fn step(kind: &Kind) -> Step<'_, Tally> {
    let units = (kind.operations * ITERATIONS) as f64;
    Step {
        prepare: |tally| *tally = Tally::default(),
        chunk: Box::new(move |tally| {
            tally.chunks += 1;
            tally.wrong += usize::from(!(kind.chunk)());
            units
        }),
        check: |tally| match tally.wrong {
            0 => Ok(()),
            wrong => Err(format!("{wrong} of {} answers were wrong: the speed is not to be trusted", tally.chunks)),
        },
    }
}
