//! The loops whose speed is a ceiling, one table of them per instruction set.
//!
//! Memory loops walk over 64-bit words in blocks of [`BLOCK`], with eight or more independent operations in flight.
//! Arithmetic loops stay in registers: enough independent chains to hide the latency of every current processor.
//! Each loop has an answer that can be checked, so that none can be optimised away unnoticed.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod vector;

/// Words that a memory loop takes at a time; buffers are multiples of it.
pub(super) const BLOCK: usize = 128;

/// Registers of an arithmetic loop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Independent chains of multiply-adds.
    chains: usize,
    /// Independent pairs of registers for additions.
    pairs: usize,
    /// 64-bit lanes of a register.
    width: usize,
}

/// A loop that copies words, a number of times.
type Copy = unsafe fn(&mut [u64], &[u64], usize);

/// The loops of one instruction set.
pub(super) struct Kernels {
    /// For people: `AVX-512`.
    pub(super) name: &'static str,
    /// How a multiply-add is done: `fused multiply-add`.
    pub(super) multiply_add: &'static str,
    shape: Shape,
    sum: unsafe fn(&[u64], usize) -> u64,
    increment: unsafe fn(&mut [u64], usize),
    copy: Copy,
    copy_past_cache: Option<Copy>,
    chains_f64: unsafe fn(usize) -> f64,
    chains_f32: unsafe fn(usize) -> f32,
    pairs_u64: unsafe fn(usize) -> u64,
}

/// The widest instruction set that this processor has.
pub(super) fn best() -> &'static Kernels {
    // The portable loops always come last, so there is always a first.
    present().first().copied().unwrap_or(&portable::KERNELS)
}

/// Every instruction set that this processor has, widest first.
pub(super) fn present() -> Vec<&'static Kernels> {
    let mut found: Vec<&'static Kernels> = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx512f") {
            found.push(&avx512::KERNELS);
        }
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            found.push(&avx2::KERNELS);
        }
    }
    #[cfg(target_arch = "aarch64")]
    if std::arch::is_aarch64_feature_detected!("neon") {
        found.push(&neon::KERNELS);
    }
    found.push(&portable::KERNELS);
    found
}

impl Kernels {
    /// Reads: the wrapping sum of `passes` walks.
    pub(super) fn sum(&self, words: &[u64], passes: usize) -> u64 {
        // SAFETY: `present` hands out this table only where the processor has the features of its functions.
        unsafe { (self.sum)(words, passes) }
    }

    /// Updates in place: adds 1 to every word, `passes` times.
    pub(super) fn increment(&self, words: &mut [u64], passes: usize) {
        // SAFETY: as in `sum`.
        unsafe { (self.increment)(words, passes) }
    }

    /// Copies with ordinary stores, `passes` times.
    pub(super) fn copy(&self, to: &mut [u64], from: &[u64], passes: usize) {
        // SAFETY: as in `sum`.
        unsafe { (self.copy)(to, from, passes) }
    }

    /// Whether there are stores that leave the caches alone.
    pub(super) fn can_copy_past_cache(&self) -> bool {
        self.copy_past_cache.is_some()
    }

    /// Copies with stores that leave the caches alone, where there are any. `to` starts on a page.
    pub(super) fn copy_past_cache(&self, to: &mut [u64], from: &[u64], passes: usize) {
        assert_eq!(to.as_ptr() as usize % 64, 0, "stores past the cache need whole cache lines");
        let copy = self.copy_past_cache.unwrap_or(self.copy);
        // SAFETY: as in `sum`; the alignment that such stores need was just checked.
        unsafe { copy(to, from, passes) }
    }

    /// `x ← x + 1 · 3; x ← x + 1 · (−2)` on all chains, so that every chain rises by one in an iteration.
    /// Returns the sum of all lanes, see [`Self::expected_f64`].
    pub(super) fn chains_f64(&self, iterations: usize) -> f64 {
        // SAFETY: as in `sum`.
        unsafe { (self.chains_f64)(iterations) }
    }

