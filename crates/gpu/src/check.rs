//! The self-check: every kernel and product on small inputs, against the processor.
//!
//! What it compares with is computed here in f64, or by the crate `transformer`, so that a defect of a kernel, of a descriptor or of a
//! driver shows before anything is timed. The doctor runs it where there is a GPU.

use transformer::{Batch, Config};

use crate::buffer::Buffer;
use crate::copy::{DoubleBuffer, Pinned};
use crate::device::{Factors, Handle};
use crate::element::Element;
use crate::error::Error;
use crate::operations::{Norm, axpy, gelu, layer_norm, multiply, softmax, sum, sum_room};
use crate::precision::{Capability, Precision};
use crate::product::Product;
use crate::trainer::{Numbers, Trainer};

/// Something that was compared with the processor.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What: `softmax in bf16`, `product in tf32, a transposed`.
    pub name: String,
    /// How far from the processor's answer, as a share of its norm; or why there is no answer.
    pub distance: Result<f64, String>,
    /// The largest share that rounding explains.
    pub tolerance: f64,
}

impl Check {
    /// Whether the answer is right. No number is no answer.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.distance.as_ref().is_ok_and(|distance| *distance <= self.tolerance)
    }
}

impl std::fmt::Display for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.distance {
            Ok(distance) => {
                write!(f, "{}: {distance:.1e} from the processor's answer ({:.0e} allowed)", self.name, self.tolerance)
            }
            Err(why) => write!(f, "{}: {why}", self.name),
        }
    }
}

/// Checks everything that a GPU of this capability can do: seconds, most of them the compiler's.
#[must_use]
pub fn check(device: &Handle, capability: Capability) -> Vec<Check> {
    let mut checks = Vec::new();
    for element in Element::COMPUTED {
        kernels(device, element, &mut checks);
    }
    for precision in Precision::ALL.into_iter().filter(|precision| precision.supported(capability).is_ok()) {
        products(device, precision, &mut checks);
    }
    let numbers = [Numbers::F32, Numbers::Tf32, Numbers::F16 { scaling: true }, Numbers::Bf16];
    for numbers in numbers.into_iter().filter(|numbers| numbers.precision().supported(capability).is_ok()) {
        checks.push(training(device, numbers));
    }
    checks.push(compared("copies beside work".to_owned(), 0.0, || copies(device)));
    checks
}

fn compared(name: String, tolerance: f64, answer: impl FnOnce() -> Result<(Vec<f32>, Vec<f64>), Error>) -> Check {
    let distance = answer().map(|(ours, exact)| distance(&ours, &exact)).map_err(|error| error.to_string());
    Check { name, distance, tolerance }
}

/// The norm of the difference over that of the exact answer.
fn distance(ours: &[f32], exact: &[f64]) -> f64 {
    if ours.len() != exact.len() {
        return f64::INFINITY;
    }
    let norm = |numbers: &mut dyn Iterator<Item = f64>| numbers.map(|number| number * number).sum::<f64>().sqrt();
    let difference = norm(&mut ours.iter().zip(exact).map(|(ours, exact)| f64::from(*ours) - exact));
    difference / norm(&mut exact.iter().copied()).max(f64::MIN_POSITIVE)
}

/// Numbers between -2 and 2 without pattern, as a kind can hold them.
fn numbers(element: Element, len: usize, salt: usize) -> Vec<f32> {
    let mix = |i: usize| (i + salt).wrapping_mul(2_654_435_761) % 4001;
    element.rounded(&(0..len).map(|i| mix(i) as f32 / 1000.0 - 2.0).collect::<Vec<_>>())
}

/// Rows and columns of the kernels' inputs: columns that fill whole packs, and that do not.
const SHAPES: [(usize, usize); 2] = [(5, 768), (3, 101)];

