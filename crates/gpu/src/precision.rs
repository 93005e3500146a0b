//! Precisions, and the generations of GPUs that have units for them.

use std::fmt;

use crate::element::Element;

/// How numbers are multiplied. Sums are f32 in all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Precision {
    /// Single precision, in full.
    F32,
    /// Stored as f32; the factors are cut to 10 bits of mantissa.
    Tf32,
    /// Half precision.
    F16,
    /// The exponent of f32 with 7 bits of mantissa.
    Bf16,
    /// 8 bits: 4 of exponent, 3 of mantissa, with a scale for each matrix.
    Fp8,
}

/// Compute capability: the generation of a GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Capability {
    /// 7 is Volta and Turing, 8 Ampere and Ada, 9 Hopper, 10 and 12 Blackwell.
    pub major: u32,
    /// Variant within the generation.
    pub minor: u32,
}

/// `9.0`
impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Capability {
    /// Name of the generation, where it has one.
    #[must_use]
    pub fn generation(self) -> &'static str {
        match (self.major, self.minor) {
            (5, _) => "Maxwell",
            (6, _) => "Pascal",
            (7, 5) => "Turing",
            (7, _) => "Volta",
            (8, 9) => "Ada",
            (8, _) => "Ampere",
            (9, _) => "Hopper",
            (10..=12, _) => "Blackwell",
            _ => "a generation without a name here",
        }
    }
}

impl Precision {
    /// Every precision, the widest first.
    pub const ALL: [Self; 5] = [Self::F32, Self::Tf32, Self::F16, Self::Bf16, Self::Fp8];

    /// Id in definitions and settings.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Tf32 => "tf32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
            Self::Fp8 => "fp8",
        }
    }

    /// The precision of that id.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|precision| precision.id() == id)
    }

    /// How its numbers are stored.
    #[must_use]
    pub fn element(self) -> Element {
        match self {
            Self::F32 | Self::Tf32 => Element::F32,
            Self::F16 => Element::F16,
            Self::Bf16 => Element::Bf16,
            Self::Fp8 => Element::E4m3,
        }
    }

    /// The oldest capability with matrix units (tensor cores) for it; f32 needs none.
    fn since(self) -> Option<(Capability, &'static str)> {
        let capability = |major, minor| Capability { major, minor };
        match self {
            Self::F32 => None,
            Self::F16 => Some((capability(7, 0), "Volta, 2017")),
            Self::Tf32 | Self::Bf16 => Some((capability(8, 0), "Ampere, 2020")),
            Self::Fp8 => Some((capability(8, 9), "Ada and Hopper, 2022")),
        }
    }

    /// Whether GPUs of a capability have matrix units for it.
    ///
    /// # Errors
    /// The reason, as a sentence without a full stop.
    pub fn supported(self, by: Capability) -> Result<(), String> {
        match self.since() {
            Some((since, name)) if by < since => Err(format!(
                "{} needs matrix units that came with compute capability {since} ({name}); this GPU has {by} ({})",
                self.id(),
                by.generation()
            )),
            _ => Ok(()),
        }
    }
}
