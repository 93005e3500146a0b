//! The loops with the instructions of x86-64: AVX2, AVX-512, and those made for small types (F16C, VNNI).

use std::arch::x86_64::*;

use half::{bf16, f16};

/// Defines the products of a stored type: how a full register and the first `count` elements are loaded and converted, and how
/// registers are multiplied and added up.
///
/// `$name` multiplies `R` vectors with `N` queries: each register is loaded and converted once for all of its products, so that
/// arithmetic and not loading sets the pace. `$tile` does so for four of each, `rows` of them at a time, as many as there are
/// registers for sums.
macro_rules! products {
    (
        $(#[$doc:meta])*
        $name:ident, $tile:ident($features:literal, $stored:ty, $query:ty) -> $score:ty {
            lanes: $lanes:literal,
            rows: $rows:literal,
            zero: $zero:expr,
            load: $load:expr,
            load_first: $load_first:expr,
            query: $query_load:expr,
            query_first: $query_first:expr,
            times_plus: $times_plus:expr,
            plus: $plus:expr,
            sum: $sum:expr,
        }
    ) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// The processor has the features, and all slices are of equal length.
        #[allow(clippy::needless_range_loop, reason = "see the comment on counted loops")]
        #[target_feature(enable = $features)]
        pub(super) unsafe fn $name<const R: usize, const N: usize>(
            rows: [&[$stored]; R],
            queries: [&[$query]; N],
        ) -> [[$score; N]; R] {
            let len = rows[0].len();
            // Two sums for each product where there are registers for them, so that additions do not wait for each other.
            let mut sums = [[[$zero; N]; R]; 2];
            let unroll = if R * N > 4 { 1 } else { 2 };
            let mut i = 0;
            // Counted loops alone: adaptors of iterators are compiled without the features, and are called and not inlined.
            // SAFETY: every load reads elements from `i` up to `len` of a slice that long, as the caller promises; a load of the
            // first elements reads no others.
            unsafe {
                while i + unroll * $lanes <= len {
                    for u in 0..unroll {
                        let mut asked = [$zero; N];
                        for n in 0..N {
                            asked[n] = $query_load(queries[n].as_ptr().add(i + u * $lanes));
                        }
                        for r in 0..R {
                            let value = $load(rows[r].as_ptr().add(i + u * $lanes));
                            for n in 0..N {
                                sums[u][r][n] = $times_plus(value, asked[n], sums[u][r][n]);
                            }
                        }
                    }
                    i += unroll * $lanes;
                }
                while i < len {
                    let count = if len - i < $lanes { len - i } else { $lanes };
                    for r in 0..R {
                        let value = $load_first(rows[r].as_ptr().add(i), count);
                        for n in 0..N {
                            let asked = $query_first(queries[n].as_ptr().add(i), count);
                            sums[0][r][n] = $times_plus(value, asked, sums[0][r][n]);
                        }
                    }
                    i += count;
                }
            }
            let mut products = [[<$score>::default(); N]; R];
            for r in 0..R {
                for n in 0..N {
                    products[r][n] = $sum($plus(sums[0][r][n], sums[1][r][n]));
                }
            }
            products
        }

        $(#[$doc])*
        ///
        /// # Safety
        /// The processor has the features, and all slices are of equal length.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn $tile(rows: [&[$stored]; 4], queries: [&[$query]; 4]) -> [[$score; 4]; 4] {
            // SAFETY: passed on to the caller.
            unsafe {
                if $rows == 4 {
                    return $name::<4, 4>(rows, queries);
                }
                let [first, second, third, fourth] = rows;
                let [a, b] = $name::<2, 4>([first, second], queries);
                let [c, d] = $name::<2, 4>([third, fourth], queries);
                [a, b, c, d]
            }
        }
    };
}

/// The mask of the first `count` lanes, up to 16.
#[inline(always)]
fn first16(count: usize) -> __mmask16 {
    ((1_u32 << count) - 1) as __mmask16
}

