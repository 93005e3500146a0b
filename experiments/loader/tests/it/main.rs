//! The experiment: what it answers, what it survives, what its definition says.

mod advice;
mod definition;
mod gpu;
mod images;
mod pace;
mod processes;
mod python;
mod rows;
mod snippets;
mod storage;

use std::path::Path;
use std::sync::LazyLock;

use catalog::Definition;
use measure::{Prepared, Task};
use results::{Answer, Point};

/// The definition as it lies in the folder.
static DEFINITION: LazyLock<Definition> =
    LazyLock::new(|| catalog::read_definition(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap());

/// Images of a test: few, and a last batch that is not full.
const IMAGES: f64 = 40.0;

/// A place: `at(&[("work", "images"), …])`.
fn at(axes: &[(&str, &str)]) -> Point {
    axes.iter().fold(Point::new(), |point, (axis, value)| point.with(axis, value))
}

/// The task of a variant, with few images and a quick accelerator.
fn task(variant: &str, axes: &[(&str, &str)], scratch: &Path) -> Task {
    let point = at(axes);
    let mut task = testing::task("loader", DEFINITION.variant(variant).unwrap(), point, scratch);
    task.numbers = DEFINITION.numbers(&task.point);
    task.numbers.insert("work".to_owned(), IMAGES);
    task
}

/// Feeding images to an accelerator of 2 ms.
fn feeding(variant: &str, scratch: &Path) -> Task {
    task(variant, &[("work", "images"), ("accelerator", "2ms")], scratch)
}

/// Prepares a case; `Err` is the reason of a skip.
fn prepare(task: &Task) -> Result<Prepared, String> {
    testing::prepare(loader::experiment().as_ref(), task)
}

/// The answer of two calls, which must be the same.
#[track_caller]
fn answer(case: &mut Prepared) -> Answer {
    let first = (case.work)().unwrap();
    assert_eq!((case.work)().unwrap().disagreement(&first, 1e-9), None);
    first
}
