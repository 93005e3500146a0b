//! A space: vectors, queries that are not among them, and the true neighbours of each query by an exact search.

use std::path::Path;

use anyhow::{Context, bail};
use measure::scratch;
use polars::prelude::*;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::index::{Index, Scheme};
use super::search::pool;
use super::{basis, words};

/// Dimensions, as many as a widely used embedding model gives.
pub(crate) const DIMS: usize = 1536;

/// Queries that are kept apart.
pub(crate) const QUERIES: usize = 512;

/// True neighbours of each query.
pub(crate) const NEIGHBOURS: usize = 10;

/// Fewest vectors that are worth searching.
const FEWEST: usize = 512;

/// Fewest dimensions of a vector that is made from texts, and of one that the table holds.
const FEWEST_DIMS: usize = 64;
const FEWEST_OWN_DIMS: usize = 16;

/// Most vectors: a few hundred megabytes in single precision.
const MOST: usize = 32_768;

/// Rows of the table for each vector, so that a quick run stays quick.
const ROWS_PER_VECTOR: usize = 32;

/// Texts that are looked at for each one that is used, since they repeat.
const LOOKED_AT: usize = 8;

/// Where vectors come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A column of vectors, or of texts to make them from.
    Own,
    /// Random directions: the counter-example.
    Random,
}

impl Kind {
    fn file(self) -> &'static str {
        match self {
            Self::Own => "own.vectors",
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
    /// Where they come from.
    pub origin: Origin,
}

/// What vectors are made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Random directions.
    Random,
    /// Texts.
    Texts,
    /// A column of vectors.
    Column,
}

impl Origin {
    const ALL: [Self; 3] = [Self::Random, Self::Texts, Self::Column];

    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Random => "random directions",
            Self::Texts => "TF-IDF and truncated SVD of the texts",
            Self::Column => "the column's own vectors",
        }
    }
}

