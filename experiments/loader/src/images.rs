//! Feeding a consumer with images: the case that most of the chapter is about.

use std::sync::Arc;

use loading::{Accelerator, Check, Consumer, Images, Knobs, Pass, displacement, threads};
use measure::{Prepared, Refusal, Task};
use results::Answer;

use crate::case::{BATCH, Layout, Setting, Taker};
use crate::gpu::{self, OnGpu};
use crate::pictures::Set;
use crate::processes::Processes;
use crate::training::Training;
use crate::{layouts, recorded, stalls, tune};

/// Sets up a case.
///
/// # Errors
/// A skip where there are no images, or no such workers on this system; a failure of reading or writing.
pub(crate) fn prepare(task: &Task) -> Result<Prepared, Refusal> {
    let set = Set::open(task)?;
    let layout = Layout::of(task)?;
    let stored = layouts::open(task, &set, layout)?;
    let images = Images::new(stored.source, BATCH, layout.shuffle(), task.seed);
    let gpu = OnGpu::of(task)?;
    let mut consumer = match &gpu {
        Some(gpu) => gpu.consumer(task, &images)?,
        None => consumer(task)?,
    };
    let (knobs, found) = match Setting::of(task)? {
        Setting::Knobs(knobs) => (knobs, None),
        Setting::Tuned => {
            let found = tune::decision(task, &set, consumer.as_mut())?;
            (found.best.knobs, Some(found))
        }
    };
    tune::fit(knobs, images.batch_bytes())?;
    let images = Arc::new(match &gpu {
        Some(gpu) => gpu.lay(images, knobs)?,
        None => images,
    });
    let mut workers = Workers::start(task, &images, knobs)?;
    let files = match workers {
        Workers::Threads(_) => Ok((stored.files.as_slice(), set.bytes())),
        Workers::Processes(_) => {
            Err("what the device delivers to a worker process is not counted as this one's".to_owned())
        }
    };
    let mut run = |consumer: &mut dyn Consumer| workers.pass(&images, consumer);
    let full = gpu.as_ref().map(|_| gpu::full(&images));
    let parts = stalls::split(consumer.as_mut(), full, files, &mut run)?;
    let seen = gpu.as_ref().map(|gpu| gpu.look(task, &images, knobs, consumer.as_mut(), &parts.cached)).transpose()?;

    let samples = parts.cached.check.samples;
    let mut tables = vec![("timeline", recorded::timeline(&parts.cached))];
    let troubles = recorded::troubles(&set, &parts.cached.troubles);
    tables.extend(troubles.map(|table| ("troubles", table)));
    if let Some(found) = &found {
        tables.push(("search", recorded::search(found, task.threads)));
        tables.push(("advice", recorded::advice(found, task.threads)));
    }
    let utilisation = parts.utilisation();
    let what = Arc::clone(&images);
    let case = Prepared::new(move || Ok(answer(workers.pass(&what, consumer.as_mut())?.check)));
    let mut case = described(case, &set, &images, knobs)
        .fact("rows", samples as f64)
        .fact("bytes", set.bytes() as f64)
        .trials("compute", vec![parts.compute])
        .trials("preparation", vec![parts.preparation])
        .trials("utilisation", vec![utilisation]);
    case = parts.copy.iter().fold(case, |case, copy| case.trials("copy", vec![*copy]));
    if let (Some(gpu), Some(seen)) = (&gpu, seen) {
        case = gpu.described(case, seen);
    }
    case = match parts.fetch {
        Ok(fetch) => case.trials("fetch", vec![fetch]),
        Err(why) => case.setting("fetch not told", why),
    };
    Ok(tables.into_iter().fold(case, |case, (name, table)| case.table(name, table)))
}

/// Adds what every case of feeding images says of itself.
pub(crate) fn described(case: Prepared, set: &Set, images: &Images, knobs: Knobs) -> Prepared {
    case.setting("workers", knobs.workers)
        .setting("prefetch", knobs.prefetch)
        .setting("batch", images.batch_size())
        .setting("images", set.images.len())
        .fact("workers", knobs.workers as f64)
        .fact("queue_bytes", knobs.memory(images.batch_bytes()) as f64)
        .fact("displacement", displacement(images.order()))
}

/// Who takes the batches of a task.
///
/// # Errors
/// If there is no memory for a training step.
pub(crate) fn consumer(task: &Task) -> anyhow::Result<Box<dyn Consumer>> {
    Ok(match Taker::of(task)? {
        Taker::Accelerator(per_batch) => Box::new(Accelerator { per_batch }),
        Taker::Training => Box::new(Training::new(task.seed, task.threads.max(1) as usize)?),
    })
}

/// What a pass answers: its samples, whatever their order.
pub(crate) fn answer(check: Check) -> Answer {
    Answer {
        rows: check.samples,
        values: vec![check.mean, check.weighted],
        digest: Some(format!("{:016x}", check.digest)),
    }
}

/// Workers of either kind.
enum Workers {
    Threads(Knobs),
    Processes(Box<Processes>),
}

impl Workers {
    fn start(task: &Task, images: &Images, knobs: Knobs) -> Result<Self, Refusal> {
        if task.params.get("by").is_none_or(|by| by != "processes") {
            return Ok(Self::Threads(knobs));
        }
        // No workers are no processes either: at least one, so that the variant is what it says.
        let knobs = Knobs { workers: knobs.workers.max(1), prefetch: knobs.prefetch.max(1) };
        Ok(Self::Processes(Box::new(Processes::start(task, images, knobs)?)))
    }

    fn pass(&mut self, images: &Images, consumer: &mut dyn Consumer) -> anyhow::Result<Pass> {
        match self {
            Self::Threads(knobs) => threads::pass(images, *knobs, consumer),
            Self::Processes(processes) => processes.pass(consumer),
        }
    }
}
