//! Pictures that look like photographs to a codec: smooth areas, edges, texture, and grain, in the sizes that data sets of photographs
//! are usually stored in. Seeded.

use std::io;

use jpeg_encoder::{ColorType, Encoder, EncodingError};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// Quality of the JPEG files, as cameras and data sets have it.
pub const QUALITY: u8 = 88;

/// Sizes in pixels, by shape: the shorter side is where training takes its crops from, as after the usual preparation of a data set.
const SIZES: [(usize, usize); 4] = [(341, 256), (341, 256), (256, 341), (256, 256)];

/// A picture: width, height, and its pixels, row by row.
#[must_use]
pub fn make(seed: u64, number: u32) -> (usize, usize, Vec<u8>) {
    let mut random =
        Xoshiro256PlusPlus::seed_from_u64(seed.wrapping_add(u64::from(number).wrapping_mul(0xD1B5_4A32_D192_ED03)));
    let (width, height) = SIZES[random.random_range(0..SIZES.len())];
    let layers: Vec<Layer> =
        LAYERS.iter().map(|&(cell, weight)| Layer::new(&mut random, width, height, cell, weight)).collect();
    let shapes: Vec<Shape> = (0..random.random_range(3..8)).map(|_| Shape::new(&mut random, width, height)).collect();
    let mut pixels = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            let mut colour = [110.0_f32; 3];
            for layer in &layers {
                layer.add(x, y, &mut colour);
            }
            for shape in shapes.iter().filter(|shape| shape.holds(x as f32, y as f32)) {
                for (channel, value) in colour.iter_mut().enumerate() {
                    *value = *value * 0.35 + shape.colour[channel] * 0.65;
                }
            }
            // Grain is the same in all colours, as that of a sensor in dim light nearly is.
            let grain = random.random_range(-GRAIN..GRAIN);
            pixels.extend(colour.map(|value| (value + grain).clamp(0.0, 255.0) as u8));
        }
    }
    (width, height, pixels)
}

/// A picture as a JPEG file.
///
/// # Errors
/// If it cannot be encoded.
pub fn jpeg(seed: u64, number: u32) -> io::Result<Vec<u8>> {
    let (width, height, pixels) = make(seed, number);
    let mut bytes = Vec::new();
    // No side is longer than a few hundred pixels.
    let encoded = Encoder::new(&mut bytes, QUALITY).encode(&pixels, width as u16, height as u16, ColorType::Rgb);
    encoded.map_err(|error| match error {
        EncodingError::IoError(error) => error,
        other => io::Error::other(other.to_string()),
    })?;
    Ok(bytes)
}

/// Strength of the grain, of 255.
const GRAIN: f32 = 9.0;

/// Noise of several sizes: pixels between two random values, and how strong. Light in nature falls off about so.
const LAYERS: [(usize, f32); 5] = [(128, 70.0), (48, 40.0), (20, 26.0), (9, 16.0), (4, 9.0)];

/// Random colours on a grid, with straight lines between them.
struct Layer {
    cell: usize,
    columns: usize,
    values: Vec<[f32; 3]>,
}

impl Layer {
    fn new(random: &mut Xoshiro256PlusPlus, width: usize, height: usize, cell: usize, weight: f32) -> Self {
        let (columns, rows) = (width / cell + 2, height / cell + 2);
        let value = |random: &mut Xoshiro256PlusPlus| {
            let light = random.random_range(-1.0..1.0_f32);
            [0; 3].map(|_| weight * (0.8 * light + 0.2 * random.random_range(-1.0..1.0_f32)))
        };
        Self { cell, columns, values: (0..columns * rows).map(|_| value(random)).collect() }
    }

    fn add(&self, x: usize, y: usize, colour: &mut [f32; 3]) {
        let (column, row) = (x / self.cell, y / self.cell);
        let (across, down) = ((x % self.cell) as f32 / self.cell as f32, (y % self.cell) as f32 / self.cell as f32);
        let at = row * self.columns + column;
        let (above, below) = (&self.values[at..at + 2], &self.values[at + self.columns..at + self.columns + 2]);
        for (channel, value) in colour.iter_mut().enumerate() {
            let line = |pair: &[[f32; 3]]| pair[0][channel] * (1.0 - across) + pair[1][channel] * across;
            *value += line(above) * (1.0 - down) + line(below) * down;
        }
    }
}

/// An ellipse: what gives a picture edges.
struct Shape {
    x: f32,
    y: f32,
    wide: f32,
    high: f32,
    colour: [f32; 3],
}

impl Shape {
    fn new(random: &mut Xoshiro256PlusPlus, width: usize, height: usize) -> Self {
        let (width, height) = (width as f32, height as f32);
        Self {
            x: random.random_range(0.0..width),
            y: random.random_range(0.0..height),
            wide: random.random_range(0.05..0.3) * width,
            high: random.random_range(0.05..0.3) * height,
            colour: [0; 3].map(|_| random.random_range(20.0..235.0)),
        }
    }

    fn holds(&self, x: f32, y: f32) -> bool {
        let (across, down) = ((x - self.x) / self.wide, (y - self.y) / self.high);
        across * across + down * down < 1.0
    }
}
