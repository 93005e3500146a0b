//! Distances between vectors of bits: how many differ.
//!
//! A vector of bits is a few words, too short to fill registers and add them up in the end. So eight vectors lie interleaved:
//! word 0 of each, word 1 of each … and a register of eight words compares one word of a query with eight vectors at once.

/// Vectors that lie interleaved.
pub const TOGETHER: usize = 8;

/// How many bits of each of eight vectors differ from each of four queries.
type Distances = unsafe fn(&[[u64; TOGETHER]], [&[u64]; 4]) -> [[u32; TOGETHER]; 4];

/// The loop over bits, for this processor.
#[derive(Clone, Copy, Debug)]
pub struct BitKernel {
    distances: Distances,
    /// The instruction set, as processors' manuals write it.
    pub level: &'static str,
}

impl BitKernel {
    /// The distances of eight vectors from four queries.
    ///
    /// # Panics
    /// If a query has another number of words.
    #[inline]
    #[must_use]
    pub fn distances(&self, block: &[[u64; TOGETHER]], queries: [&[u64]; 4]) -> [[u32; TOGETHER]; 4] {
        assert!(queries.iter().all(|query| query.len() == block.len()), "the vectors differ in length");
        // SAFETY: equal lengths were checked; the kernel exists, so the processor has its instructions.
        unsafe { (self.distances)(block, queries) }
    }
}

/// The best loop for this processor.
#[must_use]
pub fn distances() -> BitKernel {
    all().pop().unwrap_or(BitKernel { distances: portable, level: "portable" })
}

/// Every loop that this processor can run, the plainest first; for tests.
#[must_use]
pub fn all() -> Vec<BitKernel> {
    #[allow(unused_mut, reason = "other processors have the portable loop alone")]
    let mut kernels = vec![BitKernel { distances: portable, level: "portable" }];
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("popcnt") {
            kernels.push(BitKernel { distances: x86::popcnt, level: "POPCNT" });
        }
        if is_x86_feature_detected!("avx2") {
            kernels.push(BitKernel { distances: x86::avx2, level: "AVX2" });
        }
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vpopcntdq") {
            kernels.push(BitKernel { distances: x86::avx512, level: "AVX-512 VPOPCNTDQ" });
        }
    }
    kernels
}

/// In plain Rust.
///
/// # Safety
/// None needed: it has the signature of its siblings that do.
#[inline(always)]
unsafe fn portable(block: &[[u64; TOGETHER]], queries: [&[u64]; 4]) -> [[u32; TOGETHER]; 4] {
    queries.map(|query| {
        let mut counts = [0; TOGETHER];
        for (words, &asked) in block.iter().zip(query) {
            for (count, &word) in counts.iter_mut().zip(words) {
                *count += (word ^ asked).count_ones();
            }
        }
        counts
    })
}

/// Counted loops alone: adaptors of iterators are compiled without the features, and are called and not inlined.
#[allow(clippy::needless_range_loop, reason = "see the comment on counted loops")]
#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::TOGETHER;

    /// One word at a time, with the instruction that counts bits.
    ///
    /// # Safety
    /// The processor has the feature.
    #[target_feature(enable = "popcnt")]
    pub(super) unsafe fn popcnt(block: &[[u64; TOGETHER]], queries: [&[u64]; 4]) -> [[u32; TOGETHER]; 4] {
        // SAFETY: it needs nothing.
        unsafe { super::portable(block, queries) }
    }

    /// Four words at a time: bits are counted by looking up each half byte in a register.
    ///
    /// # Safety
    /// The processor has the feature, and every query has as many words as the block.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn avx2(block: &[[u64; TOGETHER]], queries: [&[u64]; 4]) -> [[u32; TOGETHER]; 4] {
        let table = _mm256_setr_epi8(
            0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
        );
        let low = _mm256_set1_epi8(0x0f);
        let mut sums = [[_mm256_setzero_si256(); 2]; 4];
        for w in 0..block.len() {
            for half in 0..2 {
                // SAFETY: four words from the first or the fifth of eight.
                let word = unsafe { _mm256_loadu_si256(block[w].as_ptr().add(4 * half).cast()) };
                for q in 0..4 {
                    // SAFETY: a query has as many words as the block, as the caller promises.
                    let asked = unsafe { *queries[q].get_unchecked(w) };
                    let differ = _mm256_xor_si256(word, _mm256_set1_epi64x(asked.cast_signed()));
                    let lower = _mm256_shuffle_epi8(table, _mm256_and_si256(differ, low));
                    let upper = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16::<4>(differ), low));
                    let bytes = _mm256_add_epi8(lower, upper);
                    sums[q][half] = _mm256_add_epi64(sums[q][half], _mm256_sad_epu8(bytes, _mm256_setzero_si256()));
                }
            }
        }
        let mut counts = [[0_u32; TOGETHER]; 4];
        for q in 0..4 {
            let mut wide = [0_u64; TOGETHER];
            for half in 0..2 {
                // SAFETY: four words from the first or the fifth of eight.
                unsafe { _mm256_storeu_si256(wide.as_mut_ptr().add(4 * half).cast(), sums[q][half]) };
            }
            for lane in 0..TOGETHER {
                counts[q][lane] = wide[lane] as u32;
            }
        }
        counts
    }

    /// Eight words at a time, with the instruction that counts the bits of each.
    ///
    /// # Safety
    /// The processor has the features, and every query has as many words as the block.
    #[target_feature(enable = "avx512f,avx512vpopcntdq")]
    pub(super) unsafe fn avx512(block: &[[u64; TOGETHER]], queries: [&[u64]; 4]) -> [[u32; TOGETHER]; 4] {
        let mut sums = [_mm512_setzero_si512(); 4];
        for w in 0..block.len() {
            // SAFETY: eight words.
            let words = unsafe { _mm512_loadu_si512(block[w].as_ptr().cast()) };
            for q in 0..4 {
                // SAFETY: a query has as many words as the block, as the caller promises.
                let asked = unsafe { *queries[q].get_unchecked(w) };
                let differ = _mm512_xor_si512(words, _mm512_set1_epi64(asked.cast_signed()));
                sums[q] = _mm512_add_epi64(sums[q], _mm512_popcnt_epi64(differ));
            }
        }
        let mut counts = [[0_u32; TOGETHER]; 4];
        for q in 0..4 {
            // SAFETY: eight counts of 32 bits fill 256 bits.
            unsafe { _mm256_storeu_si256(counts[q].as_mut_ptr().cast(), _mm512_cvtepi64_epi32(sums[q])) };
        }
        counts
    }
}
