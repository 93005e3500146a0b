//! What each type loses of each column: found once in a run, and shown as tables and as facts.

use std::path::Path;

use measure::scratch;
use results::{Cell, RecordedTable, Unit};
use serde::{Deserialize, Serialize};

use super::{Errors, Precision, Summaries, Table};

/// The losses of the columns of floats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Losses {
    columns: Vec<Loss>,
}

/// The losses of a column, in the order of [`Precision::LOSSY`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Loss {
    name: String,
    errors: [Errors; 3],
    summaries: [Summaries; 3],
}

impl Losses {
    /// The losses of this run's table: found by the first case that asks.
    ///
    /// # Errors
    /// If the file that keeps them cannot be read or written.
    pub(crate) fn load_or_find(folder: &Path, table: &Table) -> anyhow::Result<Self> {
        scratch::remembered(&folder.join("losses.json"), || {
            let find = |(name, values): &(String, Vec<f64>)| Loss {
                name: name.clone(),
                errors: Precision::LOSSY.map(|precision| Errors::of(values, precision)),
                summaries: Precision::LOSSY.map(|precision| Summaries::of(values, precision)),
            };
            Ok(Self { columns: table.columns.iter().map(find).collect() })
        })
    }

    /// The errors of the values in each type, a row for each column.
    pub(crate) fn errors(&self) -> RecordedTable {
        let heads = [
            ("Column", Unit::Number),
            ("float32: mean", Unit::Share),
            ("largest", Unit::Share),
            ("float16: mean", Unit::Share),
            ("largest", Unit::Share),
            ("infinite", Unit::Share),
            ("merged", Unit::Share),
            ("ranks", Unit::Number),
            ("bfloat16: mean", Unit::Share),
            ("largest", Unit::Share),
            ("merged", Unit::Share),
            ("ranks", Unit::Number),
        ];
        let row = |loss: &Loss| {
            let [single, half, brain] = loss.errors;
            let numbers = [
                single.mean,
                single.largest,
                half.mean,
                half.largest,
                half.overflowed,
                half.merged,
                half.ranks,
                brain.mean,
                brain.largest,
                brain.merged,
                brain.ranks,
            ];
            [Cell::Column(loss.name.clone())].into_iter().chain(numbers.map(Cell::Number)).collect()
        };
        RecordedTable::new(&heads, self.columns.iter().map(row).collect())
    }

    /// The errors of summaries in each type, a row for each column.
    pub(crate) fn summaries(&self) -> RecordedTable {
        let heads = [
            ("Column", Unit::Number),
            ("Sum in float16", Unit::Number),
            ("its error", Unit::Share),
            ("summed in 64 bits", Unit::Share),
            ("spread", Unit::Share),
            ("Sum in bfloat16", Unit::Number),
            ("its error", Unit::Share),
            ("summed in 64 bits", Unit::Share),
            ("spread", Unit::Share),
            ("Sum in float32: error", Unit::Share),
        ];
        let state = |found: &Summaries| match found.naive_sum {
            _ if found.overflows => "overflows",
            error if error > 0.1 => "wrong",
            error if error > 0.001 => "rough",
            _ => "fine",
        };
        let row = |loss: &Loss| {
            let [single, half, brain] = &loss.summaries;
            let mut cells = vec![Cell::Column(loss.name.clone())];
            for found in [half, brain] {
                cells.push(Cell::from(state(found)));
                cells.extend([found.naive_sum, found.wide_sum, found.spread].map(Cell::Number));
            }
            cells.push(Cell::Number(single.naive_sum));
            cells
        };
        RecordedTable::new(&heads, self.columns.iter().map(row).collect())
    }

    /// What a type loses of the whole table: the worst column's share, and the mean error over columns. Doubles lose nothing.
    pub(crate) fn facts(&self, precision: Precision) -> Vec<(&'static str, f64)> {
        let Some(at) = Precision::LOSSY.iter().position(|other| *other == precision) else { return Vec::new() };
        let worst = |of: &dyn Fn(&Loss) -> f64| self.columns.iter().map(of).fold(0.0, f64::max);
        let mean = self.columns.iter().map(|loss| loss.errors[at].mean).sum::<f64>() / self.columns.len().max(1) as f64;
        vec![
            ("largest-error", worst(&|loss| loss.errors[at].largest)),
            ("mean-error", mean),
            ("infinite", worst(&|loss| loss.errors[at].overflowed)),
            ("merged", worst(&|loss| loss.errors[at].merged)),
            ("naive-error", worst(&|loss| loss.summaries[at].naive_sum)),
            ("wide-error", worst(&|loss| loss.summaries[at].wide_sum)),
        ]
    }
}
