//! Products beside the machine's arithmetic: `cargo bench -p kernels`, or some of them: `cargo bench -p kernels -- bf16 1` (one thread).
//!
//! What chapters call a product must be no straw man. Every round measures the ceiling and the product in turn, so that a processor that
//! changes its clock changes it for both; the fastest of each count, as for every ceiling. The ceiling of f32 stands beside all
//! precisions but f64: what lower ones gain over it is theirs. On one thread, the crate `matrixmultiply` stands beside f32 and f64.
//!
//! The last share is that of the time that all threads had of their processors, for which the same ceiling counts. What else runs on the
//! machine hardly touches it; that a thread sleeps until the others are done does not show in it.
//!
//! With the argument `worker` this program speaks the worker protocol (PROTOCOL.md) instead, for `benches/peers/products.py`.

use std::time::{Duration, Instant};

use anyhow::Context;
use half::{bf16, f16};
use kernels::{Matrix, Precision, Products};
use machine::{CeilingOptions, ceilings};
use measure::{Experiment, Prepared, Refusal, Task};
use results::{Answer, Choice, Dataset};

/// Rows, depth, columns: squares, and what a transformer of 768 multiplies for eight sequences of 128.
const SHAPES: [(usize, usize, usize); 8] = [
    (256, 256, 256),
    (512, 512, 512),
    (1024, 1024, 1024),
    (2048, 2048, 2048),
    (1024, 768, 768),
    (1024, 768, 2304),
    (1024, 768, 3072),
    (1024, 3072, 768),
];
const PRECISIONS: [(&str, Precision); 4] =
    [("f32", Precision::F32), ("f64", Precision::F64), ("bf16", Precision::Bf16), ("f16", Precision::F16)];
const ROUNDS: usize = 5;
/// Time of the products of a round.
const WINDOW: Duration = Duration::from_millis(100);

fn main() -> anyhow::Result<()> {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    if asked.iter().any(|asked| asked == "worker") {
        let (input, output) = (&mut std::io::stdin().lock(), &mut std::io::stdout().lock());
        return measure::worker::serve(&|_| Some(&Product), input, output);
    }
    let known = |asked: &&String| asked.parse::<usize>().is_ok() || PRECISIONS.iter().any(|(name, _)| name == asked);
    table(&asked.iter().filter(known).map(String::as_str).collect::<Vec<_>>())
}

/// The precisions and the numbers of threads that are asked for; all of those of which none is.
fn table(asked: &[&str]) -> anyhow::Result<()> {
    let only = |names: Vec<String>| -> Vec<String> {
        let some: Vec<String> = names.iter().filter(|name| asked.contains(&name.as_str())).cloned().collect();
        if some.is_empty() { names } else { some }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "| precision | unit | threads | product | ceiling, GFLOP/s | product, GFLOP/s | share | matrixmultiply, GFLOP/s | share, of processor time |"
    );
    println!("|---|---|--:|---|--:|--:|--:|--:|--:|");
    let precisions = only(PRECISIONS.iter().map(|(name, _)| (*name).to_owned()).collect());
    let threads = only(if cores > 1 { vec!["1".to_owned(), cores.to_string()] } else { vec!["1".to_owned()] });
    for (name, precision) in PRECISIONS.into_iter().filter(|(name, _)| precisions.iter().any(|p| p == name)) {
        for threads in threads.iter().filter_map(|threads| threads.parse().ok()) {
            for (rows, depth, columns) in SHAPES {
                let mut case = Case::new(name, rows, depth, columns, threads)?;
                let (mut ceiling, mut rate, mut beside, mut busy) = (0.0_f64, 0.0_f64, None::<f64>, None::<f64>);
                for _ in 0..ROUNDS {
                    ceiling = ceiling.max(arithmetic(if name == "f64" { "f64" } else { "f32" }, threads));
                    let (wall, processor) = fastest(|| case.call())?;
                    rate = rate.max(case.flops() / wall);
                    busy = most(busy, processor.map(|processor| case.flops() / processor * threads as f64));
                    if threads == 1 && case.by_library() {
                        let (wall, _) = fastest(|| {
                            case.by_library();
                            Ok(case.answer())
                        })?;
                        beside = most(beside, Some(case.flops() / wall));
                    }
                }
                let known = |rate: Option<f64>, form: &dyn Fn(f64) -> String| rate.map_or("–".to_owned(), form);
                let beside = known(beside, &|rate| format!("{:.1}", rate / 1e9));
                let busy = known(busy, &|rate| format!("{:.0} %", 100.0 * rate / ceiling));
                println!(
                    "| {name} | {} | {threads} | {rows} × {depth} × {columns} | {:.1} | {:.1} | {:.0} % | {beside} | {busy} |",
                    Products::unit(precision),
                    ceiling / 1e9,
                    rate / 1e9,
                    100.0 * rate / ceiling
                );
            }
        }
    }
    Ok(())
}

/// The larger of two, or the one that is known.
fn most(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.into_iter().chain(b).reduce(f64::max)
}

/// The machine's arithmetic in a precision, in operations per second.
fn arithmetic(dtype: &str, threads: usize) -> f64 {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let options = CeilingOptions {
        budget: Duration::from_millis(400),
        scratch: scratch.path().to_path_buf(),
        max_memory_bytes: Some(8 << 20),
    };
    ceilings(&options, &mut |_| ())
        .iter()
        .filter(|c| c.id == "flops" && c.dtype.as_deref() == Some(dtype) && c.threads as usize == threads)
        .filter_map(results::Ceiling::best)
        .fold(0.0, f64::max)
}

