//! The dense product beside the machine's arithmetic: `cargo bench -p sparse-vs-dense`.
//!
//! What the chapter calls dense must be no straw man. Every round measures the ceiling and the product in turn, so that a
//! processor that changes its clock changes it for both; the fastest of each count, as for every ceiling. On one thread,
//! `matrixmultiply` stands beside.

use std::time::{Duration, Instant};

use machine::{CeilingOptions, ceilings};
use sparse_vs_dense::kernels::gemm::{Panels, product};
use sparse_vs_dense::kernels::share::Team;
use sparse_vs_dense::kernels::vector::Level;

/// Rows and columns of the matrices: 2 MiB, 8 MiB and 32 MiB each.
const SIZES: [usize; 3] = [512, 1000, 2000];
const ROUNDS: usize = 5;
/// Time of the products of a round.
const WINDOW: Duration = Duration::from_millis(400);

fn main() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let options = CeilingOptions {
        budget: Duration::from_millis(1500),
        scratch: scratch.path().to_path_buf(),
        max_memory_bytes: Some(8 << 20),
    };
    println!("| threads | matrices | ceiling, GFLOP/s | product, GFLOP/s | share | matrixmultiply, GFLOP/s |");
    println!("|--:|--:|--:|--:|--:|--:|");
    for threads in if cores > 1 { vec![1, cores] } else { vec![1] } {
        let team = Team::new(threads).expect("threads");
        for size in SIZES {
            let (a, b) = (vec![0.75; size * size], vec![1.25; size * size]);
            let mut room = Panels::default();
            let mut ours = |c: &mut [f64]| product(&team, Level::best(), &a, &b, size, size, c, &mut room);
            let mut theirs = |c: &mut [f64]| library(&a, &b, size, c);
            let (mut ceiling, mut rate, mut beside) = (0.0_f64, 0.0_f64, 0.0_f64);
            for _ in 0..ROUNDS {
                ceiling = ceiling.max(arithmetic(&options, threads));
                rate = rate.max(fastest(size, &mut ours));
                if threads == 1 {
                    beside = beside.max(fastest(size, &mut theirs));
                }
            }
            let beside = if threads == 1 { format!("{:.1}", beside / 1e9) } else { "–".to_owned() };
            println!(
                "| {threads} | {size}² | {:.1} | {:.1} | {:.0} % | {beside} |",
                ceiling / 1e9,
                rate / 1e9,
                100.0 * rate / ceiling
            );
        }
    }
}

/// The machine's arithmetic in double precision, in operations per second.
fn arithmetic(options: &CeilingOptions, threads: usize) -> f64 {
    ceilings(options, &mut |_| ())
        .iter()
        .filter(|c| c.id == "flops" && c.dtype.as_deref() == Some("f64") && c.threads as usize == threads)
        .filter_map(results::Ceiling::best)
        .fold(0.0, f64::max)
}

/// The fastest product within the window, in operations per second.
fn fastest(size: usize, multiply: &mut dyn FnMut(&mut [f64])) -> f64 {
    let mut c = vec![0.0; size * size];
    let mut seconds = f64::INFINITY;
    let start = Instant::now();
    while start.elapsed() < WINDOW {
        let start = Instant::now();
        multiply(&mut c);
        seconds = seconds.min(start.elapsed().as_secs_f64());
    }
    assert!(c.iter().all(|sum| (sum / size as f64 - 0.9375).abs() < 1e-12), "the product is wrong");
    2.0 * (size as f64).powi(3) / seconds
}

fn library(a: &[f64], b: &[f64], size: usize, c: &mut [f64]) {
    assert!(a.len() == size * size && b.len() == a.len() && c.len() == a.len(), "all are {size} × {size}");
    let row = size.cast_signed();
    // SAFETY: all three are as long as their shapes say.
    unsafe {
        matrixmultiply::dgemm(
            size,
            size,
            size,
            1.0,
            a.as_ptr(),
            row,
            1,
            b.as_ptr(),
            row,
            1,
            0.0,
            c.as_mut_ptr(),
            row,
            1,
        );
    }
}
