//! ndarray, as its documentation does it: `Zip` for element-wise loops, its own reductions, one thread.

use measure::{Prepared, Refusal, Task};
use ndarray::{Array1, ArrayView1, ArrayViewMut1, LinalgScalar, Zip};

use super::{Arrays, Over, ready};
use crate::case::{Case, Kernel};
use crate::check::Figures;
use crate::data::Datum;

/// What ndarray's reductions ask of an element.
pub(crate) trait Arithmetic: LinalgScalar {
    /// 1 / (1 + e⁻ˣ) by the standard library; absent for integers.
    const SIGMOID: Option<fn(Self) -> Self>;
}

impl Arithmetic for f64 {
    const SIGMOID: Option<fn(Self) -> Self> = Some(|x| 1.0 / (1.0 + (-x).exp()));
}

impl Arithmetic for f32 {
    const SIGMOID: Option<fn(Self) -> Self> = Some(|x| 1.0 / (1.0 + (-x).exp()));
}

impl Arithmetic for i64 {
    const SIGMOID: Option<fn(Self) -> Self> = None;
}

/// The variant `ndarray`.
pub(super) fn prepare<T: Datum + Arithmetic>(task: &Task, case: &Case) -> Result<Prepared, Refusal> {
    let arrays = Arrays::<T>::new(task, case, None)?;
    let nothing = Figures::default();
    let writes = case.kernel.writes();
    match case.kernel {
        Kernel::Square => {
            let pass = move |arrays: &mut Arrays<T>| {
                let (x, y) = arrays.input_and_output();
                Zip::from(ArrayViewMut1::from(y)).and(ArrayView1::from(x)).for_each(|y, &x| *y = x * x);
                nothing
            };
            ready(task, case, Over { arrays, pass, writes })
        }
        Kernel::Sigmoid => {
            let pass = move |arrays: &mut Arrays<T>| {
                if let Some(sigmoid) = T::SIGMOID {
                    let (x, y) = arrays.input_and_output();
                    Zip::from(ArrayViewMut1::from(y)).and(ArrayView1::from(x)).for_each(|y, &x| *y = sigmoid(x));
                }
                nothing
            };
            ready(task, case, Over { arrays, pass, writes })
        }
        Kernel::Sum => {
            let pass = move |arrays: &mut Arrays<T>| {
                let x = ArrayView1::from(arrays.inputs().0);
                Figures { count: 0, total: x.sum().number() }
            };
            ready(task, case, Over { arrays, pass, writes })
        }
        Kernel::Dot => {
            let pass = move |arrays: &mut Arrays<T>| {
                let (x, y) = arrays.inputs();
                Figures { count: 0, total: ArrayView1::from(x).dot(&ArrayView1::from(y)).number() }
            };
            ready(task, case, Over { arrays, pass, writes })
        }
        Kernel::FilterCount => {
            // What passed goes through an array, reused in each pass, since `sum` is vectorised and a fold is not.
            let mut kept = Array1::<T>::from_elem(case.len, T::ZERO);
            let pass = move |arrays: &mut Arrays<T>| {
                let x = ArrayView1::from(arrays.inputs().0);
                Zip::from(&mut kept).and(x).for_each(|kept, &x| *kept = if x > T::THRESHOLD { x } else { T::ZERO });
                let count = x.fold(0, |count, &x| count + u64::from(x > T::THRESHOLD));
                Figures { count, total: kept.sum().number() }
            };
            ready(task, case, Over { arrays, pass, writes })
        }
    }
}
