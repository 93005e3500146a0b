//! A thread's walk over its part of a working set, with the books that prove that every step was done.

use super::buffer::Words;
use super::kernels::{BLOCK, Kernels};

/// Words that are walked over in one call at most: 1 MiB, far more than the call costs.
const SEGMENT: usize = (1 << 20) / 8;

/// Words of a chunk: 4 MiB, tens of microseconds in a cache and less than a millisecond in main memory.
const CHUNK: usize = (4 << 20) / 8;

/// Words between the two halves of a copy: half a page. Where a load and a store lie a whole number of pages apart, the
/// processor takes one for the other and waits, and the ceiling would be lower than what other loops reach.
const GAP: usize = 2048 / 8;

/// The state of a thread.
///
/// The words repeat from segment to segment, so that the sum over any number of segments is known.
pub(super) struct Walk {
    words: Words,
    /// Words that are walked over; behind them lies room for the gap.
    len: usize,
    /// Words of a segment; the buffer is an even number of them.
    segment: usize,
    /// Sum over the segment as it was made.
    segment_sum: u64,
    /// Segment that comes next.
    position: usize,
    /// Segments done in this step.
    done: u64,
    /// Sum of what was read in this step.
    sum: u64,
    /// By how much all words together grew in earlier steps.
    grown: u64,
}

impl Walk {
    /// The number of words, at most `bytes`, that can be walked over: an even number of whole segments.
    pub(super) fn words(bytes: u64) -> usize {
        let words = usize::try_from(bytes / 8).unwrap_or(usize::MAX);
        let segment = segment(words);
        (words / (2 * segment)).max(1) * 2 * segment
    }

    /// `words` comes from [`Self::words`].
    pub(super) fn new(words: usize) -> Self {
        let segment = segment(words);
        let word = |index: usize| ((index % segment) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let segment_sum = (0..segment).map(word).fold(0, u64::wrapping_add);
        let memory = Words::new(words + GAP, word);
        Self { words: memory, len: words, segment, segment_sum, position: 0, done: 0, sum: 0, grown: 0 }
    }

    /// Begins a step.
    pub(super) fn restart(&mut self) {
        (self.position, self.done, self.sum) = (0, 0, 0);
    }

    /// Begins a copying step: what an earlier one copied is wiped out.
    pub(super) fn restart_copy(&mut self) {
        self.restart();
        let to = self.len / 2 + GAP;
        self.words.get_mut()[to..].fill(0);
    }

    fn segments(&self) -> usize {
        self.len / self.segment
    }

    /// The next stretch of `count` segments, and how many times to walk over it for a chunk.
    ///
    /// A small buffer is walked over as a whole, again and again; a large one segment by segment, round and round.
    fn stretch(&mut self, count: usize) -> (std::ops::Range<usize>, usize) {
        let passes = if self.segment < SEGMENT { (CHUNK / (count * self.segment)).max(1) } else { 1 };
        let start = self.position * self.segment;
        (start..start + count * self.segment, passes)
    }

    /// A chunk of reading. Returns bytes.
    pub(super) fn read(&mut self, kernels: &Kernels) -> f64 {
        self.chunk(|walk, range, passes| {
            walk.sum = walk.sum.wrapping_add(kernels.sum(&walk.words.get()[range], passes));
        })
    }

    /// A chunk of updating in place. Returns bytes read plus bytes written.
    pub(super) fn update(&mut self, kernels: &Kernels) -> f64 {
        2.0 * self.chunk(|walk, range, passes| kernels.increment(&mut walk.words.get_mut()[range], passes))
    }

    /// Walks over the buffer for a chunk and returns the bytes that were touched once.
    fn chunk(&mut self, mut work: impl FnMut(&mut Self, std::ops::Range<usize>, usize)) -> f64 {
        let segments = self.segments();
        let count = if self.segment < SEGMENT { segments } else { 1 };
        let mut words = 0;
        while words < CHUNK {
            let (range, passes) = self.stretch(count);
            words += range.len() * passes;
            work(self, range, passes);
            self.position = (self.position + count) % segments;
            self.done += (count * passes) as u64;
        }
        (words * 8) as f64
    }

    /// A chunk of copying the first half over the second. Returns bytes read plus bytes written.
    pub(super) fn copy(&mut self, kernels: &Kernels, copy: fn(&Kernels, &mut [u64], &[u64], usize)) -> f64 {
        let half = self.segments() / 2;
        let count = if self.segment < SEGMENT { half } else { 1 };
        let mut words = 0;
        while words < CHUNK / 2 {
            let (range, passes) = self.stretch(count);
            let (from, to) = self.words.get_mut().split_at_mut(half * self.segment + GAP);
            copy(kernels, &mut to[range.clone()], &from[range.clone()], passes);
            words += range.len() * passes;
            self.position = (self.position + count) % half;
            self.done += (count * passes) as u64;
        }
        (2 * words * 8) as f64
    }

    /// Everything that was read adds up.
    pub(super) fn check_read(&self) -> Result<(), String> {
        verdict(self.sum == self.segment_sum.wrapping_mul(self.done), "the sum of what was read")
    }

    /// Every word has grown as often as it was visited.
    pub(super) fn check_update(&mut self, kernels: &Kernels) -> Result<(), String> {
        self.grown = self.grown.wrapping_add(self.done.wrapping_mul(self.segment as u64));
        let made = self.segment_sum.wrapping_mul(self.segments() as u64);
        verdict(
            kernels.sum(&self.words.get()[..self.len], 1) == made.wrapping_add(self.grown),
            "the sum after updating",
        )
    }

    /// What was copied is the same as its source.
    pub(super) fn check_copy(&self) -> Result<(), String> {
        let (from, to) = self.words.get().split_at(self.len / 2 + GAP);
        let half = self.len / 2;
        let copied = usize::try_from(self.done).map_or(half, |done| half.min(done * self.segment));
        verdict(from[..copied] == to[..copied], "what was copied")
    }
}

fn segment(words: usize) -> usize {
    // Two segments at least, since copying goes from one half to the other.
    (words / 2 / BLOCK * BLOCK).clamp(BLOCK, SEGMENT)
}

fn verdict(right: bool, what: &str) -> Result<(), String> {
    if right { Ok(()) } else { Err(format!("{what} is wrong: the speed is not to be trusted")) }
}

#[cfg(test)]
mod tests {
    use super::super::kernels::best;
    use super::*;

