//! One body, compiled once for each kind of registers, chosen when it is called.

/// Makes a function that takes a [`Level`](super::vector::Level) and runs a body for it.
///
/// The body is an `unsafe fn body<V: Vector>(…)`, marked `#[inline(always)]`, so that each copy uses its own registers.
/// The function checks nothing: that the processor has the level is the business of whoever picked it.
macro_rules! kernel {
    ($(#[$about:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $out:ty)? = $body:ident;) => {
        $(#[$about])*
        #[allow(clippy::too_many_arguments, reason = "the parts of a matrix, one by one")]
        $visibility fn $name(level: $crate::kernels::vector::Level, $($argument: $type),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            #[allow(clippy::too_many_arguments, reason = "as above")]
            fn avx2($($argument: $type),*) $(-> $out)? {
                // SAFETY: compiled for these registers.
                unsafe { $body::<$crate::kernels::vector::Four>($($argument),*) }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx2,fma")]
            #[allow(clippy::too_many_arguments, reason = "as above")]
            fn avx512($($argument: $type),*) $(-> $out)? {
                // SAFETY: compiled for these registers.
                unsafe { $body::<$crate::kernels::vector::Eight>($($argument),*) }
            }
            use $crate::kernels::vector::{Level, Pair};
            match level {
                // SAFETY: a level is only passed on if the processor has it, see `Level::is_here`.
                #[cfg(target_arch = "x86_64")]
                Level::Avx512 => unsafe { avx512($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Level::Avx2 => unsafe { avx2($($argument),*) },
                // SAFETY: every processor has these.
                _ => unsafe { $body::<Pair>($($argument),*) },
            }
        }
    };
}
pub(crate) use kernel;