/// The mask of the first `count` lanes, up to 8.
#[inline(always)]
fn first8(count: usize) -> __mmask8 {
    ((1_u32 << count) - 1) as __mmask8
}

/// The mask of the first `count` lanes, up to 64.
#[inline(always)]
fn first64(count: usize) -> __mmask64 {
    if count >= 64 { !0 } else { (1 << count) - 1 }
}

/// The first `count` elements in an array, zeros behind them: for instruction sets without masks.
///
/// # Safety
/// `from` is valid for `count` elements, and `count` is at most `N`.
#[inline(always)]
unsafe fn padded<T: Copy + Default, const N: usize>(from: *const T, count: usize) -> [T; N] {
    let mut copy = [T::default(); N];
    // SAFETY: passed on to the caller.
    unsafe { std::ptr::copy_nonoverlapping(from, copy.as_mut_ptr(), count) };
    copy
}

/// The sum of eight floats.
#[target_feature(enable = "avx2")]
#[inline]
fn sum8(values: __m256) -> f32 {
    let four = _mm_add_ps(_mm256_castps256_ps128(values), _mm256_extractf128_ps::<1>(values));
    let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
}

/// The sum of four doubles.
#[target_feature(enable = "avx2")]
#[inline]
fn sum4(values: __m256d) -> f64 {
    let two = _mm_add_pd(_mm256_castpd256_pd128(values), _mm256_extractf128_pd::<1>(values));
    _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
}

/// The sum of eight integers.
#[target_feature(enable = "avx2")]
#[inline]
fn sum8i(values: __m256i) -> i32 {
    let four = _mm_add_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256::<1>(values));
    let two = _mm_add_epi32(four, _mm_shuffle_epi32::<0b01_00_11_10>(four));
    _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32::<0b10_11_00_01>(two)))
}

products! {
    /// Doubles, eight at a time.
    f64_avx512, f64_avx512_tile("avx512f,fma", f64, f64) -> f64 {
        lanes: 8,
        rows: 4,
        zero: _mm512_setzero_pd(),
        load: |at| _mm512_loadu_pd(at),
        load_first: |at, count| _mm512_maskz_loadu_pd(first8(count), at),
        query: |at| _mm512_loadu_pd(at),
        query_first: |at, count| _mm512_maskz_loadu_pd(first8(count), at),
        times_plus: |a, b, sum| _mm512_fmadd_pd(a, b, sum),
        plus: |a, b| _mm512_add_pd(a, b),
        sum: |a| _mm512_reduce_add_pd(a),
    }
}

products! {
    /// Doubles, four at a time.
    f64_avx2, f64_avx2_tile("avx2,fma", f64, f64) -> f64 {
        lanes: 4,
        rows: 2,
        zero: _mm256_setzero_pd(),
        load: |at| _mm256_loadu_pd(at),
        load_first: |at, count| _mm256_loadu_pd(padded::<f64, 4>(at, count).as_ptr()),
        query: |at| _mm256_loadu_pd(at),
        query_first: |at, count| _mm256_loadu_pd(padded::<f64, 4>(at, count).as_ptr()),
        times_plus: |a, b, sum| _mm256_fmadd_pd(a, b, sum),
        plus: |a, b| _mm256_add_pd(a, b),
        sum: |a| sum4(a),
    }
}

products! {
    /// Floats, sixteen at a time.
    f32_avx512, f32_avx512_tile("avx512f,fma", f32, f32) -> f32 {
        lanes: 16,
        rows: 4,
        zero: _mm512_setzero_ps(),
        load: |at| _mm512_loadu_ps(at),
        load_first: |at, count| _mm512_maskz_loadu_ps(first16(count), at),
        query: |at| _mm512_loadu_ps(at),
        query_first: |at, count| _mm512_maskz_loadu_ps(first16(count), at),
        times_plus: |a, b, sum| _mm512_fmadd_ps(a, b, sum),
        plus: |a, b| _mm512_add_ps(a, b),
        sum: |a| _mm512_reduce_add_ps(a),
    }
}

