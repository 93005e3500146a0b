//! A random rotation that costs little: signs and fast Walsh–Hadamard transforms.
//!
//! A single bit for each number keeps most where all numbers matter alike. The coordinates of a decomposition do not: the
//! first few carry most of the length. A rotation spreads it over all of them and changes no distance. The
//! transform works on powers of two, so it is applied in turns to the front and to the back of a vector, which overlap.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// Turns: enough that every number of the result depends on every number of the vector.
const TURNS: usize = 4;

/// A rotation of vectors of a fixed length.
#[derive(Clone, Debug)]
pub(crate) struct Rotation {
    dims: usize,
    /// Largest power of two that fits.
    width: usize,
    /// For each turn, 1 or −1 for each number.
    signs: Vec<Vec<f32>>,
}

impl Rotation {
    /// A rotation from a seed.
    pub(crate) fn new(dims: usize, seed: u64) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut sign = || if random.random::<bool>() { 1.0 } else { -1.0 };
        let signs = (0..TURNS).map(|_| (0..dims).map(|_| sign()).collect()).collect();
        let width = if dims == 0 { 0 } else { 1 << dims.ilog2() };
        Self { dims, width, signs }
    }

    /// Rotates a vector in place.
    ///
    /// # Panics
    /// If it has another length.
    pub(crate) fn apply(&self, vector: &mut [f32]) {
        assert_eq!(vector.len(), self.dims, "the vector has another length than the rotation");
        if self.dims == 0 {
            return;
        }
        for (turn, signs) in self.signs.iter().enumerate() {
            for (value, sign) in vector.iter_mut().zip(signs) {
                *value *= sign;
            }
            let from = if turn % 2 == 0 { 0 } else { self.dims - self.width };
            hadamard(&mut vector[from..from + self.width]);
        }
    }
}

/// The Walsh–Hadamard transform, scaled to keep lengths; the length is a power of two.
fn hadamard(values: &mut [f32]) {
    // The first three steps within eights, where the compiler knows every place.
    let (eights, rest) = values.as_chunks_mut::<8>();
    let mut half = if rest.is_empty() { 8 } else { 1 };
    for eight in eights.iter_mut().filter(|_| half == 8) {
        let [a, b, c, d, e, f, g, h] = *eight;
        let (a, b, c, d, e, f, g, h) = (a + b, a - b, c + d, c - d, e + f, e - f, g + h, g - h);
        let (a, b, c, d, e, f, g, h) = (a + c, b + d, a - c, b - d, e + g, f + h, e - g, f - h);
        *eight = [a + e, b + f, c + g, d + h, a - e, b - f, c - g, d - h];
    }
    while half < values.len() {
        for pair in values.chunks_exact_mut(2 * half) {
            let (left, right) = pair.split_at_mut(half);
            for (a, b) in left.iter_mut().zip(right) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
    let scale = 1.0 / (values.len() as f32).sqrt();
    for value in values {
        *value *= scale;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn a_rotation_keeps_products_and_spreads_a_single_coordinate() {
        for dims in [1, 2, 3, 64, 96, 1000] {
            let rotation = Rotation::new(dims, 7);
            let mut a: Vec<f32> = (0..dims).map(|i| if i == 0 { 1.0 } else { 0.0 }).collect();
            let mut b: Vec<f32> = (0..dims).map(|i| ((i * 31 + 7) % 11) as f32 - 5.0).collect();
            let before = (dot(&a, &a), dot(&a, &b), dot(&b, &b));
            rotation.apply(&mut a);
            rotation.apply(&mut b);
            let after = (dot(&a, &a), dot(&a, &b), dot(&b, &b));
            for (x, y) in [(before.0, after.0), (before.1, after.1), (before.2, after.2)] {
                assert!((x - y).abs() <= 1e-4 * before.2.max(1.0), "{dims}: {before:?} and {after:?}");
            }
            let largest = a.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            assert!(largest <= 8.0 / (dims as f32).sqrt(), "{dims}: {largest}");
        }
    }

    #[test]
    fn the_seed_decides() {
        let rotated = |seed| {
            let mut vector = vec![1.0; 24];
            Rotation::new(24, seed).apply(&mut vector);
            vector
        };
        assert_eq!(rotated(1), rotated(1));
        assert_ne!(rotated(1), rotated(2));
    }
}
