//! Vectors of bits: binary quantisation. Of each number, rotated first, only the sign is kept.

use super::rotate::Rotation;
use super::search::{Scorer, four};
use super::top::{Hit, Top};
use crate::kernels::bits::{BitKernel, TOGETHER, distances};

/// Vectors interleaved in blocks of eight.
pub(super) struct Bits {
    blocks: Vec<[u64; TOGETHER]>,
    rows: usize,
    dims: usize,
    words: usize,
    rotation: Rotation,
    kernel: BitKernel,
}

impl Bits {
    pub(super) fn new(vectors: &[f32], dims: usize, seed: u64) -> Self {
        let (rows, words) = (vectors.len() / dims.max(1), dims.div_ceil(64));
        let rotation = Rotation::new(dims, seed);
        let mut blocks = vec![[0; TOGETHER]; rows.div_ceil(TOGETHER) * words];
        for (row, vector) in vectors.chunks_exact(dims).enumerate() {
            let mut vector = vector.to_vec();
            rotation.apply(&mut vector);
            let block = &mut blocks[row / TOGETHER * words..][..words];
            for (word, signs) in block.iter_mut().zip(signs(&vector)) {
                word[row % TOGETHER] = signs;
            }
        }
        Self { blocks, rows, dims, words, rotation, kernel: distances() }
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.blocks.as_slice())
    }

    pub(super) fn level(&self) -> &'static str {
        self.kernel.level
    }

    /// Ready for a batch of queries.
    pub(super) fn batch(&self, queries: &[f32]) -> Batch<'_> {
        let rotated: Vec<Vec<f32>> = queries
            .chunks_exact(self.dims)
            .map(|query| {
                let mut query = query.to_vec();
                self.rotation.apply(&mut query);
                query
            })
            .collect();
        let queries = rotated.iter().map(|query| signs(query).collect()).collect();
        Batch { bits: self, queries, rotated: rotated.iter().map(|query| eights(query)).collect() }
    }
}

/// The signs of a vector, 64 in a word: 1 for a number that is not negative.
fn signs(vector: &[f32]) -> impl Iterator<Item = u64> {
    vector.chunks(64).map(|part| {
        part.iter().enumerate().fold(0, |word, (bit, value)| word | u64::from(!value.is_sign_negative()) << bit)
    })
}

/// The bits of a vector's floats in eights, zeros behind the last.
fn eights(vector: &[f32]) -> Vec<[u32; 8]> {
    let bits = |part: &[f32]| std::array::from_fn(|i| part.get(i).map_or(0, |value| value.to_bits()));
    vector.chunks(8).map(bits).collect()
}

/// For each byte of signs, what turns the signs of eight floats: the sign bit where the byte has a 0.
static FLIPS: [[u32; 8]; 256] = flips();

const fn flips() -> [[u32; 8]; 256] {
    let mut flips = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            flips[byte][bit] = if byte >> bit & 1 == 0 { 1 << 31 } else { 0 };
            bit += 1;
        }
        byte += 1;
    }
    flips
}

/// The vectors with a batch of queries.
pub(super) struct Batch<'a> {
    bits: &'a Bits,
    queries: Vec<Vec<u64>>,
    /// The bits of their floats, in eights.
    rotated: Vec<Vec<[u32; 8]>>,
}

impl Batch<'_> {
    /// The score of a vector of signs against query number `asked`, which keeps its precision.
    pub(super) fn precise(&self, id: u32, asked: usize) -> Hit {
        let (block, lane) = (id as usize / TOGETHER, id as usize % TOGETHER);
        let words = &self.bits.blocks[block * self.bits.words..][..self.bits.words];
        let mut sums = [0.0_f32; 8];
        for (eights, word) in self.rotated[asked].chunks(8).zip(words) {
            for (values, byte) in eights.iter().zip(word[lane].to_le_bytes()) {
                let flips = &FLIPS[byte as usize];
                for i in 0..8 {
                    sums[i] += f32::from_bits(values[i] ^ flips[i]);
                }
            }
        }
        let score = sums.iter().sum();
        Hit { id, score }
    }
}

impl Scorer for Batch<'_> {
    const TOGETHER: usize = TOGETHER;

    fn len(&self) -> usize {
        self.bits.rows
    }

    fn row_bytes(&self) -> usize {
        self.bits.words * size_of::<u64>()
    }

    fn queries(&self) -> usize {
        self.queries.len()
    }

    fn compare(&self, from: usize, to: usize, first: usize, tops: &mut [Top]) {
        let words = self.bits.words;
        let queries = four(&self.queries, first);
        for start in (from..to).step_by(TOGETHER) {
            let block = &self.bits.blocks[start / TOGETHER * words..][..words];
            let here = (to - start).min(TOGETHER);
            for (top, counts) in tops.iter_mut().zip(self.bits.kernel.distances(block, queries)) {
                let nearest = counts.iter().fold(u32::MAX, |least, &count| least.min(count));
                // Nearly every block of eight fails as a whole.
                if -(nearest as f32) < top.threshold() {
                    continue;
                }
                for (&count, id) in counts[..here].iter().zip(start as u32..) {
                    top.offer(id, -(count as f32));
                }
            }
        }
    }
}
