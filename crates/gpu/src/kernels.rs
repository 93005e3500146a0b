//! The kernels: their sources, and what compiles them for the GPU at hand.

use std::ffi::{CStr, CString, c_char, c_int};

use cudarc::nvrtc::result as nvrtc;
use cudarc::nvrtc::sys;

use crate::element::Element;
use crate::error::{Error, guard};
use crate::precision::Capability;

/// All sources, in the order in which they are compiled as one.
const SOURCES: [&str; 3] =
    [include_str!("kernels/prelude.cu"), include_str!("kernels/memory.cu"), include_str!("kernels/train.cu")];

/// Lists the kernels once: what each is called here, in the sources, and what it does.
macro_rules! kernels {
    ($($(#[$about:meta])* $kernel:ident $name:literal,)*) => {
        /// A kernel, by what it does; the sources say what it is told.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kernel {
            $($(#[$about])* $kernel,)*
        }

        impl Kernel {
            /// Every kernel.
            pub const ALL: &[Self] = &[$(Self::$kernel,)*];

            /// Its name in the sources.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kernel => $name,)*
                }
            }
        }
    };
}

kernels! {
    /// `y += a · x`.
    Axpy "axpy",
    /// A partial sum for each block.
    Sum "sum",
    /// The sum of partial sums.
    SumPartials "sum_partials",
    /// The exact GELU.
    Gelu "gelu",
    /// Softmax of each row.
    Softmax "softmax",
    /// Layer norm of each row.
    LayerNorm "layer_norm",
    /// Rows of words and places, and their norm.
    Embed "embed",
    /// Gradients of the tables.
    EmbedBack "embed_back",
    /// The stream plus a product, and the norm of that.
    AddNorm "add_norm",
    /// Through a norm, back.
    NormBack "norm_back",
    /// The stream plus a gradient.
    AddToStream "add_to_stream",
    /// The stream in the numbers that are multiplied.
    Narrow "narrow",
    /// Partial sums over rows.
    Columns "columns",
    /// Partial sums of the gradients of a norm.
    NormColumns "norm_columns",
    /// Sums over rows, from partial ones.
    ColumnsTotal "columns_total",
    /// Heads from rows of tokens.
    Split "split",
    /// Rows of tokens from heads.
    Merge "merge",
    /// Through softmax, back.
    SoftmaxBack "softmax_back",
    /// Bias and GELU.
    BiasGelu "bias_gelu",
    /// Through GELU, back.
    GeluBack "gelu_back",
    /// The rows of each text's first token.
    TakeFirst "take_first",
    /// Those rows as a stream, zero elsewhere.
    PutFirst "put_first",
    /// Bias and ReLU.
    BiasRelu "bias_relu",
    /// Through ReLU, back.
    ReluBack "relu_back",
    /// Softmax and cross-entropy of each text, and its gradient.
    Loss "loss",
    /// Counts gradients that are not finite, and those that rounding loses.
    Inspect "inspect",
    /// A step of AdamW.
    Adamw "adamw",
    /// Weights in the numbers that are multiplied.
    Cast "cast",
}

/// The program for a kind of numbers, as the compiler gets it.
///
/// # Errors
/// If kernels do not compute with such numbers.
pub fn source(element: Element) -> Result<String, Error> {
    let number = match element {
        Element::F32 => 0,
        Element::F16 => 1,
        Element::Bf16 => 2,
        Element::E4m3 => {
            return Err(Error::Unsuitable("kernels do not compute in fp8; it is multiplied alone".to_owned()));
        }
    };
    Ok(format!("#define ELEMENT {number}\n{}", SOURCES.join("\n")))
}

/// What kernels are compiled to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The GPU's own instructions: nothing is left to the driver.
    Exact(u32),
    /// The instructions of an older generation, which the driver translates: the compiler does not know this GPU yet.
    Portable(u32),
}

impl Target {
    /// The best target for a GPU, of those (80 for 8.0) that the compiler knows.
    ///
    /// # Errors
    /// If the GPU is older than all of them.
    pub fn of(capability: Capability, known: &[u32]) -> Result<Self, Error> {
        let wanted = capability.major * 10 + capability.minor;
        if known.contains(&wanted) {
            return Ok(Self::Exact(wanted));
        }
        let newest = known.iter().copied().filter(|architecture| *architecture < wanted).max();
        newest.map(Self::Portable).ok_or_else(|| {
            let oldest = known.iter().min().copied().unwrap_or_default();
            Error::Unsuitable(format!(
                "this GPU has compute capability {capability}, and the kernel compiler found here knows {}.{} and newer; \
                 an older one (pip install nvidia-cuda-nvrtc-cu12) knows it",
                oldest / 10,
                oldest % 10
            ))
        })
    }

