//! Matrix × matrix on the GPU: timed until it is done, and held against f64.

use gpu::{Buffer, Factors, Product, multiply};
use measure::{Prepared, Refusal, Task};

use super::{described, open, precision, refusal};
use crate::case::{Case, Format};
use crate::numbers::norm;
use crate::product::{Proof, answer, factors, stated};

/// Sets up a product on the GPU.
pub(crate) fn prepare(task: &Task, case: &Case, size: usize) -> Result<Prepared, Refusal> {
    let gpu = open(case)?;
    let [a, mut b] = factors(task.seed, size);
    let proof = Proof::new([&a, &b], size);
    let product = Product::new(precision(case.format), size, size, size);
    if product.b_transposed {
        b = (0..size * size).map(|at| b[at % size * size + at / size]).collect();
    }
    let element = product.precision.element();
    let upload = |numbers: &[f32]| match case.format {
        Format::Fp8 => Buffer::quantise(gpu.handle(), numbers),
        _ => Ok((gpu.upload(element, numbers)?, 1.0)),
    };
    let (a, a_scale) = upload(&a).map_err(refusal)?;
    let (b, b_scale) = upload(&b).map_err(refusal)?;
    let mut c = gpu.zeros(product.output, size * size).map_err(refusal)?;
    let factors = Factors { alpha: a_scale * b_scale, ..Factors::WRITE };

    multiply(&product, factors, a.view(), b.view(), c.view_mut()).map_err(refusal)?;
    let seen = c.download().map_err(refusal)?;
    // The product is rounded to the format of its result, too.
    let error = proof.error(&seen, 1.5 * case.format.rounding())?;
    let whole = norm(seen.iter().map(|x| f64::from(*x)));
    let answer = answer(whole, &seen[size / 2 * size..][..size]);
    let (element_bytes, output) = (element.bytes(), product.output.id());

    let device = gpu.clone();
    let prepared = Prepared::new(move || {
        multiply(&product, factors, a.view(), b.view(), c.view_mut())?;
        device.synchronise()?;
        Ok(answer.clone())
    });
    Ok(described(stated(prepared, size, element_bytes, error), case, &gpu).setting("result", output))
}