products! {
    /// Floats, eight at a time.
    f32_avx2, f32_avx2_tile("avx2,fma", f32, f32) -> f32 {
        lanes: 8,
        rows: 2,
        zero: _mm256_setzero_ps(),
        load: |at| _mm256_loadu_ps(at),
        load_first: |at, count| _mm256_loadu_ps(padded::<f32, 8>(at, count).as_ptr()),
        query: |at| _mm256_loadu_ps(at),
        query_first: |at, count| _mm256_loadu_ps(padded::<f32, 8>(at, count).as_ptr()),
        times_plus: |a, b, sum| _mm256_fmadd_ps(a, b, sum),
        plus: |a, b| _mm256_add_ps(a, b),
        sum: |a| sum8(a),
    }
}

products! {
    /// Half floats, converted to sixteen floats at a time.
    f16_avx512, f16_avx512_tile("avx512f,avx512bw,avx512vl,fma", f16, f32) -> f32 {
        lanes: 16,
        rows: 4,
        zero: _mm512_setzero_ps(),
        load: |at: *const f16| _mm512_cvtph_ps(_mm256_loadu_si256(at.cast())),
        load_first: |at: *const f16, count| _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(first16(count), at.cast())),
        query: |at| _mm512_loadu_ps(at),
        query_first: |at, count| _mm512_maskz_loadu_ps(first16(count), at),
        times_plus: |a, b, sum| _mm512_fmadd_ps(a, b, sum),
        plus: |a, b| _mm512_add_ps(a, b),
        sum: |a| _mm512_reduce_add_ps(a),
    }
}

products! {
    /// Half floats, converted to eight floats at a time.
    f16_avx2, f16_avx2_tile("avx2,fma,f16c", f16, f32) -> f32 {
        lanes: 8,
        rows: 2,
        zero: _mm256_setzero_ps(),
        load: |at: *const f16| _mm256_cvtph_ps(_mm_loadu_si128(at.cast())),
        load_first: |at: *const f16, count| {
            _mm256_cvtph_ps(_mm_loadu_si128(padded::<u16, 8>(at.cast(), count).as_ptr().cast()))
        },
        query: |at| _mm256_loadu_ps(at),
        query_first: |at, count| _mm256_loadu_ps(padded::<f32, 8>(at, count).as_ptr()),
        times_plus: |a, b, sum| _mm256_fmadd_ps(a, b, sum),
        plus: |a, b| _mm256_add_ps(a, b),
        sum: |a| sum8(a),
    }
}

products! {
    /// Brain floats: the upper half of a float, so that a shift converts sixteen at a time. The query keeps its precision, which
    /// the instruction for two brain floats would not.
    bf16_avx512, bf16_avx512_tile("avx512f,avx512bw,avx512vl,fma", bf16, f32) -> f32 {
        lanes: 16,
        rows: 4,
        zero: _mm512_setzero_ps(),
        load: |at: *const bf16| widen16(_mm256_loadu_si256(at.cast())),
        load_first: |at: *const bf16, count| widen16(_mm256_maskz_loadu_epi16(first16(count), at.cast())),
        query: |at| _mm512_loadu_ps(at),
        query_first: |at, count| _mm512_maskz_loadu_ps(first16(count), at),
        times_plus: |a, b, sum| _mm512_fmadd_ps(a, b, sum),
        plus: |a, b| _mm512_add_ps(a, b),
        sum: |a| _mm512_reduce_add_ps(a),
    }
}

/// Sixteen brain floats as floats.
#[target_feature(enable = "avx512f")]
#[inline]
fn widen16(halves: __m256i) -> __m512 {
    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(halves)))
}

