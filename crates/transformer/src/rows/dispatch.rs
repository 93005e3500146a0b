//! One body, compiled once for each kind of registers, chosen when it is called.

/// Makes functions that run a body of `body`, compiled for the widest registers of this processor.
///
/// A body is an `#[inline(always)] fn name<const FUSED: bool>(…)` of plain loops, which the compiler turns into vector instructions;
/// `FUSED` says whether multiply-add is one instruction (where it is not, it would be a function call). It differs from
/// `kernels::kernel!` in that the compiler picks the instructions: these loops are simple enough.
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
            #[target_feature(enable = "avx512f,avx2,fma")]
            fn avx512($($argument: $type),*) $(-> $out)? {
                body::$name::<true>($($argument),*)
            }
            match kernels::Level::best().registers() {
                // SAFETY: there is a level only of registers that the processor has.
                #[cfg(target_arch = "x86_64")]
                kernels::Registers::Avx512 => unsafe { avx512($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                kernels::Registers::Avx2 => unsafe { avx2($($argument),*) },
                _ => body::$name::<{ cfg!(target_arch = "aarch64") }>($($argument),*),
            }
        }
    )*};
}
pub(crate) use versions;
