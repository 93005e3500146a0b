//! The SIMD kernels on all cores: the arrays in pieces, shared out by a thread pool.

use std::hint::black_box;

use measure::{Prepared, Refusal, Task};
use rayon::ThreadPool;
use rayon::prelude::*;

use super::one::{instructions, past_caches, stores};
use super::{Arrays, Pass, ready};
use crate::case::{Case, Kernel};
use crate::check::Figures;
use crate::data::Datum;
use crate::kernels::{Family, Kernels, Level, Tables, Total};

/// Pieces for each thread: a few, so that one that is held up does not hold up the others.
const PIECES_PER_THREAD: usize = 4;
/// Smallest piece: with less work a thread is not worth waking.
const SMALLEST_BYTES: usize = 32 << 10;
/// Pieces are whole cache lines of any type.
const LINE_ELEMENTS: usize = 16;

/// The variant `parallel`.
pub(super) fn prepare<T: Datum + Tables>(task: &Task, case: &Case, level: Level) -> Result<Prepared, Refusal> {
    let threads = task.threads.max(1) as usize;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let past = case.kernel == Kernel::Square && past_caches(case, task.threads);
    let family = Family::Simd(level);
    let piece = (case.len / (threads * PIECES_PER_THREAD)).max(SMALLEST_BYTES / size_of::<T>());
    let pass = Parallel {
        arrays: Arrays::new(task, case, Some(&pool))?,
        kernel: case.kernel,
        kernels: T::kernels(family),
        past,
        piece: piece.next_multiple_of(LINE_ELEMENTS),
        partial: Vec::new(),
        pool,
    };
    Ok(ready(task, case, pass)?.setting("simd", instructions(family)).setting("stores", stores(past)))
}

struct Parallel<T: Datum> {
    arrays: Arrays<T>,
    kernel: Kernel,
    kernels: Kernels<T>,
    past: bool,
    /// Elements of a piece.
    piece: usize,
    /// What each piece came to, in order, so that the sum of them does not depend on who was first.
    partial: Vec<(u64, T::Total)>,
    pool: ThreadPool,
}

impl<T: Datum> Pass<T> for Parallel<T> {
    fn run(&mut self, passes: usize) -> anyhow::Result<Figures> {
        let Self { arrays, kernel, kernels, past, piece, partial, pool } = self;
        let mut figures = Figures::default();
        // Entered once for all passes: what is measured is sharing out the work, not waking the pool from outside.
        pool.install(|| {
            for _ in 0..passes {
                figures = black_box(pass(arrays, *kernel, *kernels, *past, *piece, partial));
            }
        });
        Ok(figures)
    }

    fn output(&self) -> anyhow::Result<&[T]> {
        Ok(if self.kernel.writes() { &self.arrays.y } else { &[] })
    }
}

fn pass<T: Datum>(
    arrays: &mut Arrays<T>,
    kernel: Kernel,
    kernels: Kernels<T>,
    past: bool,
    piece: usize,
    partial: &mut Vec<(u64, T::Total)>,
) -> Figures {
    let each = |arrays: &mut Arrays<T>, one: &(dyn Fn(&[T], &mut [T]) + Sync)| {
        let (x, y) = arrays.input_and_output();
        x.par_chunks(piece).zip(y.par_chunks_mut(piece)).for_each(|(x, y)| one(x, y));
    };
    match kernel {
        Kernel::Square if past => each(arrays, &|x, y| kernels.square_past_caches(x, y)),
        Kernel::Square => each(arrays, &|x, y| kernels.square(x, y)),
        Kernel::Sigmoid => each(arrays, &|x, y| {
            kernels.sigmoid(x, y);
        }),
        Kernel::Sum => arrays.inputs().0.par_chunks(piece).map(|x| (0, kernels.sum(x))).collect_into_vec(partial),
        Kernel::Dot => {
            let (x, y) = arrays.inputs();
            let pieces = x.par_chunks(piece).zip(y.par_chunks(piece));
            pieces.map(|(x, y)| (0, kernels.dot(x, y))).collect_into_vec(partial);
        }
        Kernel::FilterCount => {
            let x = arrays.inputs().0;
            x.par_chunks(piece).map(|x| kernels.filter(x, T::THRESHOLD)).collect_into_vec(partial);
        }
    }
    let (count, total) =
        partial.iter().fold((0, T::Total::default()), |(count, total), (c, t)| (count + c, total.plus(*t)));
    Figures { count, total: total.number() }
}
