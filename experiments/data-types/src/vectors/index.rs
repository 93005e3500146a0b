//! The schemes: ways to store vectors for searching.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use half::{bf16, f16};
use rayon::ThreadPool;
use rayon::prelude::*;

use super::bits::Bits;
use super::bytes::{Bytes, Fine};
use super::flat::Flat;
use super::search::nearest;
use super::top::{Hit, Top};

/// How many candidates are fetched for each result and scored again.
pub const OVERSAMPLING: usize = 4;

/// A way to store vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Double precision.
    F64,
    /// Single precision: what models give.
    F32,
    /// Half precision.
    F16,
    /// Brain floats.
    Bf16,
    /// Single precision, cut off after so many dimensions.
    First(usize),
    /// Bytes; with `rescored`, candidates are scored again with the query's full precision.
    Int8 {
        /// Whether candidates are scored again.
        rescored: bool,
    },
    /// Bits, and how candidates are scored again.
    Binary(Rescoring),
}

/// How the candidates of a search in bits are scored again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rescoring {
    /// Not at all.
    None,
    /// The query's full precision against the stored bits: needs nothing that is not there.
    Bits,
    /// The query's full precision against vectors of bytes, which are stored beside.
    Int8,
}

impl Scheme {
    /// The scheme that a variant's parameters describe.
    ///
    /// # Errors
    /// A sentence that names the parameter.
    pub fn from_params(params: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        let scheme = params.get("vectors").context("the variant has no parameter `vectors`")?;
        let rescoring = params.get("rescored").map_or("no", String::as_str);
        Ok(match (scheme.as_str(), rescoring) {
            ("f64", "no") => Self::F64,
            ("f32", "no") => match params.get("dims") {
                None => Self::F32,
                Some(dims) => Self::First(dims.parse().with_context(|| format!("`dims` is {dims:?}"))?),
            },
            ("f16", "no") => Self::F16,
            ("bf16", "no") => Self::Bf16,
            ("int8", "no") => Self::Int8 { rescored: false },
            ("int8", "query") => Self::Int8 { rescored: true },
            ("binary", "no") => Self::Binary(Rescoring::None),
            ("binary", "query") => Self::Binary(Rescoring::Bits),
            ("binary", "int8") => Self::Binary(Rescoring::Int8),
            (scheme, rescored) => bail!("there are no vectors {scheme:?} with `rescored` = {rescored:?}"),
        })
    }
}

/// Vectors stored in one way, ready to be searched.
pub struct Index {
    stored: Stored,
    dims: usize,
}

enum Stored {
    F64(Flat<f64>),
    F32(Flat<f32>),
    F16(Flat<f16>),
    Bf16(Flat<bf16>),
    Int8 { bytes: Bytes, rescored: bool },
    Binary { bits: Bits, rescored: bool, bytes: Option<Bytes> },
}

impl Index {
    /// Stores `vectors` of `dims` numbers each, one behind the other.
    ///
    /// # Errors
    /// If the scheme keeps more dimensions than there are.
    pub fn new(scheme: Scheme, vectors: &[f32], dims: usize, seed: u64) -> anyhow::Result<Self> {
        let stored = match scheme {
            Scheme::F64 => Stored::F64(Flat::new(vectors, dims, dims)),
            Scheme::F32 => Stored::F32(Flat::new(vectors, dims, dims)),
            Scheme::F16 => Stored::F16(Flat::new(vectors, dims, dims)),
            Scheme::Bf16 => Stored::Bf16(Flat::new(vectors, dims, dims)),
            Scheme::First(kept) => {
                anyhow::ensure!((1..=dims).contains(&kept), "{kept} of {dims} dimensions cannot be kept");
                Stored::F32(Flat::new(vectors, dims, kept))
            }
            Scheme::Int8 { rescored } => Stored::Int8 { bytes: Bytes::new(vectors, dims), rescored },
            Scheme::Binary(rescoring) => Stored::Binary {
                bits: Bits::new(vectors, dims, seed),
                rescored: rescoring != Rescoring::None,
                bytes: (rescoring == Rescoring::Int8).then(|| Bytes::new(vectors, dims)),
            },
        };
        Ok(Self { stored, dims })
    }

    /// Bytes of memory that the vectors take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match &self.stored {
            Stored::F64(flat) => flat.bytes(),
            Stored::F32(flat) => flat.bytes(),
            Stored::F16(flat) => flat.bytes(),
            Stored::Bf16(flat) => flat.bytes(),
            Stored::Int8 { bytes, .. } => bytes.bytes(),
            Stored::Binary { bits, bytes, .. } => bits.bytes() + bytes.as_ref().map_or(0, Bytes::bytes),
        }
    }

    /// The instruction set of the search.
    #[must_use]
    pub fn level(&self) -> &'static str {
        match &self.stored {
            Stored::F64(flat) => flat.level(),
            Stored::F32(flat) => flat.level(),
            Stored::F16(flat) => flat.level(),
            Stored::Bf16(flat) => flat.level(),
            Stored::Int8 { bytes, .. } => bytes.level(),
            Stored::Binary { bits, .. } => bits.level(),
        }
    }

    /// The nearest `most` vectors of each query, the nearest first. `queries` lie one behind the other, with all dimensions.
    #[must_use]
    pub fn search(&self, queries: &[f32], most: usize, pool: &ThreadPool) -> Vec<Vec<Hit>> {
        match &self.stored {
            Stored::F64(flat) => nearest(&flat.batch(queries, self.dims), most, pool),
            Stored::F32(flat) => nearest(&flat.batch(queries, self.dims), most, pool),
            Stored::F16(flat) => nearest(&flat.batch(queries, self.dims), most, pool),
            Stored::Bf16(flat) => nearest(&flat.batch(queries, self.dims), most, pool),
            Stored::Int8 { bytes, rescored: false } => nearest(&bytes.batch(queries), most, pool),
            Stored::Int8 { bytes, rescored: true } => {
                let candidates = nearest(&bytes.batch(queries), most * OVERSAMPLING, pool);
                self.again_in_bytes(bytes, &candidates, queries, most, pool)
            }
            Stored::Binary { bits, rescored, bytes } => {
                let batch = bits.batch(queries);
                if !rescored {
                    return nearest(&batch, most, pool);
                }
                let candidates = nearest(&batch, most * OVERSAMPLING, pool);
                match bytes {
                    Some(bytes) => self.again_in_bytes(bytes, &candidates, queries, most, pool),
                    None => pool.install(|| {
                        let asked = candidates.par_iter().enumerate();
                        asked.map(|(query, found)| best(found, most, |id| batch.precise(id, query))).collect()
                    }),
                }
            }
        }
    }

    /// The candidates of each query, scored again with the query's precision against vectors of bytes.
    fn again_in_bytes(
        &self,
        bytes: &Bytes,
        candidates: &[Vec<Hit>],
        queries: &[f32],
        most: usize,
        pool: &ThreadPool,
    ) -> Vec<Vec<Hit>> {
        let again = |(found, query): (&Vec<Hit>, &[f32])| {
            let query = Fine::new(query);
            best(found, most, |id| bytes.precise(id, &query))
        };
        pool.install(|| candidates.par_iter().zip(queries.par_chunks_exact(self.dims)).map(again).collect())
    }
}

/// The best `most` of the candidates by another score.
fn best(candidates: &[Hit], most: usize, score: impl Fn(u32) -> Hit) -> Vec<Hit> {
    let mut top = Top::new(most);
    for candidate in candidates {
        let hit = score(candidate.id);
        top.offer(hit.id, hit.score);
    }
    top.into_hits()
}