    /// As [`Self::chains_f64`], in single precision.
    pub(super) fn chains_f32(&self, iterations: usize) -> f32 {
        // SAFETY: as in `sum`.
        unsafe { (self.chains_f32)(iterations) }
    }

    /// `a ← a + b; b ← b + a` on all pairs: no closed form that a compiler would find.
    /// Returns the wrapping sum of all lanes of all `a`, see [`Self::expected_u64`].
    pub(super) fn pairs_u64(&self, iterations: usize) -> u64 {
        // SAFETY: as in `sum`.
        unsafe { (self.pairs_u64)(iterations) }
    }

    /// Floating-point operations of one iteration in double precision: two multiply-adds, each counted as two.
    pub(super) fn flops_f64(&self) -> usize {
        4 * self.shape.chains * self.shape.width
    }

    /// The same in single precision: twice the lanes.
    pub(super) fn flops_f32(&self) -> usize {
        2 * self.flops_f64()
    }

    /// Additions of one iteration of [`Self::pairs_u64`].
    pub(super) fn additions(&self) -> usize {
        2 * self.shape.pairs * self.shape.width
    }

    /// What [`Self::chains_f64`] must return: chain `i` starts with `i` in every lane.
    pub(super) fn expected_f64(&self, iterations: usize) -> f64 {
        let Shape { chains, width, .. } = self.shape;
        (width * (chains * (chains - 1) / 2 + chains * iterations)) as f64
    }

    /// What [`Self::chains_f32`] must return; exact below 2²⁴, which is several ten thousand iterations.
    pub(super) fn expected_f32(&self, iterations: usize) -> f32 {
        2.0 * self.expected_f64(iterations) as f32
    }

    /// What [`Self::pairs_u64`] must return: pair `i` starts with `i + 1` and `2 i + 1` in every lane.
    pub(super) fn expected_u64(&self, iterations: usize) -> u64 {
        (0..self.shape.pairs as u64)
            .map(|pair| {
                let (mut a, mut b) = (pair + 1, 2 * pair + 1);
                for _ in 0..iterations {
                    a = a.wrapping_add(b);
                    b = b.wrapping_add(a);
                }
                a.wrapping_mul(self.shape.width as u64)
            })
            .fold(0, u64::wrapping_add)
    }
}

#[cfg(test)]
mod tests {
    use super::super::buffer::Words;
    use super::*;

    #[test]
    fn memory_loops_are_right_on_every_instruction_set() {
        for kernels in present() {
            for blocks in [1, 2, 7, 100] {
                let words = Words::new(blocks * BLOCK, |i| (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
                let sum = words.get().iter().fold(0, |sum: u64, word| sum.wrapping_add(*word));
                assert_eq!(kernels.sum(words.get(), 3), sum.wrapping_mul(3), "{} {blocks}", kernels.name);

                let mut more = Words::new(blocks * BLOCK, |i| words.get()[i]);
                kernels.increment(more.get_mut(), 2);
                assert!(more.get().iter().zip(words.get()).all(|(more, word)| *more == word.wrapping_add(2)));

                for copy in [Kernels::copy, Kernels::copy_past_cache] {
                    let mut to = Words::new(blocks * BLOCK, |_| 0);
                    copy(kernels, to.get_mut(), words.get(), 2);
                    assert_eq!(to.get(), words.get(), "{} {blocks}", kernels.name);
                }
            }
        }
    }

    #[test]
    fn arithmetic_loops_are_right_on_every_instruction_set() {
        for kernels in present() {
            for iterations in [0, 1, 2, 1001] {
                let name = kernels.name;
                assert_eq!(kernels.chains_f64(iterations), kernels.expected_f64(iterations), "{name} {iterations}");
                assert_eq!(kernels.chains_f32(iterations), kernels.expected_f32(iterations), "{name} {iterations}");
                assert_eq!(kernels.pairs_u64(iterations), kernels.expected_u64(iterations), "{name} {iterations}");
            }
        }
    }
}