/// Seconds of the fastest of the calls within the window, and those of all processors of the one that took the fewest, where the system
/// counts them.
fn fastest(mut call: impl FnMut() -> anyhow::Result<Answer>) -> anyhow::Result<(f64, Option<f64>)> {
    let (start, mut wall, mut processor) = (Instant::now(), u64::MAX, u64::MAX);
    while start.elapsed() < WINDOW {
        let ran = measure::timer::time(&mut call, 1)?;
        wall = wall.min(ran.wall_ns);
        processor = processor.min(ran.cpu_ns.unwrap_or(u64::MAX));
    }
    let seconds = |ns: u64| ns as f64 / 1e9;
    Ok((seconds(wall), (processor < u64::MAX).then(|| seconds(processor))))
}

/// Numbers of a product, in a precision.
enum Numbers {
    F64(Vec<f64>, Vec<f64>, Vec<f64>),
    F32(Vec<f32>, Vec<f32>),
    Bf16(Vec<bf16>, Vec<bf16>),
    F16(Vec<f16>, Vec<f16>),
}

/// A product that can be made again and again.
struct Case {
    shape: (usize, usize, usize),
    numbers: Numbers,
    c: Vec<f32>,
    products: Products,
}

impl Case {
    fn new(precision: &str, rows: usize, depth: usize, columns: usize, threads: usize) -> anyhow::Result<Self> {
        // Small multiples of an eighth: every precision holds them, and so do sums.
        let number = |i: usize, step: usize| ((i * step) % 17) as f64 / 8.0 - 1.0;
        let a = || (0..rows * depth).map(|i| number(i, 7919));
        let b = || (0..depth * columns).map(|i| number(i, 104_729));
        let numbers = match precision {
            "f64" => Numbers::F64(a().collect(), b().collect(), vec![0.0; rows * columns]),
            "bf16" => Numbers::Bf16(a().map(bf16::from_f64).collect(), b().map(bf16::from_f64).collect()),
            "f16" => Numbers::F16(a().map(f16::from_f64).collect(), b().map(f16::from_f64).collect()),
            "f32" => Numbers::F32(a().map(|x| x as f32).collect(), b().map(|x| x as f32).collect()),
            other => anyhow::bail!("there is no precision {other:?}"),
        };
        let products = Products::new(threads)?;
        Ok(Self { shape: (rows, depth, columns), numbers, c: vec![0.0; rows * columns], products })
    }

    fn flops(&self) -> f64 {
        let (rows, depth, columns) = self.shape;
        2.0 * (rows * depth * columns) as f64
    }

    fn call(&mut self) -> anyhow::Result<Answer> {
        self.multiply();
        Ok(self.answer())
    }

    fn multiply(&mut self) {
        let (rows, depth, columns) = self.shape;
        let Self { c, products, .. } = self;
        match &mut self.numbers {
            Numbers::F64(a, b, c) => {
                products.f64(Matrix::new(a, rows, depth), Matrix::new(b, depth, columns), c, false);
            }
            Numbers::F32(a, b) => products.f32(Matrix::new(a, rows, depth), Matrix::new(b, depth, columns), c, false),
            Numbers::Bf16(a, b) => products.bf16(Matrix::new(a, rows, depth), Matrix::new(b, depth, columns), c, false),
            Numbers::F16(a, b) => products.f16(Matrix::new(a, rows, depth), Matrix::new(b, depth, columns), c, false),
        }
    }

    /// The same by `matrixmultiply`, on one thread; false if it has no such precision.
    fn by_library(&mut self) -> bool {
        let (rows, depth, columns) = self.shape;
        let (deep, wide) = (depth.cast_signed(), columns.cast_signed());
        // SAFETY: all three matrices are as long as the shape says, row after row.
        unsafe {
            match &mut self.numbers {
                Numbers::F64(a, b, c) => {
                    let (a, b, c) = (a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
                    matrixmultiply::dgemm(rows, depth, columns, 1.0, a, deep, 1, b, wide, 1, 0.0, c, wide, 1);
                }
                Numbers::F32(a, b) => {
                    let (a, b, c) = (a.as_ptr(), b.as_ptr(), self.c.as_mut_ptr());
                    matrixmultiply::sgemm(rows, depth, columns, 1.0, a, deep, 1, b, wide, 1, 0.0, c, wide, 1);
                }
                Numbers::Bf16(..) | Numbers::F16(..) => return false,
            }
        }
        true
    }

    /// A few sums of the product, from all over it.
    fn answer(&self) -> Answer {
        let (rows, _, columns) = self.shape;
        let at = (0..7).map(|i| i * (rows * columns - 1) / 6);
        let values = match &self.numbers {
            Numbers::F64(_, _, c) => at.map(|at| c[at]).collect(),
            _ => at.map(|at| f64::from(self.c[at])).collect(),
        };
        Answer { rows: rows as u64, values, digest: None }
    }
}

/// A product as a case of the worker protocol.
struct Product;

impl Experiment for Product {
    fn choose(&self, _dataset: &Dataset) -> Result<Vec<Choice>, String> {
        Ok(Vec::new())
    }

    fn prepare(&self, task: &Task) -> Result<Prepared, Refusal> {
        let size = |name: &str| task.numbers.get(name).map(|n| *n as usize).with_context(|| format!("no {name}"));
        let precision = task.point.get("precision").context("no precision")?;
        let mut case = Case::new(precision, size("rows")?, size("depth")?, size("columns")?, task.threads as usize)?;
        let flops = case.flops();
        Ok(Prepared::new(move || case.call()).fact("flops", flops))
    }
}
