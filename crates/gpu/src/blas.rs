//! cuBLASLt: descriptors, the choice of an algorithm for each product, and the call.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::c_void;
use std::sync::Arc;

use cudarc::cublaslt::result::CublasError;
use cudarc::cublaslt::{result, sys};
use cudarc::driver::CudaStream;

use crate::device::Factors;
use crate::element::Element;
use crate::error::{Error, guard};
use crate::precision::Precision;
use crate::product::{Layout, Product};

/// Bytes that cuBLASLt may use meanwhile: what NVIDIA recommends for Hopper, and no less elsewhere.
const WORKSPACE: usize = 32 << 20;

/// cuBLASLt on a stream.
#[derive(Debug)]
pub(crate) struct Blas {
    plans: HashMap<(Product, [u32; 3]), Plan>,
    workspace: cudarc::driver::CudaSlice<u8>,
    stream: Arc<CudaStream>,
    handle: sys::cublasLtHandle_t,
}

// SAFETY: cuBLASLt's handle and descriptors may be used by one thread after the other; a mutex holds this.
unsafe impl Send for Blas {}

impl Blas {
    pub(crate) fn new(stream: &Arc<CudaStream>) -> Result<Self, Error> {
        guard("starting cuBLASLt", || {
            // SAFETY: it is written before it is read, by cuBLASLt.
            let workspace = unsafe { stream.alloc::<u8>(WORKSPACE) }.map_err(Error::memory(WORKSPACE))?;
            let handle = result::create_handle().map_err(Error::product("starting cuBLASLt"))?;
            Ok(Self { plans: HashMap::new(), workspace, stream: Arc::clone(stream), handle })
        })
    }

    /// # Safety
    /// The matrices that the product describes must be reserved at the addresses of `a`, `b` and `c`.
    pub(crate) unsafe fn multiply(
        &mut self,
        product: &Product,
        factors: Factors,
        [a, b, c]: [u64; 3],
    ) -> Result<(), Error> {
        use cudarc::driver::DevicePtrMut;
        let aligned = [a, b, c].map(alignment);
        let plan = match self.plans.entry((*product, aligned)) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let plan = Plan::new(self.handle, product, aligned)
                    .map_err(Error::product(format!("choosing a way for {product:?}")))?;
                entry.insert(plan)
            }
        };
        let (workspace, _keep) = self.workspace.device_ptr_mut(&self.stream);
        let pointer = |address: u64| address as *const c_void;
        // SAFETY: the plan describes these matrices, which the caller promises are there; the factors live through the call.
        unsafe {
            result::matmul(
                self.handle,
                plan.description.0,
                (&raw const factors.alpha).cast(),
                (&raw const factors.beta).cast(),
                pointer(b),
                plan.first.0,
                pointer(a),
                plan.second.0,
                pointer(c),
                plan.output.0,
                c as *mut c_void,
                plan.output.0,
                &raw const plan.algorithm,
                workspace as *mut c_void,
                WORKSPACE,
                self.stream.cu_stream().cast(),
            )
        }
        .map_err(Error::product(format!("{product:?}")))
    }
}

impl Drop for Blas {
    fn drop(&mut self) {
        self.plans.clear();
        // Nothing can be done about a refusal.
        let _ = guard("ending cuBLASLt", || {
            // SAFETY: the handle was made by `create_handle` and is not used any more.
            unsafe { result::destroy_handle(self.handle) }.map_err(Error::product("ending cuBLASLt"))
        });
    }
}

/// How a product is done: made once, used for every call of its shape.
#[derive(Debug)]
struct Plan {
    description: Description,
    first: Matrix,
    second: Matrix,
    output: Matrix,
    algorithm: sys::cublasLtMatmulAlgo_t,
}

impl Plan {
    fn new(handle: sys::cublasLtHandle_t, product: &Product, aligned: [u32; 3]) -> Result<Self, CublasError> {
        let seen = product.described();
        let description = Description::new(product.precision)?;
        description
            .transpose(sys::cublasLtMatmulDescAttributes_t::CUBLASLT_MATMUL_DESC_TRANSA, seen.first.transposed)?;
        description
            .transpose(sys::cublasLtMatmulDescAttributes_t::CUBLASLT_MATMUL_DESC_TRANSB, seen.second.transposed)?;
        let stored = kind(product.precision.element());
        let first = Matrix::new(stored, &seen.first, product.pairs)?;
        let second = Matrix::new(stored, &seen.second, product.pairs)?;
        let output = Matrix::new(kind(product.output), &seen.output, product.pairs)?;
        let preference = Preference::new(aligned)?;
        // SAFETY: everything that is passed was made above and is still there.
        let chosen = unsafe {
            result::get_matmul_algo_heuristic(
                handle,
                description.0,
                first.0,
                second.0,
                output.0,
                output.0,
                preference.0,
            )
        }?;
        Ok(Self { description, first, second, output, algorithm: chosen.algo })
    }
}

