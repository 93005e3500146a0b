//! What of the processor multiplies.

use std::fmt;

use crate::{Level, Registers};

/// Kind of numbers that are multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precision {
    /// 64 bits; sums are f64 too. Of all others, sums are f32.
    F64,
    /// 32 bits.
    F32,
    /// 16 bits: the exponent of f32, 8 bits of precision.
    Bf16,
    /// 16 bits: 5 of exponent, 11 of precision.
    F16,
}

/// What of the processor multiplies numbers of a precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Registers multiply the numbers as they are.
    Registers(Level),
    /// Numbers are converted to f32 while they are copied, and these are multiplied.
    ///
    /// So is f16 on processors with AVX512-FP16: those instructions sum in f16, and a long sum loses there what f32 keeps.
    Converted(Level),
    /// AVX512-BF16: pairs of bf16, summed in f32.
    Avx512Bf16,
    /// AMX-BF16: tiles of bf16, summed in f32; asked for on Linux alone. Tests prove its products; its speed was never measured.
    AmxBf16,
}

impl Unit {
    pub(super) fn of(precision: Precision, level: Level) -> Self {
        match precision {
            Precision::F64 | Precision::F32 => Self::Registers(level),
            Precision::Bf16 if level == Level::best() && has_tiles() => Self::AmxBf16,
            Precision::Bf16 if level.registers() == Registers::Avx512 && multiplies_bf16() => Self::Avx512Bf16,
            Precision::Bf16 | Precision::F16 => Self::Converted(level),
        }
    }

    /// Whether the processor multiplies numbers of this precision as they are.
    #[must_use]
    pub fn is_native(self) -> bool {
        !matches!(self, Self::Converted(_))
    }
}

/// `AVX512-BF16`, `conversion to f32 (AVX2)`.
impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registers(level) => f.write_str(level.name()),
            Self::Converted(level) => write!(f, "conversion to f32 ({})", level.name()),
            Self::Avx512Bf16 => f.write_str("AVX512-BF16"),
            Self::AmxBf16 => f.write_str("AMX-BF16"),
        }
    }
}

fn multiplies_bf16() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        is_x86_feature_detected!("avx512bf16")
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
}

fn has_tiles() -> bool {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    {
        super::amx::is_here()
    }
    #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
    false
}