fn kernels(device: &Handle, element: Element, checks: &mut Vec<Check>) {
    let tolerance = 2.0 * f64::from(element.rounding()) + 1e-5;
    for (rows, columns) in SHAPES {
        let x = numbers(element, rows * columns, 1);
        let wide: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
        let upload = |numbers: &[f32]| Buffer::upload(device, element, numbers);
        let name = |what: &str| format!("{what} in {}, {rows} × {columns}", element.id());
        checks.push(compared(name("axpy"), tolerance, || {
            let y = numbers(element, rows * columns, 2);
            let mut sum = upload(&y)?;
            axpy(0.5, upload(&x)?.view(), sum.view_mut())?;
            let exact = wide.iter().zip(&y).map(|(x, y)| 0.5 * x + f64::from(*y));
            Ok((sum.download()?, exact.collect()))
        }));
        checks.push(compared(name("sum"), 1e-4, || {
            let x = upload(&x)?;
            let mut room = sum_room(&x)?;
            sum(x.view(), room.view_mut())?;
            // Beside numbers of its own size, since those of both signs cancel.
            let size = wide.iter().map(|x| x.abs()).sum::<f64>();
            let ours = room.download()?.last().copied().unwrap_or(f32::NAN);
            Ok((vec![ours, size as f32], vec![wide.iter().sum(), size]))
        }));
        checks.push(compared(name("GELU"), tolerance, || {
            let mut y = Buffer::zeros(device, element, x.len())?;
            gelu(upload(&x)?.view(), y.view_mut())?;
            Ok((y.download()?, wide.iter().map(|x| x * below(*x)).collect()))
        }));
        checks.push(compared(name("softmax"), tolerance, || {
            let mut y = Buffer::zeros(device, element, x.len())?;
            softmax(0.5, columns, upload(&x)?.view(), y.view_mut())?;
            let exact = wide.chunks(columns).flat_map(|row| {
                let sum: f64 = row.iter().map(|x| (0.5 * x).exp()).sum();
                row.iter().map(move |x| (0.5 * x).exp() / sum)
            });
            Ok((y.download()?, exact.collect()))
        }));
        checks.push(compared(name("layer norm"), tolerance, || {
            let ones = Buffer::upload(device, Element::F32, &vec![1.0; columns])?;
            let zeros = Buffer::zeros(device, Element::F32, columns)?;
            let mut statistics = Buffer::zeros(device, Element::F32, 2 * rows)?;
            let mut y = Buffer::zeros(device, element, x.len())?;
            let (weight, bias) = (ones.view(), zeros.view());
            let norm = Norm { weight, bias, epsilon: 1e-5, statistics: statistics.view_mut() };
            layer_norm(norm, upload(&x)?.view(), y.view_mut())?;
            let exact = wide.chunks(columns).flat_map(|row| {
                let mean = row.iter().sum::<f64>() / columns as f64;
                let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / columns as f64;
                row.iter().map(move |x| (x - mean) / (variance + 1e-5).sqrt())
            });
            Ok((y.download()?, exact.collect()))
        }));
    }
}

/// What arrives of batches that are copied from pinned memory while the GPU works on those before, and what was sent.
fn copies(device: &Handle) -> Result<(Vec<f32>, Vec<f64>), Error> {
    const LEN: usize = 1 << 16;
    let mut turns = DoubleBuffer::new(device, LEN)?;
    let mut work = Buffer::zeros(device, Element::F32, LEN)?;
    let (mut arrived, mut sent) = (Vec::new(), Vec::new());
    for salt in 0..4 {
        let mut host = Pinned::zeros(device, LEN)?;
        host.as_mut().copy_from_slice(&numbers(Element::F32, LEN, salt));
        sent.extend(host.as_ref().iter().map(|number| f64::from(*number)));
        let next = (salt < 3).then_some(host.as_ref());
        let seen = turns.turn(next, |batch| axpy(1.0, batch, work.view_mut()).and_then(|()| batch.download()))?;
        arrived.extend(seen.into_iter().flatten());
    }
    sent.truncate(3 * LEN);
    Ok((arrived, sent))
}

/// The share of a normal distribution below a number, by adding up its density.
fn below(x: f64) -> f64 {
    const STEPS: i32 = 200;
    let width = x / f64::from(STEPS);
    let density = |t: f64| (-0.5 * t * t).exp() / std::f64::consts::TAU.sqrt();
    0.5 + (0..STEPS).map(|i| density((f64::from(i) + 0.5) * width) * width).sum::<f64>()
}

