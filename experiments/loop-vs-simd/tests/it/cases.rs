use std::path::Path;

use loop_vs_simd::experiment;
use measure::{Prepared, Refusal, Task};
use results::Answer;
use testing::Random;

use crate::support::{KERNELS, TYPES, disagreement, task};

const VARIANTS: [&str; 7] = ["scalar", "auto", "auto-cpu", "simd", "parallel", "ndarray", "polars"];

fn prepare(task: &Task) -> Prepared {
    match experiment().prepare(task) {
        Ok(prepared) => prepared,
        Err(Refusal::Skip(reason)) => panic!("{} {}: skipped: {reason}", task.variant, task.point),
        Err(Refusal::Fail(e)) => panic!("{} {}: {e:#}", task.variant, task.point),
    }
}

fn failure(task: &Task) -> String {
    match experiment().prepare(task) {
        Ok(_) => panic!("{task:?} was prepared"),
        Err(Refusal::Skip(reason)) => reason,
        Err(Refusal::Fail(e)) => format!("{e:#}"),
    }
}

fn answer(prepared: &mut Prepared) -> Answer {
    (prepared.work)().expect("an answer")
}

#[test]
fn all_variants_give_the_same_answer_for_every_kernel_and_type() {
    // An odd number of elements, and more than one piece for each thread.
    for bytes in [40_008, 300_008] {
        for kernel in KERNELS {
            for dtype in TYPES {
                if (kernel, dtype) == ("sigmoid", "i64") {
                    continue;
                }
                let mut baseline: Option<Answer> = None;
                for variant in VARIANTS {
                    let mut prepared = prepare(&task(variant, kernel, dtype, bytes, Path::new("")));
                    let first = answer(&mut prepared);
                    assert_eq!(answer(&mut prepared), first, "{variant} {kernel} {dtype}: the second call differs");
                    let expected = baseline.get_or_insert_with(|| first.clone());
                    let why = disagreement(&first, expected, dtype);
                    assert_eq!(why, None, "{variant} {kernel} {dtype} {bytes}");
                }
            }
        }
    }
}

#[test]
fn the_arrays_hold_what_the_documented_formula_says() {
    // 16 KiB of doubles: 0.5 + h / 2²⁰ with h the upper 20 bits of SplitMix64.
    let mut random = Random(42);
    let expected: f64 = (0..2048).map(|_| 0.5 + (random.bits() >> 44) as f64 / 1_048_576.0).sum();
    let mut prepared = prepare(&task("simd", "sum", "f64", 16_384, Path::new("")));
    let sum = answer(&mut prepared).values[0];
    assert!((sum - expected).abs() < 1e-9, "{sum} {expected}");

    let mut random = Random(42);
    let expected: i64 = (0..2048).map(|_| (random.bits() >> 44).cast_signed()).sum();
    let mut prepared = prepare(&task("simd", "sum", "i64", 16_384, Path::new("")));
    assert_eq!(answer(&mut prepared).values, [expected as f64]);
}

#[test]
fn facts_count_all_passes_of_a_call() {
    let small = prepare(&task("simd", "square", "f64", 16_384, Path::new("")));
    // Two arrays of 8 KiB; 128 passes touch 2 MiB.
    assert_eq!(small.facts["working_set_bytes"], 16_384.0);
    assert_eq!(small.settings["passes"], "128");
    assert_eq!(small.facts["bytes"], 2_097_152.0);
    assert_eq!(small.facts["rows"], 131_072.0);
    assert_eq!(small.facts["flops"], 131_072.0);

    let large = prepare(&task("simd", "dot", "f32", 4 << 20, Path::new("")));
    assert_eq!(large.settings["passes"], "1");
    assert_eq!(large.facts["rows"], 524_288.0);
    assert_eq!(large.facts["flops"], 1_048_576.0);
}

#[test]
fn settings_say_what_a_reader_must_know() {
    for variant in VARIANTS {
        let prepared = prepare(&task(variant, "square", "f32", 8192, Path::new("")));
        let settings = &prepared.settings;
        assert_eq!(settings["ceiling"], "memory-copy", "{variant}");
        assert_eq!(settings["dtype"], "f32", "{variant}");
        assert_eq!(settings["pages"], "ordinary", "{variant}");
        assert!(settings["threads"].parse::<u32>().is_ok_and(|threads| threads > 0), "{variant}: {settings:?}");
        let vectors = ["scalar", "auto", "auto-cpu", "simd", "parallel"].contains(&variant);
        assert_eq!(settings.contains_key("simd"), vectors, "{variant}");
        if vectors {
            assert_eq!(settings["stores"], "ordinary", "{variant}");
        }
    }
    let ceiling = |kernel| prepare(&task("auto", kernel, "f64", 8192, Path::new(""))).settings["ceiling"].clone();
    assert_eq!(ceiling("sum"), "memory-read");
    assert_eq!(ceiling("sigmoid"), "flops");
}

#[test]
fn an_array_beyond_the_last_cache_is_squared_past_the_caches() {
    let last = machine::caches().into_iter().map(|cache| cache.bytes).max();
    let Some(last) = last.filter(|last| *last <= 64 << 20) else {
        eprintln!("skipped: the last cache is not known, or larger than a test should fill");
        return;
    };
    let mut prepared = prepare(&task("simd", "square", "f64", last + (1 << 20), Path::new("")));
    assert_eq!(prepared.settings["stores"], "past the caches");
    let expected = answer(&mut prepare(&task("auto", "square", "f64", last + (1 << 20), Path::new(""))));
    assert_eq!(answer(&mut prepared), expected);
}

#[test]
fn what_cannot_be_done_says_why() {
    let none = Path::new("");
    assert!(failure(&task("simd", "sigmoid", "i64", 8192, none)).contains("no integers"));
    assert!(failure(&task("gpu", "sum", "f64", 8192, none)).contains("no variant \"gpu\""));
    assert!(failure(&task("simd", "median", "f64", 8192, none)).contains("no kernel \"median\""));
    assert!(failure(&task("simd", "sum", "f16", 8192, none)).contains("no element type \"f16\""));
    assert!(failure(&task("simd", "sum", "f64", 0, none)).contains("0 bytes"));
    let mut without = task("simd", "sum", "f64", 8192, none);
    without.numbers.clear();
    assert!(failure(&without).contains("no size"));
}
