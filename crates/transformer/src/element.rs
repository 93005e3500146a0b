//! The numbers that activations and products are kept in.

use half::{bf16, f16};
use kernels::{Level, elements};

/// Numbers that are converted at a time: they stay in the first cache, on the stack.
pub(crate) const BLOCK: usize = 256;

/// A kind of numbers. Arithmetic on them is done in f32, a block at a time.
pub(crate) trait Element: kernels::simd::Element {
    /// Whether they are less precise than f32, so that weights have a copy in them.
    const LOWER: bool;
    /// Whether their range is so much smaller than that of f32 that gradients become zero or infinite in them.
    const NARROW: bool;

    /// The numbers in f32: in `room`, or where they are. At most [`BLOCK`] of them.
    #[inline]
    fn widen<'a>(from: &'a [Self], room: &'a mut [f32; BLOCK]) -> &'a [f32] {
        let room = &mut room[..from.len()];
        elements::convert(Level::best(), from, room);
        room
    }

    /// Rounds to the nearest.
    #[inline]
    fn narrow(from: &[f32], to: &mut [Self]) {
        elements::convert(Level::best(), from, to);
    }

    /// Rounds to the nearest and back.
    #[inline]
    fn round(from: &[f32], to: &mut [f32]) {
        elements::round::<Self>(Level::best(), from, to);
    }

    /// The weights that are multiplied with: the copy in these numbers, or the weights themselves.
    fn weights<'a>(_: &'a [f32], copy: &'a [Self]) -> &'a [Self] {
        copy
    }
}

impl Element for f32 {
    const LOWER: bool = false;
    const NARROW: bool = false;

    #[inline]
    fn widen<'a>(from: &'a [Self], _: &'a mut [f32; BLOCK]) -> &'a [f32] {
        from
    }

    fn weights<'a>(master: &'a [f32], _: &'a [Self]) -> &'a [Self] {
        master
    }
}

impl Element for bf16 {
    const LOWER: bool = true;
    const NARROW: bool = false;
}

impl Element for f16 {
    const LOWER: bool = true;
    const NARROW: bool = true;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bf16_rounds_as_half_does() {
        let mut all: Vec<f32> = (0..=u16::MAX)
            .flat_map(|high| {
                [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff].map(|low| f32::from_bits(u32::from(high) << 16 | low))
            })
            .collect();
        all.push(f32::MAX);
        for numbers in all.chunks(BLOCK) {
            let mut ours = vec![bf16::ZERO; numbers.len()];
            bf16::narrow(numbers, &mut ours);
            let mut room = [0.0; BLOCK];
            let back = bf16::widen(&ours, &mut room);
            let mut rounded = vec![0.0; numbers.len()];
            bf16::round(numbers, &mut rounded);
            assert!(rounded.iter().zip(back).all(|(rounded, back)| rounded.to_bits() == back.to_bits()));
            for ((number, ours), back) in numbers.iter().zip(&ours).zip(back) {
                let half = bf16::from_f32(*number);
                if number.is_nan() {
                    assert!(ours.is_nan() && back.is_nan());
                } else {
                    assert_eq!(ours.to_bits(), half.to_bits(), "{number}");
                    assert_eq!(back.to_bits(), half.to_f32().to_bits());
                }
            }
        }
    }
}
