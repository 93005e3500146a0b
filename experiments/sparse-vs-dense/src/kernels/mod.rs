//! The kernels: dense and sparse products, each the fastest way that we know.
//!
//! A sparse matrix is one of [sprs](https://docs.rs/sprs), with indices of 32 bits as SciPy has them. sprs' own products
//! check every index and look no further than one number at a time; the loops here run over the same arrays, rely on what
//! sprs has checked when the matrix was made, and share the rows out to threads.
//!
//! - [`dense`], [`spmv`], [`spmm`], [`spgemm`]: the products. Dense matrix × dense matrix is `kernels::Products`, which other experiments use
//!   too, as they do its threads and registers.
//! - [`view`]: a sparse matrix, or its transposed one.

pub mod dense;
pub mod spgemm;
pub mod spmm;
pub mod spmv;
pub mod view;

/// A sparse matrix of doubles, with 4 bytes for each index: compressed by rows (CSR) or by columns (CSC).
pub type Sparse = sprs::CsMatI<f64, u32>;

/// Bytes of a sparse matrix: 8 for a number, 4 for its index, 4 for each row or column.
#[must_use]
pub fn sparse_bytes(outer: usize, nonzeros: usize) -> usize {
    12 * nonzeros + 4 * (outer + 1)
}
