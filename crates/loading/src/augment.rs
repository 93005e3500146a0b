//! Augmentation: a random crop, a flip half of the time, and numbers about zero; seeded by sample, so that it is the same in whatever
//! worker and order.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use crate::Picture;

/// Pixels on a side of a crop: what an image model is usually trained on.
pub const CROP: usize = 224;
/// Pixels of the shorter side before a crop is taken.
pub const SHORT_SIDE: usize = 256;
/// Mean of red, green and blue in the pictures that image models are usually trained on, from 0 to 1.
pub const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
/// Their standard deviations.
pub const SPREAD: [f32; 3] = [0.229, 0.224, 0.225];

/// Where a sample is cropped in a picture of this size (left, top), and whether it is flipped.
#[must_use]
pub fn place_of(seed: u64, sample: u32, width: usize, height: usize) -> (usize, usize, bool) {
    // A constant of its own for each sample; neighbours must not have similar generators.
    let mut random =
        Xoshiro256PlusPlus::seed_from_u64(seed ^ (u64::from(sample) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let left = random.random_range(0..=width.saturating_sub(CROP));
    let top = random.random_range(0..=height.saturating_sub(CROP));
    (left, top, random.random_range(0..2_u32) == 1)
}

/// Numbers of a crop: three planes.
pub(crate) const NUMBERS: usize = 3 * CROP * CROP;

/// Crops, flips and normalises a picture into three planes (red, green, blue); returns the mean of the numbers. `hash` sees the bytes
/// of the crop, row by row.
pub(crate) fn augment(
    picture: Picture<'_>,
    (left, top, flip): (usize, usize, bool),
    planes: &mut [f32],
    mut hash: impl FnMut(&[u8]),
) -> f64 {
    let (red, rest) = planes.split_at_mut(CROP * CROP);
    let (green, blue) = rest.split_at_mut(CROP * CROP);
    // (pixel / 255 - mean) / spread, as one multiplication and one addition.
    let scale = SPREAD.map(|spread| 1.0 / (255.0 * spread));
    let shift = [0, 1, 2].map(|i| -MEAN[i] / SPREAD[i]);
    let mut sums = [0_u64; 3];
    for row in 0..CROP {
        let from = ((top + row) * picture.width + left) * 3;
        let pixels = &picture.rgb[from..from + CROP * 3];
        hash(pixels);
        let to = row * CROP..(row + 1) * CROP;
        let targets = [&mut red[to.clone()], &mut green[to.clone()], &mut blue[to]];
        for (channel, target) in targets.into_iter().enumerate() {
            let (scale, shift) = (scale[channel], shift[channel]);
            let mut sum = 0_u32;
            let values = pixels.as_chunks::<3>().0.iter().map(|pixel| pixel[channel]);
            let numbers = target.iter_mut();
            let mut put = |(number, value): (&mut f32, u8)| {
                *number = f32::from(value) * scale + shift;
                sum += u32::from(value);
            };
            if flip {
                numbers.rev().zip(values).for_each(&mut put);
            } else {
                numbers.zip(values).for_each(&mut put);
            }
            sums[channel] += u64::from(sum);
        }
    }
    let pixels = (CROP * CROP) as f64;
    let means = sums
        .iter()
        .enumerate()
        .map(|(channel, sum)| *sum as f64 / pixels * f64::from(scale[channel]) + f64::from(shift[channel]));
    means.sum::<f64>() / 3.0
}
