//! Experiment *sparse vs dense*: the same matrix with its zeros and without, in products, in a model, and in the table.
//!
//! Place in the flow: `plan → ` **measure** ` → results file`, inside a worker process. [`case`] says what a task asks for;
//! three kinds of work follow:
//!
//! ```text
//! sweep:    formula ─▶ matrix of a given density ─▶ a product, dense, by rows (CSR), by columns (CSC)
//! train:    text column ─▶ text::corpus ─▶ text::tfidf ─▶ train: a logistic regression, to the same loss
//! columns:  mostly-zero columns of the table ─▶ a weighted sum of each
//! ```
//!
//! [`kernels`] holds the products, [`store`] the files in the scratch folder, which the Python lane (`sparse_lane.py` beside
//! these sources) reads too. The Python lane makes the matrices of the sweep from the same formula.

pub mod kernels;
pub mod text;
pub mod train;

mod case;
mod choose;
mod columns;
mod formula;
mod store;
mod sweep;

use std::rc::Rc;

use measure::{Experiment, Prepared, Refusal, Task};
use results::{Choice, Dataset};

use case::{Case, Work};

/// The experiment.
#[must_use]
pub fn experiment() -> Box<dyn Experiment> {
    Box::new(SparseVsDense)
}

/// The experiment has no state: everything is in the task.
struct SparseVsDense;

impl Experiment for SparseVsDense {
    fn choose(&self, dataset: &Dataset) -> Result<Vec<Choice>, String> {
        Ok(choose::choose(dataset))
    }

    fn prepare(&self, task: &Task) -> Result<Prepared, Refusal> {
        let case = Rc::new(Case::of(task)?);
        match case.work {
            Work::Product(product) => sweep::prepare(task, &case, product),
            Work::Train(texts) => train::prepare(task, &case, texts),
            Work::Columns => columns::prepare(task, &case),
        }
    }
}