fn kind(element: Element) -> sys::cudaDataType_t {
    match element {
        Element::F32 => sys::cudaDataType_t::CUDA_R_32F,
        Element::F16 => sys::cudaDataType_t::CUDA_R_16F,
        Element::Bf16 => sys::cudaDataType_t::CUDA_R_16BF,
        Element::E4m3 => sys::cudaDataType_t::CUDA_R_8F_E4M3,
    }
}

/// What is computed, and how.
#[derive(Debug)]
struct Description(sys::cublasLtMatmulDesc_t);

impl Description {
    fn new(precision: Precision) -> Result<Self, CublasError> {
        let compute = match precision {
            Precision::Tf32 => sys::cublasComputeType_t::CUBLAS_COMPUTE_32F_FAST_TF32,
            _ => sys::cublasComputeType_t::CUBLAS_COMPUTE_32F,
        };
        result::create_matmul_desc(compute, sys::cudaDataType_t::CUDA_R_32F).map(Self)
    }

    fn transpose(&self, which: sys::cublasLtMatmulDescAttributes_t, transposed: bool) -> Result<(), CublasError> {
        // `cublasOperation_t`: 0 as it lies, 1 transposed.
        let operation = i32::from(transposed);
        // SAFETY: the description is there, and the attribute is an integer of that size.
        unsafe {
            result::set_matmul_desc_attribute(self.0, which, (&raw const operation).cast(), size_of_val(&operation))
        }
    }
}

impl Drop for Description {
    fn drop(&mut self) {
        // SAFETY: made by `create_matmul_desc`, and not used any more. Nothing can be done about a refusal.
        let _ = unsafe { result::destroy_matmul_desc(self.0) };
    }
}

/// How a matrix lies.
#[derive(Debug)]
struct Matrix(sys::cublasLtMatrixLayout_t);

impl Matrix {
    fn new(stored: sys::cudaDataType_t, layout: &Layout, pairs: usize) -> Result<Self, CublasError> {
        use sys::cublasLtMatrixLayoutAttribute_t as Attribute;
        let matrix =
            Self(result::create_matrix_layout(stored, layout.rows as u64, layout.columns as u64, layout.rows as i64)?);
        if pairs > 1 {
            let (count, stride) = (pairs as i32, layout.stride as i64);
            // SAFETY: the layout is there, and the attributes are integers of these sizes.
            unsafe {
                let (count, stride) = (&raw const count, &raw const stride);
                let attributes = Attribute::CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT;
                result::set_matrix_layout_attribute(matrix.0, attributes, count.cast(), size_of::<i32>())?;
                let attributes = Attribute::CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET;
                result::set_matrix_layout_attribute(matrix.0, attributes, stride.cast(), size_of::<i64>())?;
            }
        }
        Ok(matrix)
    }
}

impl Drop for Matrix {
    fn drop(&mut self) {
        // SAFETY: made by `create_matrix_layout`, and not used any more. Nothing can be done about a refusal.
        let _ = unsafe { result::destroy_matrix_layout(self.0) };
    }
}

/// What the choice of an algorithm may count on.
struct Preference(sys::cublasLtMatmulPreference_t);

impl Preference {
    /// `aligned` is what the addresses of `a`, `b` and `c` are multiples of.
    fn new([a, b, c]: [u32; 3]) -> Result<Self, CublasError> {
        use sys::cublasLtMatmulPreferenceAttributes_t as Attribute;
        let preference = Self(result::create_matmul_pref()?);
        preference.set(Attribute::CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, WORKSPACE)?;
        // The factors change places, as `Product::described` says.
        preference.set(Attribute::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, b)?;
        preference.set(Attribute::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, a)?;
        preference.set(Attribute::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, c)?;
        preference.set(Attribute::CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, c)?;
        Ok(preference)
    }

    /// Every attribute has the type that cuBLASLt's documentation gives it.
    fn set<T>(&self, which: sys::cublasLtMatmulPreferenceAttributes_t, value: T) -> Result<(), CublasError> {
        // SAFETY: the preference is there, and the value is of the size that is passed.
        unsafe { result::set_matmul_pref_attribute(self.0, which, (&raw const value).cast(), size_of::<T>()) }
    }
}

/// The largest power of two, up to 256, that an address is a multiple of.
fn alignment(address: u64) -> u32 {
    1 << address.trailing_zeros().min(8)
}

impl Drop for Preference {
    fn drop(&mut self) {
        // SAFETY: made by `create_matmul_pref`, and not used any more. Nothing can be done about a refusal.
        let _ = unsafe { result::destroy_matmul_pref(self.0) };
    }
}
