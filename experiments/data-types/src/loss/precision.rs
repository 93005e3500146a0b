//! The types that round.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use half::{bf16, f16};

/// A type of floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    /// 64 bits, 53 of them for the digits.
    F64,
    /// 32 bits, 24 for the digits.
    F32,
    /// 16 bits, 11 for the digits; the largest number is 65,504.
    F16,
    /// 16 bits, 8 for the digits; it reaches as far as 32 bits do.
    Bf16,
}

impl Precision {
    /// Those that lose something, from the most precise.
    pub(crate) const LOSSY: [Self; 3] = [Self::F32, Self::F16, Self::Bf16];

    /// The precision that a variant's parameters describe.
    ///
    /// # Errors
    /// A sentence that names the parameter.
    pub(crate) fn from_params(params: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        Ok(match params.get("float").context("the variant has no parameter `float`")?.as_str() {
            "f64" => Self::F64,
            "f32" => Self::F32,
            "f16" => Self::F16,
            "bf16" => Self::Bf16,
            other => bail!("there is no precision {other:?}"),
        })
    }

    /// The nearest value that the type has; an infinity beyond its largest.
    #[inline]
    pub(crate) fn round(self, value: f64) -> f64 {
        match self {
            Self::F64 => value,
            Self::F32 => f64::from(value as f32),
            Self::F16 => f16::from_f64(value).to_f64(),
            Self::Bf16 => bf16::from_f64(value).to_f64(),
        }
    }

    /// Bytes of a value.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }
}
