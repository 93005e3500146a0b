//! A space: vectors, queries that are not among them, and the true neighbours of each query by an exact search.

use std::path::Path;

use anyhow::{Context, bail};
use polars::prelude::*;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::index::{Index, Scheme};
use super::search::pool;
use super::{basis, words};
use crate::scratch::Folder;

/// Dimensions, as many as a widely used embedding model gives.
pub(crate) const DIMS: usize = 1536;

/// Queries that are kept apart.
pub(crate) const QUERIES: usize = 512;

/// True neighbours of each query.
pub(crate) const NEIGHBOURS: usize = 10;

/// Fewest vectors that are worth searching.
const FEWEST: usize = 512;

/// Most vectors: a few hundred megabytes in single precision.
const MOST: usize = 32_768;

/// Rows of the table for each vector, so that a quick run stays quick.
const ROWS_PER_VECTOR: usize = 16;

/// Texts that are looked at for each one that is used, since they repeat.
const LOOKED_AT: usize = 8;

/// Where vectors come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text column.
    Text,
    /// Random directions: the counter-example.
    Random,
}

impl Kind {
    fn file(self) -> &'static str {
        match self {
            Self::Text => "text.vectors",
            Self::Random => "random.vectors",
        }
    }
}

/// Vectors and queries of length 1, one behind the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    /// Numbers of a vector.
    pub dims: usize,
    /// The vectors.
    pub vectors: Vec<f32>,
    /// The queries.
    pub queries: Vec<f32>,
    /// The true neighbours of each query, the nearest first, ten each.
    pub truth: Vec<u32>,
}

impl Space {
    /// Splits `points` into vectors and the last [`QUERIES`] of them as queries, and finds the true neighbours.
    ///
    /// # Errors
    /// If the threads cannot be started.
    pub fn new(mut points: Vec<f32>, dims: usize, threads: u32) -> anyhow::Result<Self> {
        let queries = points.split_off(points.len() - QUERIES * dims);
        let exact = Index::new(Scheme::F32, &points, dims, 0)?;
        let found = exact.search(&queries, NEIGHBOURS, &pool(threads)?);
        let truth = found.iter().flatten().map(|hit| hit.id).collect();
        Ok(Self { dims, vectors: points, queries, truth })
    }

    /// Number of vectors.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.vectors.len() / self.dims
    }

    /// Query number `i`.
    #[must_use]
    pub fn query(&self, i: usize) -> &[f32] {
        &self.queries[i * self.dims..(i + 1) * self.dims]
    }

    /// The true neighbours of query number `i`.
    #[must_use]
    pub fn truth(&self, i: usize) -> &[u32] {
        &self.truth[i * NEIGHBOURS..(i + 1) * NEIGHBOURS]
    }

    fn write(&self, path: &Path) -> anyhow::Result<()> {
        let numbers = [self.dims, self.vectors.len(), self.queries.len(), self.truth.len()];
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|&n| (n as u64).to_le_bytes()).collect();
        bytes.extend(self.vectors.iter().chain(&self.queries).flat_map(|value| value.to_le_bytes()));
        bytes.extend(self.truth.iter().flat_map(|id| id.to_le_bytes()));
        Ok(std::fs::write(path, bytes)?)
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let damaged = || format!("{} is not whole", path.display());
        let (head, rest) = bytes.split_at_checked(32).with_context(damaged)?;
        let numbers: Vec<usize> = head
            .as_chunks::<8>()
            .0
            .iter()
            .map(|&n| usize::try_from(u64::from_le_bytes(n)))
            .collect::<Result<_, _>>()?;
        let [dims, vectors, queries, truth] = numbers[..] else { bail!(damaged()) };
        let words = rest.as_chunks::<4>().0;
        anyhow::ensure!(words.len() == vectors + queries + truth, damaged());
        let floats = |words: &[[u8; 4]]| words.iter().map(|&word| f32::from_le_bytes(word)).collect();
        Ok(Self {
            dims,
            vectors: floats(&words[..vectors]),
            queries: floats(&words[vectors..vectors + queries]),
            truth: words[vectors + queries..].iter().map(|&word| u32::from_le_bytes(word)).collect(),
        })
    }
}

