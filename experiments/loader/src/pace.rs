//! The loader's own pace: batches of another size, or samples in another order. Nothing is split here: what a call takes is all that is
//! asked.

use std::sync::Arc;

use loading::{Images, threads};
use measure::{Prepared, Refusal, Task};

use crate::case::{self, Layout, Setting};
use crate::images::{answer, consumer, described};
use crate::pictures::Set;
use crate::{layouts, tune};

/// Sets up a case.
///
/// # Errors
/// A skip where there are no images, or too little memory for the batches; a failure of reading or writing.
pub(crate) fn prepare(task: &Task) -> Result<Prepared, Refusal> {
    let set = Set::open(task)?;
    let layout = Layout::of(task)?;
    let stored = layouts::open(task, &set, layout)?;
    let images = Images::new(stored.source, case::batch(task)?, case::shuffle(task, layout)?, task.seed);
    let knobs = match Setting::of(task)? {
        Setting::Knobs(knobs) => knobs,
        // Batches of every size get the setting of the usual one: what differs is the size alone.
        Setting::Tuned => {
            let mut usual = task.clone();
            usual.numbers.remove("batch");
            tune::decision(task, &set, consumer(&usual)?.as_mut())?.best.knobs
        }
    };
    tune::fit(knobs, images.batch_bytes())?;
    let mut consumer = consumer(task)?;
    let passes = case::passes(task, set.images.len());
    // It warms what a call needs, and tells how many samples there are in one.
    let samples = threads::passes(&images, knobs, consumer.as_mut(), passes)?.check.samples;
    let images = Arc::new(images);
    let what = Arc::clone(&images);
    let work = move || Ok(answer(threads::passes(what.as_ref(), knobs, consumer.as_mut(), passes)?.check));
    let mut case = described(Prepared::new(work), &set, &images, knobs)
        .fact("rows", samples as f64)
        .fact("bytes", (set.bytes() * passes as u64) as f64)
        .fact("bytes_needed", set.bytes() as f64);
    case.files = stored.files;
    Ok(case)
}
