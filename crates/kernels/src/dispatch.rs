//! One body, compiled once for each kind of registers, chosen when it is called.

/// Makes a function that takes a [`Level`](crate::Level) and runs a body for it.
///
/// The body is an `unsafe fn body<V: Vector>(…)`, marked `#[inline(always)]`, so that each copy uses its own registers; behind it stands
/// the type of number in them: `= body: f64;`. Type parameters of the function follow `V` in those of the body.
///
/// ```
/// use kernels::simd::Vector;
///
/// kernels::kernel! {
///     /// Sets all numbers.
///     fn set(to: &mut [f64], value: f64) = set_body: f64;
/// }
///
/// /// # Safety
/// /// The processor has the registers `V`.
/// #[inline(always)]
/// unsafe fn set_body<V: Vector<Number = f64>>(to: &mut [f64], value: f64) {
///     for to in to.chunks_exact_mut(V::LANES) {
///         // SAFETY: the chunk is as long as the register.
///         unsafe { V::splat(value).store(to.as_mut_ptr()) };
///     }
/// }
///
/// let mut numbers = [0.0; 16];
/// set(kernels::Level::best(), &mut numbers, 2.0);
/// assert_eq!(numbers, [2.0; 16]);
/// ```
#[macro_export]
macro_rules! kernel {
    ($(#[$about:meta])* $visibility:vis fn $name:ident $(<$($generic:ident: $bound:path),+ $(,)?>)?
        ($($argument:ident: $type:ty),* $(,)?) $(-> $out:ty)? = $body:ident: $number:ty;) => {
        $(#[$about])*
        #[allow(clippy::too_many_arguments, reason = "the parts of a matrix, one by one")]
        $visibility fn $name $(<$($generic: $bound),+>)? (level: $crate::Level, $($argument: $type),*) $(-> $out)? {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,f16c")]
            #[allow(clippy::too_many_arguments, reason = "as above")]
            fn avx2 $(<$($generic: $bound),+>)? ($($argument: $type),*) $(-> $out)? {
                // SAFETY: compiled for these registers.
                unsafe { $body::<<$number as $crate::simd::Number>::Avx2 $(, $($generic),+)?>($($argument),*) }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx2,fma,f16c")]
            #[allow(clippy::too_many_arguments, reason = "as above")]
            fn avx512 $(<$($generic: $bound),+>)? ($($argument: $type),*) $(-> $out)? {
                // SAFETY: compiled for these registers.
                unsafe { $body::<<$number as $crate::simd::Number>::Avx512 $(, $($generic),+)?>($($argument),*) }
            }
            match level.registers() {
                // SAFETY: there is a level only of registers that the processor has.
                #[cfg(target_arch = "x86_64")]
                $crate::Registers::Avx512 => unsafe { avx512 $(::<$($generic),+>)? ($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::Registers::Avx2 => unsafe { avx2 $(::<$($generic),+>)? ($($argument),*) },
                // SAFETY: every processor has these.
                _ => unsafe { $body::<<$number as $crate::simd::Number>::Portable $(, $($generic),+)?>($($argument),*) },
            }
        }
    };
}
