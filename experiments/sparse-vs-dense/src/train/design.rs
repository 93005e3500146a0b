//! The matrix that a model learns from, in each layout: one pass gives the loss and its gradient.
//!
//! By rows, dense or sparse, a row is multiplied with the weights, and while it is still in the cache it is added to the
//! gradient. By columns that takes two passes: all rows' products must be known before the first column can be added up.

use std::ops::Range;

use kernels::team::{by_entries, evenly, pieces};
use kernels::{Level, Team};

use crate::kernels::spmv::{self, Partials};
use crate::kernels::view::View;
use crate::kernels::{Sparse, dense};

/// A matrix with a row for each text.
pub struct Design {
    rows: usize,
    columns: usize,
    numbers: Numbers,
    room: Room,
}

enum Numbers {
    Dense(Vec<f64>),
    Sparse(Sparse),
}

/// Room that passes need, kept from one to the next.
#[derive(Default)]
struct Room {
    gradients: Vec<f64>,
    margins: Vec<f64>,
    partials: Partials,
}

/// What a row teaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lesson {
    /// It belongs to the class.
    Yes,
    /// It does not.
    No,
    /// It is held out.
    Out,
}

impl Design {
    /// A dense matrix, row after row.
    ///
    /// # Panics
    /// If the numbers are not whole rows.
    #[must_use]
    pub fn dense(rows: usize, columns: usize, numbers: Vec<f64>) -> Self {
        assert_eq!(numbers.len(), rows * columns, "{rows} rows of {columns}");
        Self { rows, columns, numbers: Numbers::Dense(numbers), room: Room::default() }
    }

    /// A sparse matrix, by rows or by columns.
    #[must_use]
    pub fn sparse(matrix: Sparse) -> Self {
        Self { rows: matrix.rows(), columns: matrix.cols(), numbers: Numbers::Sparse(matrix), room: Room::default() }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Each row times the weights, plus the bias.
    pub fn margins(&mut self, team: &Team, level: Level, weights: &[f64], bias: f64) -> Vec<f64> {
        let mut margins = vec![0.0; self.rows];
        match &self.numbers {
            Numbers::Dense(numbers) => dense::times_vector(team, level, numbers, weights, &mut margins),
            Numbers::Sparse(matrix) => {
                spmv::times_vector(team, matrix.into(), weights, &mut margins, &mut self.room.partials);
            }
        }
        margins.iter_mut().for_each(|margin| *margin += bias);
        margins
    }

    /// The sum of the rows' logistic losses; writes its gradient with respect to weights and bias (last).
    ///
    /// # Panics
    /// If the lengths do not fit.
    pub fn loss(&mut self, team: &Team, level: Level, model: &[f64], lessons: &[Lesson], gradient: &mut [f64]) -> f64 {
        assert_eq!(
            (model.len(), gradient.len()),
            (self.columns + 1, self.columns + 1),
            "a weight for each column, and a bias"
        );
        assert_eq!(lessons.len(), self.rows, "a lesson for each row");
        let (weights, bias) = (&model[..self.columns], model[self.columns]);
        match &self.numbers {
            Numbers::Dense(numbers) => {
                let columns = self.columns;
                let ranges = evenly(self.rows, team.tasks(numbers.len()));
                by_rows(team, ranges, &mut self.room.gradients, lessons, gradient, |row, learn, sums| {
                    let numbers = &numbers[row * columns..(row + 1) * columns];
                    let residual = learn(dense::dot(level, numbers, weights) + bias);
                    dense::add_scaled(level, residual, numbers, sums);
                })
            }
            Numbers::Sparse(matrix) if matrix.is_csr() => {
                let view = View::from(matrix);
                let ranges = by_entries(view.starts(), team.tasks(view.nonzeros()));
                by_rows(team, ranges, &mut self.room.gradients, lessons, gradient, |row, learn, sums| {
                    let residual = learn(view.dot(row, weights) + bias);
                    view.add_to(row, residual, sums);
                })
            }
            Numbers::Sparse(matrix) => {
                let room = &mut self.room;
                room.margins.resize(self.rows, 0.0);
                spmv::times_vector(team, matrix.into(), weights, &mut room.margins, &mut room.partials);
                let mut total = 0.0;
                for (margin, lesson) in room.margins.iter_mut().zip(lessons) {
                    let (loss, residual) = learn(*margin + bias, *lesson);
                    total += loss;
                    *margin = residual;
                }
                let (sums, last) = gradient.split_at_mut(self.columns);
                let transposed = View::from(matrix).transposed();
                spmv::times_vector(team, transposed, &room.margins, sums, &mut room.partials);
                last[0] = room.margins.iter().sum();
                total
            }
        }
    }
}

/// The loss of a row from its margin, and what its entries are to be multiplied with in the gradient.
fn learn(margin: f64, lesson: Lesson) -> (f64, f64) {
    let sign = match lesson {
        Lesson::Yes => 1.0,
        Lesson::No => -1.0,
        Lesson::Out => return (0.0, 0.0),
    };
    let agreement = sign * margin;
    // ln(1 + exp(−a)) without overflow, and its derivative.
    let small = (-agreement.abs()).exp();
    let loss = small.ln_1p() + (-agreement).max(0.0);
    let doubt = if agreement >= 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) };
    (loss, -sign * doubt)
}

/// Goes through the rows once; each task has a gradient of its own, and they are added up in order.
fn by_rows(
    team: &Team,
    ranges: Vec<Range<usize>>,
    room: &mut Vec<f64>,
    lessons: &[Lesson],
    gradient: &mut [f64],
    row: impl Fn(usize, &mut dyn FnMut(f64) -> f64, &mut [f64]) + Sync,
) -> f64 {
    let (len, columns) = (gradient.len(), gradient.len() - 1);
    let tasks = ranges.len();
    room.resize(tasks * len, 0.0);
    let whole: Vec<Range<usize>> = (0..tasks).map(|task| task * len..(task + 1) * len).collect();
    let own: Vec<_> = ranges.into_iter().zip(pieces(room, &whole, 1)).collect();
    let losses = team.map(own, |(rows, (_, sums))| {
        sums.fill(0.0);
        let (mut total, mut bias) = (0.0, 0.0);
        for at in rows {
            if lessons[at] == Lesson::Out {
                continue;
            }
            let mut learn = |margin: f64| {
                let (loss, residual) = learn(margin, lessons[at]);
                total += loss;
                bias += residual;
                residual
            };
            row(at, &mut learn, &mut sums[..columns]);
        }
        sums[columns] = bias;
        total
    });
    gradient.fill(0.0);
    for sums in room.chunks(len) {
        gradient.iter_mut().zip(sums).for_each(|(sum, part)| *sum += part);
    }
    losses.into_iter().sum()
}