    #[test]
    fn buffers_are_whole_segments_and_stay_within_the_limit() {
        for bytes in [1, 1024, 5000, 8 << 10, 100_000, 1 << 20, (3 << 20) + 17, 64 << 20] {
            let words = Walk::words(bytes);
            let segment = segment(words);
            assert_eq!(words % (2 * segment), 0, "{bytes}");
            assert_eq!(segment % BLOCK, 0, "{bytes}");
            assert!(words as u64 * 8 <= bytes.max(2 * BLOCK as u64 * 8), "{bytes}: {words}");
        }
    }

    #[test]
    fn the_books_balance_and_notice_what_was_not_done() {
        for bytes in [8 << 10, 100_000, 6 << 20] {
            let mut walk = Walk::new(Walk::words(bytes));
            for _ in 0..3 {
                assert!(walk.read(best()) >= (CHUNK * 8) as f64);
            }
            assert_eq!(walk.check_read(), Ok(()));
            walk.done += 1;
            assert!(walk.check_read().is_err());

            walk.restart();
            walk.update(best());
            walk.update(best());
            assert_eq!(walk.check_update(best()), Ok(()));
            assert_eq!(walk.check_update(best()).is_err(), walk.done > 0);
            walk.grown -= walk.done * walk.segment as u64;

            for copy in [Kernels::copy, Kernels::copy_past_cache] {
                walk.restart_copy();
                walk.copy(best(), copy);
                assert_eq!(walk.check_copy(), Ok(()));
                let first = walk.len / 2 + GAP;
                walk.words.get_mut()[first] ^= 1;
                assert!(walk.check_copy().is_err());
            }
        }
    }
}