products! {
    /// Brain floats, shifted to eight floats at a time.
    bf16_avx2, bf16_avx2_tile("avx2,fma", bf16, f32) -> f32 {
        lanes: 8,
        rows: 2,
        zero: _mm256_setzero_ps(),
        load: |at: *const bf16| widen8(_mm_loadu_si128(at.cast())),
        load_first: |at: *const bf16, count| widen8(_mm_loadu_si128(padded::<u16, 8>(at.cast(), count).as_ptr().cast())),
        query: |at| _mm256_loadu_ps(at),
        query_first: |at, count| _mm256_loadu_ps(padded::<f32, 8>(at, count).as_ptr()),
        times_plus: |a, b, sum| _mm256_fmadd_ps(a, b, sum),
        plus: |a, b| _mm256_add_ps(a, b),
        sum: |a| sum8(a),
    }
}

/// Eight brain floats as floats.
#[target_feature(enable = "avx2")]
#[inline]
fn widen8(halves: __m128i) -> __m256 {
    _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(halves)))
}

products! {
    /// Bytes: 64 products in one instruction, added up in fours.
    u8_avx512_vnni, u8_avx512_vnni_tile("avx512f,avx512bw,avx512vnni", u8, i8) -> i32 {
        lanes: 64,
        rows: 4,
        zero: _mm512_setzero_si512(),
        load: |at: *const u8| _mm512_loadu_si512(at.cast()),
        load_first: |at: *const u8, count| _mm512_maskz_loadu_epi8(first64(count), at.cast()),
        query: |at: *const i8| _mm512_loadu_si512(at.cast()),
        query_first: |at: *const i8, count| _mm512_maskz_loadu_epi8(first64(count), at),
        times_plus: |a, b, sum| _mm512_dpbusd_epi32(sum, a, b),
        plus: |a, b| _mm512_add_epi32(a, b),
        sum: |a| _mm512_reduce_add_epi32(a),
    }
}

products! {
    /// Bytes: 32 products in one instruction, added up in fours.
    u8_avx_vnni, u8_avx_vnni_tile("avx2,avxvnni", u8, i8) -> i32 {
        lanes: 32,
        rows: 2,
        zero: _mm256_setzero_si256(),
        load: |at: *const u8| _mm256_loadu_si256(at.cast()),
        load_first: |at: *const u8, count| _mm256_loadu_si256(padded::<u8, 32>(at, count).as_ptr().cast()),
        query: |at: *const i8| _mm256_loadu_si256(at.cast()),
        query_first: |at: *const i8, count| _mm256_loadu_si256(padded::<i8, 32>(at, count).as_ptr().cast()),
        times_plus: |a, b, sum| _mm256_dpbusd_avx_epi32(sum, a, b),
        plus: |a, b| _mm256_add_epi32(a, b),
        sum: |a| sum8i(a),
    }
}

products! {
    /// Bytes, widened to sixteen bits, so that no product saturates.
    u8_avx2, u8_avx2_tile("avx2", u8, i8) -> i32 {
        lanes: 16,
        rows: 2,
        zero: _mm256_setzero_si256(),
        load: |at: *const u8| _mm256_cvtepu8_epi16(_mm_loadu_si128(at.cast())),
        load_first: |at: *const u8, count| {
            _mm256_cvtepu8_epi16(_mm_loadu_si128(padded::<u8, 16>(at, count).as_ptr().cast()))
        },
        query: |at: *const i8| _mm256_cvtepi8_epi16(_mm_loadu_si128(at.cast())),
        query_first: |at: *const i8, count| {
            _mm256_cvtepi8_epi16(_mm_loadu_si128(padded::<i8, 16>(at, count).as_ptr().cast()))
        },
        times_plus: |a, b, sum| _mm256_add_epi32(_mm256_madd_epi16(a, b), sum),
        plus: |a, b| _mm256_add_epi32(a, b),
        sum: |a| sum8i(a),
    }
}
