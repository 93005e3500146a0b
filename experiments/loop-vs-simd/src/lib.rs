//! loop-vs-simd
