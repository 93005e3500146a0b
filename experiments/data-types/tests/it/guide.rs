//! The figures that the guide prints: 76.29 MB and 38.15 MB for ten million numbers, in Polars' megabytes of 2²⁰ bytes.

use crate::case::Bench;
use crate::tables::log;

#[test]
fn the_guides_figures_come_out() {
    let bench = Bench::new(log(20), &[], &[]).unwrap();
    let megabytes = |variant: &str| {
        let done = bench.variant(variant, "guide").unwrap();
        assert_eq!(done.answer.values, [1e7], "{variant}");
        format!("{:.2}", done.facts["memory"] / f64::from(1 << 20))
    };
    assert_eq!(megabytes("wide"), "76.29");
    assert_eq!(megabytes("f32"), "38.15");
    assert_eq!(megabytes("f16"), "19.07");
}

#[test]
fn a_naive_sum_of_ten_million_ones_stops_early() {
    let bench = Bench::new(log(20), &[], &[]).unwrap();
    let error = |variant: &str| bench.variant(variant, "guide").unwrap().facts["naive-error"];
    assert_eq!((error("wide"), error("f32")), (0.0, 0.0));
    assert_eq!(error("f16"), 1.0 - 2048.0 / 1e7);
    assert_eq!(error("bf16"), 1.0 - 256.0 / 1e7);
}