/// The space of this run: made by the first case that asks, read by the others. The inner error is a reason to skip.
///
/// # Errors
/// If the table cannot be read or the file not be written.
pub(crate) fn load(
    kind: Kind,
    folder: &Folder,
    table: &Path,
    text: Option<&str>,
    rows: u64,
    threads: u32,
) -> anyhow::Result<Result<Space, String>> {
    let path = folder.file(kind.file());
    if path.exists() {
        return Ok(Ok(Space::read(&path)?));
    }
    let wanted = (usize::try_from(rows)? / ROWS_PER_VECTOR).clamp(2 * FEWEST, MOST) + QUERIES;
    let seed = folder.seed();
    let points = match (kind, text) {
        (Kind::Random, _) => Ok((random(wanted, DIMS, seed), DIMS)),
        (Kind::Text, None) => Err("The table has no column of texts to make vectors from.".to_owned()),
        (Kind::Text, Some(column)) => pool(threads)?.install(|| from_texts(table, column, wanted, seed))?,
    };
    let (points, dims) = match points {
        Ok(points) => points,
        Err(reason) => return Ok(Err(reason)),
    };
    let space = Space::new(points, dims, threads)?;
    folder.in_place(&path, |beside| space.write(beside))?;
    Ok(Ok(space))
}

/// The texts of a column as vectors: TF-IDF, cut to their leading directions.
fn from_texts(
    table: &Path,
    column: &str,
    wanted: usize,
    seed: u64,
) -> anyhow::Result<Result<(Vec<f32>, usize), String>> {
    let limit = u32::try_from(wanted * LOOKED_AT)?;
    let texts = dataset::format::read_table(table)?
        .select([Expr::Column(column.into()).cast(DataType::String).alias("text")])
        .filter(col("text").is_not_null())
        .limit(limit)
        .collect()?;
    let texts = texts.column("text")?.str()?;
    let sparse = words::tf_idf(words::distinct(texts.iter().flatten(), wanted).into_iter());
    let rows = sparse.rows.len();
    if rows < FEWEST + QUERIES {
        return Ok(Err(format!(
            "Only {rows} of the texts differ from each other and share words with others; {} are needed to search among them.",
            FEWEST + QUERIES
        )));
    }
    let dims = DIMS.min(sparse.columns).min(rows);
    if dims < 64 {
        return Ok(Err(format!("The texts share only {dims} words, too few for vectors of some length.")));
    }
    Ok(Ok((basis::project(&sparse, dims, seed), dims)))
}

/// Random directions: every one as far from every other as can be, which leaves nothing to compress.
fn random(rows: usize, dims: usize, seed: u64) -> Vec<f32> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut points = Vec::with_capacity(rows * dims);
    for _ in 0..rows {
        let from = points.len();
        points.extend((0..dims).map(|_| normal(&mut random)));
        let length = points[from..].iter().map(|value| value * value).sum::<f32>().sqrt();
        points[from..].iter_mut().for_each(|value| *value /= length);
    }
    points
}

/// A normally distributed number, nearly: the sum of twelve uniform ones has the right mean and spread, and no directions are
/// drawn to the axes. Four draws of 64 bits give twelve numbers of 21 bits.
pub(super) fn normal(random: &mut Xoshiro256PlusPlus) -> f32 {
    const MASK: u64 = (1 << 21) - 1;
    let sum: u64 = (0..4)
        .map(|_| {
            let bits: u64 = random.random();
            (bits & MASK) + (bits >> 21 & MASK) + (bits >> 42 & MASK)
        })
        .sum();
    (sum as f64 / (MASK as f64 + 1.0) - 6.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_is_read_as_it_was_written() {
        let space = Space::new(random(QUERIES + 40, 8, 1), 8, 2).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("space");
        space.write(&path).unwrap();
        assert_eq!(Space::read(&path).unwrap(), space);
        std::fs::write(&path, [1; 40]).unwrap();
        assert!(Space::read(&path).unwrap_err().to_string().contains("not whole"));
    }

    #[test]
    fn truth_is_the_brute_force_one() {
        let space = Space::new(random(QUERIES + 100, 16, 2), 16, 2).unwrap();
        for q in [0, 17, 511] {
            let mut order: Vec<(f64, u32)> = space
                .vectors
                .chunks_exact(16)
                .zip(0..)
                .map(|(v, id)| (v.iter().zip(space.query(q)).map(|(a, b)| f64::from(a * b)).sum(), id))
                .collect();
            order.sort_by(|a, b| b.0.total_cmp(&a.0));
            let expected: Vec<u32> = order.iter().take(NEIGHBOURS).map(|(_, id)| *id).collect();
            assert_eq!(space.truth(q), expected);
        }
    }

    #[test]
    fn random_numbers_are_centred_and_spread() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
        let values: Vec<f64> = (0..20_000).map(|_| f64::from(normal(&mut random))).collect();
        let mean = values.iter().sum::<f64>() / 20_000.0;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
    }
}
