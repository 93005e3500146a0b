//! Dense matrix × dense matrix.
//!
//! - `unit`, `plan`: what of the processor multiplies, and how.
//! - `tasks`, `blocks`, `columns`, `ahead`, `room`: who multiplies what, in which order, and where copies lie.
//! - `pack`: copies in the order in which they are read, and conversion.
//! - `tile`, `amx`: the innermost loops.
//!
//! Crates do this too. Those that were tried reach less of the machine's arithmetic than the BLAS that NumPy and PyTorch bring along, and
//! a baseline that others are held against must not be easier to beat than what everybody has.

mod ahead;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod amx;
mod blocks;
mod columns;
mod pack;
mod plan;
mod room;
mod tasks;
mod tile;
mod unit;

use half::{bf16, f16};
use rayon::ThreadPoolBuildError;

use crate::{Level, Matrix, Team};
use pack::Packs;
use plan::Plan;
use room::Room;
pub use unit::{Precision, Unit};

/// Products of matrices by a team of threads; room for copied panels is kept from call to call.
#[derive(Debug)]
pub struct Products {
    team: Team,
    level: Level,
    /// How bf16 is multiplied as it is, where the processor can.
    pairs: Option<Plan<bf16, [bf16; 2], f32>>,
    room_of_doubles: Room<f64>,
    room_of_singles: Room<f32>,
    room_of_pairs: Room<[bf16; 2]>,
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
            room_of_doubles: Room::default(),
            room_of_singles: Room::default(),
            room_of_pairs: Room::default(),
        }
    }

    /// Products that multiply bf16 by tiles, also where the processor has none: for tests with an emulator.
    ///
    /// # Safety
    /// The processor lends this process its tiles, or somebody handles the signal that it raises instead.
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    #[doc(hidden)]
    #[must_use]
    pub unsafe fn on_tiles(team: &Team, level: Level) -> Self {
        // Where there are tiles, the system is asked for them all the same.
        let _ = amx::is_here();
        Self { pairs: Some(amx::plan(level)), ..Self::with(team, level) }
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
        blocks::product(&self.team, &doubles(self.level), (a, b), c, accumulate, &mut self.room_of_doubles);
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
        blocks::product(&self.team, plan, (a, b), c, accumulate, &mut self.room_of_pairs);
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
        blocks::product(&self.team, &singles(self.level), (a, b), c, accumulate, &mut self.room_of_singles);
    }
}

fn check<T: Copy, S>(a: Matrix<'_, T>, b: Matrix<'_, T>, c: &[S]) {
    let (rows, columns) = (a.rows(), b.columns());
    assert_eq!(a.columns(), b.rows(), "columns of the first matrix, rows of the second");
    assert_eq!(c.len(), rows * columns, "the product is {rows} × {columns}");
}

fn singles<T: Packs<f32>>(level: Level) -> Plan<T, f32, f32> {
    Plan::by_registers::<f32>(level, tile::single)
}

fn doubles(level: Level) -> Plan<f64, f64, f64> {
    Plan::by_registers::<f64>(level, tile::double)
}

/// How the processor multiplies bf16 as it is, where it does.
fn pairs(level: Level) -> Option<Plan<bf16, [bf16; 2], f32>> {
    match Unit::of(Precision::Bf16, level) {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        Unit::AmxBf16 => Some(amx::plan(level)),
        #[cfg(target_arch = "x86_64")]
        Unit::Avx512Bf16 => Some(Plan::by_registers::<f32>(level, tile::pairs)),
        _ => None,
    }
}
