//! What several tests need: every way to write the kernels, random numbers, tasks.

use std::path::Path;

use loop_vs_simd::kernels::{Family, Level};
use measure::Task;
use results::{Answer, Point};

/// Every family, with every instruction set that this processor has.
pub(crate) fn families() -> Vec<Family> {
    let levels = || Level::ALL.into_iter().filter(|level| level.is_here());
    [Family::Scalar, Family::Auto]
        .into_iter()
        .chain(levels().map(Family::Multiversion))
        .chain(levels().map(Family::Simd))
        .collect()
}

/// A task at a point.
pub(crate) fn task(variant: &str, kernel: &str, dtype: &str, bytes: u64, scratch: &Path) -> Task {
    Task {
        experiment: "loop-vs-simd".to_owned(),
        variant: variant.to_owned(),
        params: Default::default(),
        point: Point::new().with("kernel", kernel).with("dtype", dtype).with("size", "any"),
        numbers: [("size".to_owned(), bytes as f64)].into(),
        seed: 42,
        launch: 0,
        threads: if variant == "parallel" { 3 } else { 1 },
        scratch: scratch.to_owned(),
        table: None,
        dataset: None,
        images: None,
        storage: Vec::new(),
        columns: Default::default(),
    }
}

/// Why two answers differ beyond what rounding explains for a type, if they do.
pub(crate) fn disagreement(mine: &Answer, theirs: &Answer, dtype: &str) -> Option<String> {
    let tolerance = match dtype {
        "f32" => 1e-5,
        _ => 1e-12, // the checksum of an output of integers is added up in double precision
    };
    mine.disagreement(theirs, tolerance)
}

pub(crate) const KERNELS: [&str; 5] = ["square", "sum", "dot", "filter-count", "sigmoid"];
pub(crate) const TYPES: [&str; 3] = ["f64", "f32", "i64"];