impl Space {
    /// Splits `points` into vectors and the last [`QUERIES`] of them as queries, and finds the true neighbours.
    ///
    /// # Errors
    /// If the threads cannot be started.
    pub fn new(mut points: Vec<f32>, dims: usize, origin: Origin, threads: u32) -> anyhow::Result<Self> {
        let queries = points.split_off(points.len() - QUERIES * dims);
        let exact = Index::new(Scheme::F32, &points, dims, 0)?;
        let found = exact.search(&queries, NEIGHBOURS, &pool(threads)?);
        let truth = found.iter().flatten().map(|hit| hit.id).collect();
        Ok(Self { dims, vectors: points, queries, truth, origin })
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
        let origin = Origin::ALL.iter().position(|origin| *origin == self.origin).unwrap_or(0);
        let numbers = [self.dims, self.vectors.len(), self.queries.len(), self.truth.len(), origin];
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|&n| (n as u64).to_le_bytes()).collect();
        bytes.extend(self.vectors.iter().chain(&self.queries).flat_map(|value| value.to_le_bytes()));
        bytes.extend(self.truth.iter().flat_map(|id| id.to_le_bytes()));
        Ok(std::fs::write(path, bytes)?)
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let damaged = || format!("{} is not whole", path.display());
        let (head, rest) = bytes.split_at_checked(40).with_context(damaged)?;
        let numbers: Vec<usize> = head
            .as_chunks::<8>()
            .0
            .iter()
            .map(|&n| usize::try_from(u64::from_le_bytes(n)))
            .collect::<Result<_, _>>()?;
        let [dims, vectors, queries, truth, origin] = numbers[..] else { bail!(damaged()) };
        let words = rest.as_chunks::<4>().0;
        anyhow::ensure!(words.len() == vectors + queries + truth, damaged());
        let floats = |words: &[[u8; 4]]| words.iter().map(|&word| f32::from_le_bytes(word)).collect();
        Ok(Self {
            dims,
            origin: *Origin::ALL.get(origin).with_context(damaged)?,
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
    folder: &Path,
    table: &Path,
    column: Option<&str>,
    rows: u64,
    seed: u64,
    threads: u32,
) -> anyhow::Result<Result<Space, String>> {
    let path = folder.join(kind.file());
    if path.exists() {
        return Ok(Ok(Space::read(&path)?));
    }
    let wanted = (usize::try_from(rows)? / ROWS_PER_VECTOR).clamp(2 * FEWEST, MOST) + QUERIES;
    let points = match (kind, column) {
        (Kind::Random, _) => Ok((random(wanted, DIMS, seed), DIMS, Origin::Random)),
        (Kind::Own, None) => Err("The table has no column of vectors, and none of texts to make them from.".to_owned()),
        (Kind::Own, Some(column)) => match dataset::vectors(table, column, wanted)? {
            Some(vectors) => own(&vectors),
            None => pool(threads)?.install(|| from_texts(table, column, wanted, seed))?,
        },
    };
    let (points, dims, origin) = match points {
        Ok(points) => points,
        Err(reason) => return Ok(Err(reason)),
    };
    let space = Space::new(points, dims, origin, threads)?;
    scratch::in_place(&path, |beside| space.write(beside))?;
    Ok(Ok(space))
}

/// Vectors one behind the other, their dimensions, and where they come from.
type Points = (Vec<f32>, usize, Origin);

/// A column's own vectors, brought to length 1; those of length 0 or without an end are left out.
fn own(vectors: &dataset::Vectors) -> Result<Points, String> {
    let dims = vectors.dims;
    if dims < FEWEST_OWN_DIMS {
        return Err(format!(
            "The vectors have {dims} numbers each: with fewer than {FEWEST_OWN_DIMS} there is little to shrink."
        ));
    }
    let mut points = Vec::with_capacity(vectors.values.len());
    vectors.values.chunks_exact(dims).for_each(|vector| push_unit(vector, &mut points));
    enough(points, dims)
}

/// Vectors of a column, if they are enough to search among.
fn enough(points: Vec<f32>, dims: usize) -> Result<Points, String> {
    let rows = points.len() / dims;
    if rows < FEWEST + QUERIES { Err(few(rows, "rows have a vector")) } else { Ok((points, dims, Origin::Column)) }
}

fn few(rows: usize, what: &str) -> String {
    format!("Only {rows} {what}; {} are needed to search among them.", FEWEST + QUERIES)
}

/// Appends a vector, brought to length 1, if that can be done.
fn push_unit(vector: &[f32], points: &mut Vec<f32>) {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length.is_finite() && length > 0.0 {
        points.extend(vector.iter().map(|value| value / length));
    }
}

/// The texts of a column as vectors: those that are written there, or TF-IDF, cut to its leading directions.
fn from_texts(table: &Path, column: &str, wanted: usize, seed: u64) -> anyhow::Result<Result<Points, String>> {
    let limit = u32::try_from(wanted * LOOKED_AT)?;
    let texts = dataset::format::read_table(table)?
        .select([Expr::Column(column.into()).cast(DataType::String).alias("text")])
        .filter(col("text").is_not_null())
        .limit(limit)
        .collect()?;
    let texts = texts.column("text")?.str()?;
    if let Some((points, dims)) = written(texts.iter().flatten(), wanted) {
        return Ok(enough(points, dims));
    }
    let sparse = words::tf_idf(words::distinct(texts.iter().flatten(), wanted).into_iter());
    let rows = sparse.rows.len();
    if rows < FEWEST + QUERIES {
        return Ok(Err(few(rows, "of the texts differ from each other and share words with others")));
    }
    let dims = DIMS.min(sparse.columns).min(rows);
    if dims < FEWEST_DIMS {
        return Ok(Err(format!("The texts share only {dims} words, too few for vectors of some length.")));
    }
    Ok(Ok((basis::project(&sparse, dims, seed), dims, Origin::Texts)))
}

/// Vectors that are written in texts as `[0.1, -0.2, …]`, brought to length 1; `None` if the first text is none. Texts that hold
/// another number of numbers, or only zeros, are left out.
fn written<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> Option<(Vec<f32>, usize)> {
    let parse = |text: &str| text.starts_with('[').then(|| serde_json::from_str::<Vec<f32>>(text).ok()).flatten();
    let mut texts = texts.peekable();
    let dims = parse(texts.peek()?)?.len();
    if dims < FEWEST_DIMS {
        return None;
    }
    let mut points = Vec::new();
    for vector in texts.filter_map(parse).filter(|vector| vector.len() == dims).take(most) {
        push_unit(&vector, &mut points);
    }
    Some((points, dims))
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
        let space = Space::new(random(QUERIES + 40, 8, 1), 8, Origin::Column, 2).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("space");
        space.write(&path).unwrap();
        assert_eq!(Space::read(&path).unwrap(), space);
        std::fs::write(&path, [1; 40]).unwrap();
        assert!(Space::read(&path).unwrap_err().to_string().contains("not whole"));
    }

    #[test]
    fn vectors_that_are_written_down_are_read() {
        let text = |first: f32, dims: usize| format!("[{first}{}]", ", 1e-3".repeat(dims - 1));
        let texts = [text(1.0, 64), text(2.0, 64), text(1.0, 65), "no vector".to_owned(), text(-1.0, 64)];
        let (points, dims) = written(texts.iter().map(String::as_str), 10).unwrap();
        assert_eq!((points.len(), dims), (3 * 64, 64));
        for vector in points.chunks_exact(64) {
            assert!((vector.iter().map(|value| value * value).sum::<f32>() - 1.0).abs() < 1e-5);
        }
        assert_eq!(written(["a text", &texts[0]].into_iter(), 10), None);
        assert_eq!(written(["[1, 2, 3]"].into_iter(), 10), None, "too short");
        assert_eq!(written(std::iter::empty(), 10), None);
    }

    #[test]
    fn truth_is_the_brute_force_one() {
        let space = Space::new(random(QUERIES + 100, 16, 2), 16, Origin::Random, 2).unwrap();
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
