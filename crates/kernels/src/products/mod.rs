//! Dense matrix × dense matrix.
//!
//! - `blocks`, `ahead`: who multiplies what, and in which order.
//! - `pack`: copies in the order in which they are read, and conversion.
//! - `tile`: the innermost loops.
//!
//! Crates do this too. Those that were tried reach less of the machine's arithmetic than the BLAS that NumPy and PyTorch bring along, and
//! a baseline that others are held against must not be easier to beat than what everybody has.

mod ahead;
mod blocks;
mod pack;
mod tile;
mod unit;

use half::{bf16, f16};
use rayon::ThreadPoolBuildError;

use crate::simd::{Number, Vector};
use crate::{Level, Matrix, Team};
use blocks::{Plan, Rooms};
use pack::Packs;
pub use unit::{Precision, Unit};

/// Products of matrices by a team of threads; room for copied panels is kept from call to call.
#[derive(Debug)]
pub struct Products {
    team: Team,
    level: Level,
    /// How bf16 is multiplied as it is, where the processor can.
    pairs: Option<Plan<[bf16; 2], f32>>,
    room_of_doubles: Rooms<f64>,
    room_of_singles: Rooms<f32>,
    room_of_pairs: Rooms<[bf16; 2]>,
}

impl Products {
    /// Products by so many threads, the calling one among them.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(threads: usize) -> Result<Self, ThreadPoolBuildError> {
        Ok(Self::with(&Team::new(threads)?, Level::best()))
    }

    /// Products by a team that does other things too, with registers of a level.
    ///
    /// Units that are wider than registers, as that of bf16, belong to the best level alone.
    #[must_use]
    pub fn with(team: &Team, level: Level) -> Self {
        Self {
            team: team.clone(),
            level,
            pairs: pairs(level),
            room_of_doubles: Rooms::default(),
            room_of_singles: Rooms::default(),
            room_of_pairs: Rooms::default(),
        }
    }

    /// Number of threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.team.threads()
    }

    /// What this processor multiplies numbers of a precision with.
    #[must_use]
    pub fn unit(precision: Precision) -> Unit {
        Unit::of(precision, Level::best())
    }

    /// `c = a · b`, or `c += a · b` with `accumulate`; `c` lies row after row.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn f64(&mut self, a: Matrix<'_, f64>, b: Matrix<'_, f64>, c: &mut [f64], accumulate: bool) {
        check(a, b, c);
        blocks::product(&self.team, &doubles(self.level), (a, b), c, accumulate, &self.room_of_doubles);
    }

    /// As [`Self::f64`], in single precision.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn f32(&mut self, a: Matrix<'_, f32>, b: Matrix<'_, f32>, c: &mut [f32], accumulate: bool) {
        self.as_singles(a, b, c, accumulate);
    }

    /// As [`Self::f32`]: numbers of bf16 are multiplied, sums are f32. Subnormal numbers may be taken for zero.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn bf16(&mut self, a: Matrix<'_, bf16>, b: Matrix<'_, bf16>, c: &mut [f32], accumulate: bool) {
        let Some(plan) = &self.pairs else {
            return self.as_singles(a, b, c, accumulate);
        };
        check(a, b, c);
        blocks::product(&self.team, plan, (a, b), c, accumulate, &self.room_of_pairs);
    }

    /// As [`Self::f32`]: numbers of f16 are multiplied, sums are f32.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn f16(&mut self, a: Matrix<'_, f16>, b: Matrix<'_, f16>, c: &mut [f32], accumulate: bool) {
        self.as_singles(a, b, c, accumulate);
    }

    fn as_singles<T: Packs<f32>>(&mut self, a: Matrix<'_, T>, b: Matrix<'_, T>, c: &mut [f32], accumulate: bool) {
        check(a, b, c);
        blocks::product(&self.team, &singles(self.level), (a, b), c, accumulate, &self.room_of_singles);
    }
}

fn check<T: Copy, S>(a: Matrix<'_, T>, b: Matrix<'_, T>, c: &[S]) {
    let (rows, columns) = (a.rows(), b.columns());
    assert_eq!(a.columns(), b.rows(), "columns of the first matrix, rows of the second");
    assert_eq!(c.len(), rows * columns, "the product is {rows} × {columns}");
}

fn singles(level: Level) -> Plan<f32, f32> {
    Plan { level, tile: tile::single, whole: whole::<f32>(level), lanes: level.lanes::<f32>() }
}

fn doubles(level: Level) -> Plan<f64, f64> {
    Plan { level, tile: tile::double, whole: whole::<f64>(level), lanes: level.lanes::<f64>() }
}

/// AVX512-BF16, where it is.
fn pairs(level: Level) -> Option<Plan<[bf16; 2], f32>> {
    match Unit::of(Precision::Bf16, level) {
        #[cfg(target_arch = "x86_64")]
        Unit::Avx512Bf16 => {
            Some(Plan { level, tile: tile::pairs, whole: whole::<f32>(level), lanes: level.lanes::<f32>() })
        }
        _ => None,
    }
}

/// Rows, and registers side by side, of a whole tile.
fn whole<N: Number>(level: Level) -> (usize, usize) {
    match level.registers() {
        #[cfg(target_arch = "x86_64")]
        crate::Registers::Avx512 => N::Avx512::TILE,
        #[cfg(target_arch = "x86_64")]
        crate::Registers::Avx2 => N::Avx2::TILE,
        _ => N::Portable::TILE,
    }
}