    fn option(self) -> String {
        match self {
            Self::Exact(number) => format!("--gpu-architecture=sm_{number}"),
            Self::Portable(number) => format!("--gpu-architecture=compute_{number}"),
        }
    }
}

/// The architectures that the kernel compiler knows: 80 for compute capability 8.0.
///
/// # Errors
/// What the compiler refuses. It must have been loaded ([`machine::cuda::Library::load`]).
pub fn known_architectures() -> Result<Vec<u32>, Error> {
    guard("asking the kernel compiler", || {
        let mut count: c_int = 0;
        // SAFETY: the pointer is to an integer that lives through the call.
        unsafe { sys::nvrtcGetNumSupportedArchs(&raw mut count) }.result().map_err(refused)?;
        let mut known: Vec<c_int> = vec![0; usize::try_from(count).unwrap_or_default()];
        // SAFETY: the list is as long as the compiler asked for.
        unsafe { sys::nvrtcGetSupportedArchs(known.as_mut_ptr()) }.result().map_err(refused)?;
        Ok(known.into_iter().filter_map(|number| u32::try_from(number).ok()).collect())
    })
}

/// Compiles the kernels for a kind of numbers; what comes back is what the driver loads. Needs the compiler's library, and no GPU.
///
/// # Errors
/// [`Error::Kernel`] with the compiler's words.
pub fn compile(element: Element, target: Target) -> Result<Vec<u8>, Error> {
    let source = CString::new(source(element)?).map_err(|error| Error::Unsuitable(error.to_string()))?;
    guard("compiling kernels", || {
        let program = Program(nvrtc::create_program(&source, Some(c"benchbook.cu")).map_err(refused)?);
        let options = [target.option(), "--std=c++17".to_owned()];
        // SAFETY: the program was made above and lives through the call.
        unsafe { nvrtc::compile_program(program.0, &options) }.map_err(|_| Error::Kernel {
            target: format!("{} {}", element.id(), target.option()),
            log: program.log(),
        })?;
        program.image(target)
    })
}

fn refused(error: nvrtc::NvrtcError) -> Error {
    Error::Kernel { target: "any GPU".to_owned(), log: format!("NVRTC answered {:?}", error.0) }
}

/// A program that is destroyed when it is dropped.
struct Program(sys::nvrtcProgram);

impl Program {
    fn log(&self) -> String {
        // SAFETY: the program lives as long as this.
        let Ok(log) = (unsafe { nvrtc::get_program_log(self.0) }) else { return "it left no log".to_owned() };
        // Bytes that happen to be signed.
        let bytes: Vec<u8> = log.iter().map(|byte| byte.cast_unsigned()).collect();
        CStr::from_bytes_until_nul(&bytes).map(|log| log.to_string_lossy().trim().to_owned()).unwrap_or_default()
    }

    fn image(&self, target: Target) -> Result<Vec<u8>, Error> {
        type Size = unsafe fn(sys::nvrtcProgram, *mut usize) -> sys::nvrtcResult;
        type Get = unsafe fn(sys::nvrtcProgram, *mut c_char) -> sys::nvrtcResult;
        let (size, get): (Size, Get) = match target {
            Target::Exact(_) => (sys::nvrtcGetCUBINSize, sys::nvrtcGetCUBIN),
            Target::Portable(_) => (sys::nvrtcGetPTXSize, sys::nvrtcGetPTX),
        };
        let mut bytes = 0;
        // SAFETY: the program was compiled; the pointer is to an integer that lives through the call.
        unsafe { size(self.0, &raw mut bytes) }.result().map_err(refused)?;
        let mut image = vec![0_u8; bytes];
        // SAFETY: the list has as many bytes as the compiler asked for.
        unsafe { get(self.0, image.as_mut_ptr().cast()) }.result().map_err(refused)?;
        Ok(image)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // SAFETY: the program was made by `create_program` and is not used any more. Nothing can be done about a refusal.
        let _ = unsafe { nvrtc::destroy_program(self.0) };
    }
}
