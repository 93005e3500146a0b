//! Vectors of bytes: scalar quantisation.
//!
//! Each vector has a scale of its own: its largest number becomes 127. Rounding then costs at most half a step, and the product
//! of two vectors is a product of whole numbers, times both scales. The bytes are stored with an offset of 128, as
//! the processor's instruction wants one side unsigned; what the offset adds depends on the query alone, and is taken off.

use super::search::{Scorer, four, four_rows};
use super::top::{Hit, Top};
use crate::kernels::{Dots, Stored};

const OFFSET: i16 = 128;
const LARGEST: f32 = 127.0;

/// Vectors one behind the other, and a scale for each.
pub(super) struct Bytes {
    values: Vec<u8>,
    scales: Vec<f32>,
    dims: usize,
    dots: Dots<u8>,
}

/// What belongs to a query of bytes.
struct Query {
    scale: f32,
    /// What the offset of the stored bytes adds to every product.
    offset: i32,
}

/// A query in 16 bits, which is nearly its full precision beside bytes: an upper and a lower byte for each number.
pub(super) struct Fine {
    upper: Vec<i8>,
    lower: Vec<i8>,
    scale: f32,
    offset: i64,
}

impl Fine {
    pub(super) fn new(query: &[f32]) -> Self {
        // The upper byte stays within its range after rounding: 127 · 256 + 127 is the largest.
        let scale = step(query) / 256.0;
        let numbers = || query.iter().map(|&value| (value / scale).round().clamp(-32_512.0, 32_512.0) as i32);
        let upper = |number: i32| (number + 128).div_euclid(256);
        Self {
            upper: numbers().map(|number| upper(number) as i8).collect(),
            lower: numbers().map(|number| (number - 256 * upper(number)) as i8).collect(),
            scale,
            offset: numbers().map(i64::from).sum::<i64>() * i64::from(OFFSET),
        }
    }
}

impl Bytes {
    pub(super) fn new(vectors: &[f32], dims: usize) -> Self {
        let mut values = Vec::with_capacity(vectors.len());
        let mut scales = Vec::with_capacity(vectors.len() / dims.max(1));
        for vector in vectors.chunks_exact(dims) {
            let scale = step(vector);
            scales.push(scale);
            let offset = |value: &f32| (round(*value, scale) as i16 + OFFSET) as u8;
            values.extend(vector.iter().map(offset));
        }
        Self { values, scales, dims, dots: u8::dots() }
    }

    pub(super) fn bytes(&self) -> usize {
        self.values.len() + size_of_val(self.scales.as_slice())
    }

    pub(super) fn level(&self) -> &'static str {
        self.dots.level
    }

    /// Ready for a batch of queries.
    pub(super) fn batch(&self, queries: &[f32]) -> Batch<'_> {
        let mut batch = Batch { bytes: self, queries: Vec::new(), about: Vec::new() };
        for query in queries.chunks_exact(self.dims) {
            let scale = step(query);
            let rounded: Vec<i8> = query.iter().map(|&value| round(value, scale) as i8).collect();
            let sum: i32 = rounded.iter().map(|&value| i32::from(value)).sum();
            batch.about.push(Query { scale, offset: sum * i32::from(OFFSET) });
            batch.queries.push(rounded);
        }
        batch
    }

    /// The score of a stored vector against a query that keeps its precision.
    pub(super) fn precise(&self, id: u32, query: &Fine) -> Hit {
        let at = id as usize;
        let row = &self.values[at * self.dims..(at + 1) * self.dims];
        let upper = i64::from(self.dots.one(row, &query.upper));
        let lower = i64::from(self.dots.one(row, &query.lower));
        let product = 256 * upper + lower - query.offset;
        Hit { id, score: product as f32 * self.scales[at] * query.scale }
    }
}

/// The step between two bytes: the largest number of the vector is 127 of them.
fn step(vector: &[f32]) -> f32 {
    let largest = vector.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    if largest > 0.0 { largest / LARGEST } else { 1.0 }
}

fn round(value: f32, step: f32) -> f32 {
    (value / step).round().clamp(-LARGEST, LARGEST)
}

/// The vectors with a batch of queries.
pub(super) struct Batch<'a> {
    bytes: &'a Bytes,
    queries: Vec<Vec<i8>>,
    about: Vec<Query>,
}

impl Scorer for Batch<'_> {
    fn len(&self) -> usize {
        self.bytes.scales.len()
    }

    fn row_bytes(&self) -> usize {
        self.bytes.dims
    }

    fn queries(&self) -> usize {
        self.queries.len()
    }

    fn compare(&self, from: usize, to: usize, first: usize, tops: &mut [Top]) {
        let dims = self.bytes.dims;
        let queries = four(&self.queries, first);
        for start in (from..to).step_by(4) {
            let products = self.bytes.dots.tile(four_rows(&self.bytes.values, dims, start, to), queries);
            for (id, products) in (start..to).zip(products) {
                let scale = self.bytes.scales[id];
                for ((top, product), query) in tops.iter_mut().zip(products).zip(&self.about[first..]) {
                    top.offer(id as u32, (product - query.offset) as f32 * scale * query.scale);
                }
            }
        }
    }
}
