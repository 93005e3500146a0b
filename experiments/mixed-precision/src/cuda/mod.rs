//! The same work on an NVIDIA GPU, by the crate `gpu`.

mod product;
mod stream;

use anyhow::anyhow;
use gpu::{Error, Gpu, Numbers, Precision};
use measure::{Prepared, Refusal};

use crate::case::{Case, Format};

pub(crate) use product::prepare as product;
pub(crate) use stream::{add, sum};

/// The GPU, if it is there and has units for the format of the case.
pub(crate) fn open(case: &Case) -> Result<Gpu, Refusal> {
    let gpu = gpu::open().map_err(|absent| Refusal::Skip(format!("{absent}.")))?;
    gpu.supports(precision(case.format)).map_err(|why| Refusal::Skip(format!("{why}.")))?;
    Ok(gpu)
}

/// How numbers of a format are multiplied.
fn precision(format: Format) -> Precision {
    match format {
        Format::F32 => Precision::F32,
        Format::Tf32 => Precision::Tf32,
        Format::Bf16 => Precision::Bf16,
        Format::F16 => Precision::F16,
        Format::Fp8 => Precision::Fp8,
    }
}

/// What a model is trained in.
pub(crate) fn numbers(case: &Case) -> Result<Numbers, Refusal> {
    match case.format {
        Format::F32 => Ok(Numbers::F32),
        Format::Tf32 => Ok(Numbers::Tf32),
        Format::Bf16 => Ok(Numbers::Bf16),
        Format::F16 => Ok(Numbers::F16 { scaling: case.scaling }),
        Format::Fp8 => Err(Refusal::Fail(anyhow!("a model is not trained in fp8 here"))),
    }
}

/// No memory is nobody's fault, all else is a mistake of ours.
fn refusal(error: Error) -> Refusal {
    match error {
        Error::OutOfMemory { .. } => Refusal::Skip(format!("There is not enough memory: {error}.")),
        error => Refusal::Fail(error.into()),
    }
}

/// Adds what every case on the GPU says of itself.
fn described(prepared: Prepared, case: &Case, gpu: &Gpu) -> Prepared {
    let facts = gpu.facts();
    let prepared =
        case.described(prepared, &facts.name).setting("cuBLASLt", facts.cublaslt).setting("CUDA", facts.cuda);
    facts.driver.iter().fold(prepared, |prepared, driver| prepared.setting("driver", driver))
}
