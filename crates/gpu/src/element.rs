//! How numbers are stored on the GPU, and their conversion on the host.

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

/// Kind of numbers in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Element {
    /// 32-bit floating point; also used for whole numbers of 32 bits, whose bits it holds.
    F32,
    /// Half precision.
    F16,
    /// The exponent of f32 with 7 bits of mantissa.
    Bf16,
    /// 8 bits: 4 of exponent, 3 of mantissa; finite up to 448.
    E4m3,
}

/// The largest finite number of e4m3.
pub const E4M3_MAX: f32 = 448.0;

impl Element {
    /// Those that kernels compute with; e4m3 is multiplied alone.
    pub const COMPUTED: [Self; 3] = [Self::F32, Self::F16, Self::Bf16];

    /// Bytes of one number.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::E4m3 => 1,
        }
    }

    /// Id in settings.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
            Self::E4m3 => "e4m3",
        }
    }

    /// Largest distance of a rounded number from the exact one, as a share of it (half a unit in the last place).
    #[must_use]
    pub fn rounding(self) -> f32 {
        match self {
            Self::F32 => f32::EPSILON / 2.0,
            Self::F16 => 1.0 / 2048.0,
            Self::Bf16 => 1.0 / 256.0,
            Self::E4m3 => 1.0 / 16.0,
        }
    }

    /// Numbers as they lie in memory, rounded to the nearest (to even between two).
    #[must_use]
    pub fn encode(self, numbers: &[f32]) -> Vec<u8> {
        match self {
            Self::F32 => numbers.iter().flat_map(|number| number.to_ne_bytes()).collect(),
            Self::F16 => {
                let mut halves = vec![f16::ZERO; numbers.len()];
                halves.convert_from_f32_slice(numbers);
                halves.iter().flat_map(|half| half.to_ne_bytes()).collect()
            }
            Self::Bf16 => {
                let mut halves = vec![bf16::ZERO; numbers.len()];
                halves.convert_from_f32_slice(numbers);
                halves.iter().flat_map(|half| half.to_ne_bytes()).collect()
            }
            Self::E4m3 => numbers.iter().map(|number| to_e4m3(*number)).collect(),
        }
    }

    /// What lies in memory, as numbers. Bytes that do not fill a number are left out.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F32 => bytes.as_chunks().0.iter().map(|number| f32::from_ne_bytes(*number)).collect(),
            Self::F16 => bytes.as_chunks().0.iter().map(|number| f16::from_ne_bytes(*number).to_f32()).collect(),
            Self::Bf16 => bytes.as_chunks().0.iter().map(|number| bf16::from_ne_bytes(*number).to_f32()).collect(),
            Self::E4m3 => bytes.iter().map(|byte| from_e4m3(*byte)).collect(),
        }
    }

    /// Numbers as this kind can hold them.
    #[must_use]
    pub fn rounded(self, numbers: &[f32]) -> Vec<f32> {
        self.decode(&self.encode(numbers))
    }
}

/// The nearest number of e4m3 (to even between two). What is larger than the largest becomes the largest, as in training.
fn to_e4m3(number: f32) -> u8 {
    let sign = if number.is_sign_negative() { 0x80 } else { 0 };
    if number.is_nan() {
        return sign | 0x7f;
    }
    let size = f64::from(number.abs().min(E4M3_MAX));
    // The exponent is -6 for the smallest normal number and for all below it.
    let exponent = if size < 2_f64.powi(-6) { -6 } else { size.log2().floor() as i32 };
    // In units of the last place there: 8 to 15 for a normal number, up to 7 below; 16 carries into the next exponent.
    let units = (size / 2_f64.powi(exponent - 3)).round_ties_even() as i32;
    // Adding carries by itself: the mantissa runs over into the exponent, and 0 to 7 units have the exponent field 0.
    let code = ((exponent + 6) << 3) + units;
    sign | u8::try_from(code).unwrap_or(0x7e).min(0x7e)
}

fn from_e4m3(byte: u8) -> f32 {
    let sign = if byte & 0x80 == 0 { 1.0 } else { -1.0 };
    let (exponent, mantissa) = (i32::from(byte >> 3 & 0xf), f32::from(byte & 7));
    match (exponent, byte & 7) {
        (15, 7) => f32::NAN,
        (0, _) => sign * mantissa * 2_f32.powi(-9),
        _ => sign * (8.0 + mantissa) * 2_f32.powi(exponent - 10),
    }
}
