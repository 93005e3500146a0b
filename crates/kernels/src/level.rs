//! Which registers a kernel uses: the widest that the processor has, found at run time.

use std::sync::LazyLock;

/// A kind of registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registers {
    /// What every processor of this family has: 128 bits.
    Portable,
    /// 256 bits, fused multiply-add, conversion of f16.
    Avx2,
    /// 512 bits.
    Avx512,
}

/// A kind of registers that this processor has: there is no level of another, so whoever holds one may use them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(Registers);

impl Level {
    /// Every kind that this processor has, the narrowest first.
    #[must_use]
    pub fn present() -> Vec<Self> {
        [Registers::Portable, Registers::Avx2, Registers::Avx512]
            .into_iter()
            .filter(|r| is_here(*r))
            .map(Self)
            .collect()
    }

    /// The widest kind that this processor has.
    #[must_use]
    pub fn best() -> Self {
        static BEST: LazyLock<Level> =
            LazyLock::new(|| Level::present().last().copied().unwrap_or(Level(Registers::Portable)));
        *BEST
    }

    /// Its registers.
    #[must_use]
    pub fn registers(self) -> Registers {
        self.0
    }

    /// Numbers of a type in a register.
    #[must_use]
    pub fn lanes<T>(self) -> usize {
        let bytes = match self.0 {
            Registers::Portable => 16,
            Registers::Avx2 => 32,
            Registers::Avx512 => 64,
        };
        bytes / size_of::<T>()
    }

    /// Name for the settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Registers::Portable if cfg!(target_arch = "aarch64") => "NEON",
            Registers::Portable => "portable",
            Registers::Avx2 => "AVX2",
            Registers::Avx512 => "AVX-512",
        }
    }
}

fn is_here(registers: Registers) -> bool {
    match registers {
        Registers::Portable => true,
        #[cfg(target_arch = "x86_64")]
        Registers::Avx2 => {
            is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c")
        }
        #[cfg(target_arch = "x86_64")]
        Registers::Avx512 => is_x86_feature_detected!("avx512f") && is_here(Registers::Avx2),
        #[cfg(not(target_arch = "x86_64"))]
        Registers::Avx2 | Registers::Avx512 => false,
    }
}
