//! Vectors of floats, whole or cut off after some dimensions.

use half::{bf16, f16};

use super::search::{Scorer, four, four_rows};
use super::top::Top;
use crate::kernels::{Dots, Stored};

/// A float that vectors are stored in.
pub(super) trait Float: Stored {
    /// The nearest value.
    fn of(value: f32) -> Self;
    /// A query's number.
    fn query(value: f32) -> Self::Query;
    /// A product as a score.
    fn score(product: Self::Score) -> f32;
}

macro_rules! float {
    ($type:ty, $of:expr, $query:expr, $score:expr) => {
        impl Float for $type {
            #[inline]
            fn of(value: f32) -> Self {
                $of(value)
            }

            #[inline]
            fn query(value: f32) -> Self::Query {
                $query(value)
            }

            #[inline]
            fn score(product: Self::Score) -> f32 {
                $score(product)
            }
        }
    };
}

float!(f64, f64::from, f64::from, |product| product as f32);
float!(f32, |value| value, |value| value, |product| product);
float!(f16, f16::from_f32, |value| value, |product| product);
float!(bf16, bf16::from_f32, |value| value, |product| product);

/// Vectors one behind the other.
pub(super) struct Flat<S: Float> {
    values: Vec<S>,
    dims: usize,
    dots: Dots<S>,
}

impl<S: Float> Flat<S> {
    /// The first `dims` numbers of each vector of `of` numbers; shortened vectors are brought to length 1 again.
    pub(super) fn new(vectors: &[f32], of: usize, dims: usize) -> Self {
        let mut values = Vec::with_capacity(vectors.len() / of.max(1) * dims);
        for vector in vectors.chunks_exact(of) {
            let scale = if dims == of { 1.0 } else { 1.0 / length(&vector[..dims]) };
            values.extend(vector[..dims].iter().map(|&value| S::of(value * scale)));
        }
        Self { values, dims, dots: S::dots() }
    }

    /// Bytes that the vectors take.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.values.as_slice())
    }

    /// The instruction set.
    pub(super) fn level(&self) -> &'static str {
        self.dots.level
    }

    /// Ready for a batch of queries of `of` numbers.
    pub(super) fn batch(&self, queries: &[f32], of: usize) -> Batch<'_, S> {
        let queries = queries
            .chunks_exact(of)
            .map(|query| {
                let query = &query[..self.dims];
                let scale = if self.dims == of { 1.0 } else { 1.0 / length(query) };
                query.iter().map(|&value| S::query(value * scale)).collect()
            })
            .collect();
        Batch { flat: self, queries }
    }
}

/// The length of a vector; of an empty direction the smallest number that can be divided by.
fn length(vector: &[f32]) -> f32 {
    vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE)
}

/// The vectors with a batch of queries.
pub(super) struct Batch<'a, S: Float> {
    flat: &'a Flat<S>,
    queries: Vec<Vec<S::Query>>,
}

impl<S: Float> Scorer for Batch<'_, S> {
    fn len(&self) -> usize {
        self.flat.values.len() / self.flat.dims.max(1)
    }

    fn row_bytes(&self) -> usize {
        self.flat.dims * size_of::<S>()
    }

    fn queries(&self) -> usize {
        self.queries.len()
    }

    fn compare(&self, from: usize, to: usize, first: usize, tops: &mut [Top]) {
        let dims = self.flat.dims;
        let queries = four(&self.queries, first);
        for start in (from..to).step_by(4) {
            let products = self.flat.dots.tile(four_rows(&self.flat.values, dims, start, to), queries);
            for (id, products) in (start..to).zip(products) {
                for (top, product) in tops.iter_mut().zip(products) {
                    top.offer(id as u32, S::score(product));
                }
            }
        }
    }
}
