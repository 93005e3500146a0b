//! One thread over the tables of [`crate::kernels`].

use measure::{Prepared, Refusal, Task};

use super::{Arrays, Over, ready};
use crate::case::{Case, Kernel};
use crate::check::Figures;
use crate::data::Datum;
use crate::kernels::{Family, Tables, Total};

/// Whether stores should pass the caches by: the arrays do not fit in the last one, so nothing would be found there.
///
/// In a cache an ordinary store is faster; beyond it, it first reads what it overwrites.
pub(super) fn past_caches(case: &Case, threads: u32) -> bool {
    let last = machine::caches().into_iter().max_by_key(|cache| cache.level);
    last.is_some_and(|cache| {
        let instances = u64::from(threads.div_ceil(cache.shared_by.max(1)).max(1));
        case.working_set > cache.bytes * instances
    })
}

/// How the stores of `square` are recorded.
pub(super) fn stores(past: bool) -> &'static str {
    if past { "past the caches" } else { "ordinary" }
}

/// The instruction set that a family's code uses, for the settings.
pub(super) fn instructions(family: Family) -> &'static str {
    match family {
        Family::Scalar => "one element at a time",
        Family::Auto => build_target(),
        Family::Multiversion(level) | Family::Simd(level) => level.name(),
    }
}

/// The vectors that this build's target has without asking the processor.
fn build_target() -> &'static str {
    if cfg!(target_feature = "avx512f") {
        "AVX-512 (build target)"
    } else if cfg!(target_feature = "avx2") {
        "AVX2 (build target)"
    } else if cfg!(target_feature = "sse2") {
        "SSE2 (build target)"
    } else if cfg!(target_feature = "neon") {
        "NEON (build target)"
    } else {
        "none (build target)"
    }
}

/// A variant on one thread.
pub(super) fn prepare<T: Datum + Tables>(task: &Task, case: &Case, family: Family) -> Result<Prepared, Refusal> {
    let kernels = T::kernels(family);
    let arrays = Arrays::<T>::new(task, case, None)?;
    let past = case.kernel == Kernel::Square && matches!(family, Family::Simd(_)) && past_caches(case, 1);
    let nothing = Figures::default();
    let writes = case.kernel.writes();
    let prepared = match case.kernel {
        Kernel::Square if past => {
            let pass = move |arrays: &mut Arrays<T>| {
                let (x, y) = arrays.input_and_output();
                kernels.square_past_caches(x, y);
                nothing
            };
            ready(task, case, Over { arrays, pass, writes })
        }
        Kernel::Square => {
            let pass = move |arrays: &mut Arrays<T>| {
                let (x, y) = arrays.input_and_output();
                kernels.square(x, y);
                nothing
            };
            ready(task, case, Over { arrays, pass, writes })
        }
        Kernel::Sigmoid => {
            let pass = move |arrays: &mut Arrays<T>| {
                let (x, y) = arrays.input_and_output();
                kernels.sigmoid(x, y);
                nothing
            };
            ready(task, case, Over { arrays, pass, writes })
        }
        Kernel::Sum => {
            let pass =
                move |arrays: &mut Arrays<T>| Figures { count: 0, total: kernels.sum(arrays.inputs().0).number() };
            ready(task, case, Over { arrays, pass, writes })
        }
        Kernel::Dot => {
            let pass = move |arrays: &mut Arrays<T>| {
                let (x, y) = arrays.inputs();
                Figures { count: 0, total: kernels.dot(x, y).number() }
            };
            ready(task, case, Over { arrays, pass, writes })
        }
        Kernel::FilterCount => {
            let pass = move |arrays: &mut Arrays<T>| {
                let (count, total) = kernels.filter(arrays.inputs().0, T::THRESHOLD);
                Figures { count, total: total.number() }
            };
            ready(task, case, Over { arrays, pass, writes })
        }
    }?;
    Ok(prepared.setting("simd", instructions(family)).setting("stores", stores(past)))
}
