//! SIMD features, asked of the running processor (which also says whether the system saves the registers).

/// Features that matter here, under the names that the compiler uses; AMX as `amx-tile`, `amx-bf16` …
pub(super) fn features() -> Vec<String> {
    #[cfg(target_arch = "x86_64")]
    {
        let mut found = Vec::new();
        macro_rules! probe {
            ($($name:tt),*) => { $( if std::arch::is_x86_feature_detected!($name) { found.push($name.to_owned()); } )* };
        }
        probe!(
            "sse4.2",
            "avx",
            "f16c",
            "fma",
            "avx2",
            "avxvnni",
            "avx512f",
            "avx512bw",
            "avx512dq",
            "avx512vl",
            "avx512vnni",
            "avx512bf16",
            "avx512fp16"
        );
        found.extend(super::cpuid::amx());
        found
    }
    #[cfg(target_arch = "aarch64")]
    {
        let mut found = Vec::new();
        macro_rules! probe {
            ($($name:tt),*) => { $( if std::arch::is_aarch64_feature_detected!($name) { found.push($name.to_owned()); } )* };
        }
        probe!("neon", "fp16", "dotprod", "bf16", "i8mm", "sve", "sve2");
        found
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        Vec::new()
    }
}