fn products(device: &Handle, precision: Precision, checks: &mut Vec<Check>) {
    let plain = Product::new(precision, 48, 80, 64);
    let mut all = vec![("", plain), (", in pairs", plain.pairs(3)), (", as f32", plain.stored_as(Element::F32))];
    if precision != Precision::Fp8 {
        all.push((", a transposed", plain.a_transposed()));
        all.push((", b transposed", plain.b_transposed()));
        all.push((", both transposed", plain.a_transposed().b_transposed()));
        // What a layer of few classes, and a text of odd length, ask for.
        all.push((", two columns", Product::new(precision, 7, 2, 64).b_transposed()));
        all.push((", odd sides", Product::new(precision, 13, 11, 9).pairs(4)));
    }
    for (what, product) in all {
        let rounding = match precision {
            Precision::F32 => 1e-6,
            Precision::Tf32 => 1.0 / 1024.0,
            _ => f64::from(product.output.rounding()),
        };
        checks.push(compared(format!("product in {}{what}", precision.id()), 2.0 * rounding + 1e-5, || {
            let [a_len, b_len, c_len] = product.lengths();
            let stored = precision.element();
            let (a, b) = (numbers(stored, a_len, 3), numbers(stored, b_len, 4));
            let mut c = Buffer::zeros(device, product.output, c_len)?;
            let (a_there, b_there) = (Buffer::upload(device, stored, &a)?, Buffer::upload(device, stored, &b)?);
            multiply(&product, Factors::WRITE, a_there.view(), b_there.view(), c.view_mut())?;
            Ok((c.download()?, by_definition(&product, &a, &b)))
        }));
    }
}

/// The product row after row, in f64.
fn by_definition(product: &Product, a: &[f32], b: &[f32]) -> Vec<f64> {
    let &Product { rows, columns, inner, a_transposed, b_transposed, pairs, .. } = product;
    let cell = |pair: usize, row: usize, column: usize| -> f64 {
        let (a, b) = (&a[pair * rows * inner..], &b[pair * inner * columns..]);
        let a = |i: usize| if a_transposed { a[i * rows + row] } else { a[row * inner + i] };
        let b = |i: usize| if b_transposed { b[column * inner + i] } else { b[i * columns + column] };
        (0..inner).map(|i| f64::from(a(i)) * f64::from(b(i))).sum()
    };
    let places = (0..pairs).flat_map(|pair| (0..rows).map(move |row| (pair, row)));
    places
        .flat_map(|(pair, row)| (0..columns).map(move |column| (pair, row, column)))
        .map(|(p, r, c)| cell(p, r, c))
        .collect()
}

/// The gradients of a small model, against the crate `transformer` on the processor in f32.
fn training(device: &Handle, numbers: Numbers) -> Check {
    let config = Config { layers: 2, width: 32, heads: 2, feed_forward: 64, sequence: 16, vocabulary: 24, classes: 2 };
    let tolerance = match numbers {
        Numbers::F32 => 1e-4,
        Numbers::Tf32 | Numbers::F16 { .. } => 2e-2,
        Numbers::Bf16 => 1e-1,
    };
    let answer = || -> Result<f64, String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let mix = |i: usize, below: usize| ((i.wrapping_mul(2_654_435_761) >> 7) % below) as u32;
        let tokens = (0..4 * config.sequence).map(|i| mix(i, config.vocabulary)).collect();
        let batch = Batch::new(tokens, vec![0, 1, 1, 0]).map_err(|error| text(&error))?;
        let mut ours = Trainer::new(device, &config, numbers, 1).map_err(|error| text(&error))?;
        let precision = transformer::Precision::F32;
        let mut theirs = transformer::Trainer::new(&config, precision, 1, 1).map_err(|error| text(&error))?;
        let (_, ours) = ours.gradients(&batch).map_err(|error| text(&error))?;
        let (_, exact) = theirs.gradients(&batch).map_err(|error| text(&error))?;
        Ok(distance(&ours, &exact.iter().map(|gradient| f64::from(*gradient)).collect::<Vec<_>>()))
    };
    let name = format!("gradients of a training step in {}", numbers.precision().id());
    Check { name, distance: answer(), tolerance }
}
