//! Work that waits for memory, on the GPU.

use gpu::{Gpu, PARTIALS, axpy, sum_room};
use measure::{Prepared, Refusal, Task};
use results::Answer;

use super::{described, open, precision, refusal};
use crate::case::Case;
use crate::numbers::{SECOND, norm, number};
use crate::stream::{SHOWN, positive, proven};

/// Sets up the sum of two arrays on the GPU: one is added to the other and taken away again, in turn.
pub(crate) fn add(task: &Task, case: &Case, len: usize) -> Result<Prepared, Refusal> {
    let gpu = open(case)?;
    let element = precision(case.format).element();
    let array = |seed: u64| (0..len).map(|at| number(seed, at)).collect::<Vec<f32>>();
    let (a, b) = (array(task.seed), array(task.seed.wrapping_add(SECOND)));
    let x = gpu.upload(element, &a).map_err(refusal)?;
    let mut y = gpu.upload(element, &b).map_err(refusal)?;
    axpy(1.0, x.view(), y.view_mut()).map_err(refusal)?;
    let seen = y.download().map_err(refusal)?;
    let exact = || a.iter().zip(&b).map(|(a, b)| f64::from(*a) + f64::from(*b));
    let off = norm(seen.iter().zip(exact()).map(|(mine, exact)| f64::from(*mine) - exact));
    let error = proven(off / norm(exact()), case)?;
    let of = |numbers: &[f32]| norm(numbers.iter().map(|x| f64::from(*x)));
    let answer = Answer { rows: len as u64, values: vec![of(&seen), of(&seen[..SHOWN.min(len)])], digest: None };
    let (device, mut sign) = (gpu.clone(), 1.0);
    let prepared = Prepared::new(move || {
        sign = -sign;
        axpy(sign, x.view(), y.view_mut())?;
        device.synchronise()?;
        Ok(answer.clone())
    });
    Ok(stated(prepared.fact("flops", len as f64), case, &gpu, len, 3, error))
}

/// Sets up the sum over an array on the GPU.
pub(crate) fn sum(task: &Task, case: &Case, len: usize) -> Result<Prepared, Refusal> {
    let gpu = open(case)?;
    let numbers: Vec<f32> = (0..len).map(|at| positive(task.seed, at)).collect();
    let exact: f64 = numbers.iter().map(|x| f64::from(*x)).sum();
    let x = gpu.upload(precision(case.format).element(), &numbers).map_err(refusal)?;
    let mut room = sum_room(&x).map_err(refusal)?;
    gpu::sum(x.view(), room.view_mut()).map_err(refusal)?;
    let total = room.view().slice(PARTIALS..PARTIALS + 1).download().map_err(refusal)?;
    let total = total.first().map_or(f64::NAN, |total| f64::from(*total));
    let error = proven((total - exact).abs() / exact, case)?;
    let answer = Answer { rows: len as u64, values: vec![total], digest: None };
    let device = gpu.clone();
    let prepared = Prepared::new(move || {
        gpu::sum(x.view(), room.view_mut())?;
        device.synchronise()?;
        Ok(answer.clone())
    });
    Ok(stated(prepared.fact("flops", len as f64), case, &gpu, len, 1, error))
}

fn stated(prepared: Prepared, case: &Case, gpu: &Gpu, len: usize, arrays: usize, error: f64) -> Prepared {
    let bytes = (arrays * len * precision(case.format).element().bytes()) as f64;
    described(prepared, case, gpu)
        .fact("rows", len as f64)
        .fact("bytes", bytes)
        .fact("working_set_bytes", bytes)
        .fact("error", error)
}
