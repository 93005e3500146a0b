//! One body, compiled once for each kind of registers, chosen when it is called.

/// A kind of registers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// What every processor of this family has.
    Portable,
    /// 256 bits and fused multiply-add.
    Avx2,
    /// 512 bits.
    Avx512,
}

/// The widest kind that this processor has.
#[inline]
pub(crate) fn level() -> Level {
    #[cfg(target_arch = "x86_64")]
    {
        use std::sync::LazyLock;
        static LEVEL: LazyLock<Level> = LazyLock::new(|| {
            let wide = ["avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl"];
            let here = [
                is_x86_feature_detected!("avx2"),
                is_x86_feature_detected!("fma"),
                is_x86_feature_detected!("avx512f"),
                is_x86_feature_detected!("avx512bw"),
                is_x86_feature_detected!("avx512dq"),
                is_x86_feature_detected!("avx512vl"),
            ];
            debug_assert_eq!(wide.len(), here.len());
            match here {
                [true, true, true, true, true, true] => Level::Avx512,
                [true, true, ..] => Level::Avx2,
                _ => Level::Portable,
            }
        });
        *LEVEL
    }
    #[cfg(not(target_arch = "x86_64"))]
    Level::Portable
}

/// Makes functions that run a body of `body`, compiled for the widest registers of this processor.
///
/// A body is an `#[inline(always)] fn body<const FUSED: bool>(…)` of plain loops, which the compiler turns into vector instructions;
/// `FUSED` says whether multiply-add is one instruction (where it is not, it would be a function call).
macro_rules! versions {
    ($($(#[$about:meta])* fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $out:ty)?;)*) => {$(
        $(#[$about])*
        #[inline]
        pub(crate) fn $name($($argument: $type),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($argument: $type),*) $(-> $out)? {
                body::$name::<true>($($argument),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
            fn avx512($($argument: $type),*) $(-> $out)? {
                body::$name::<true>($($argument),*)
            }
            match $crate::rows::dispatch::level() {
                // SAFETY: `level` asked the processor.
                #[cfg(target_arch = "x86_64")]
                $crate::rows::dispatch::Level::Avx512 => unsafe { avx512($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::rows::dispatch::Level::Avx2 => unsafe { avx2($($argument),*) },
                _ => body::$name::<{ cfg!(target_arch = "aarch64") }>($($argument),*),
            }
        }
    )*};
}
pub(crate) use versions;
