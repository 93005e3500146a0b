//! A training step on an NVIDIA GPU as the consumer: the numbers of a batch are copied to it, in one of three ways.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use gpu::{Copies, Element, Fed, Gpu, Moment, Numbers, Pinned, TrainError, Trainer, copy_in, last_at};
use loading::{Batch, Consumer, Data, Images, Knobs, Pass, Work, bins, threads};
use measure::{Prepared, Refusal, Task};
use results::{RecordedTable, Unit};
use transformer::Config;

use crate::recorded::BINS;
use crate::training::Texts;

/// What is watched with the driver's counters: they look back over up to a second, so a pass may be too short for them.
const WATCHED: Duration = Duration::from_secs(3);

/// Copies whose median is the rate.
const COPIES: usize = 21;

/// The GPU, and how batches come to it.
pub(crate) struct OnGpu {
    gpu: Gpu,
    copies: Copies,
    /// Whether batches lie in pinned memory.
    pinned: bool,
}

/// What was seen of a GPU beside the parts of a pass.
pub(crate) struct Seen {
    /// Its counters over some passes, or why they cannot be read; the first launch alone looks, since no other is shown.
    counters: Option<Result<RecordedTable, String>>,
    /// Bytes per second of a batch on its way to the GPU.
    rate: f64,
}

impl OnGpu {
    /// The GPU, if a task asks for it.
    ///
    /// # Errors
    /// A skip where there is none.
    pub(crate) fn of(task: &Task) -> Result<Option<Self>, Refusal> {
        let (copies, pinned) = match task.params.get("copies").map(String::as_str) {
            None => return Ok(None),
            Some("pageable") => (Copies::Before, false),
            Some("pinned") => (Copies::Before, true),
            Some("beside") => (Copies::Beside, true),
            Some(other) => return Err(anyhow!("there are no copies {other:?}").into()),
        };
        let gpu = gpu::open().map_err(|absent| Refusal::Skip(absent.to_string()))?;
        Ok(Some(Self { gpu, copies, pinned }))
    }

    /// The training step, for batches of these images.
    ///
    /// # Errors
    /// A skip if the GPU's memory does not suffice.
    pub(crate) fn consumer(&self, task: &Task, images: &Images) -> Result<Box<dyn Consumer>, Refusal> {
        let config = Config::distilbert();
        let trainer = Trainer::new(self.gpu.handle(), &config, self.numbers(), task.seed);
        let fed = trainer.and_then(|trainer| Ok(Fed::new(trainer, self.copies, numbers(images))?)).map_err(refusal)?;
        Ok(Box::new(Training { texts: Texts::new(&config, task.seed)?, fed }))
    }

    /// The lowest precision that this GPU has units for and people train in.
    fn numbers(&self) -> Numbers {
        let low = [Numbers::Bf16, Numbers::F16 { scaling: true }];
        low.into_iter().find(|numbers| self.gpu.supports(numbers.precision()).is_ok()).unwrap_or(Numbers::F32)
    }

    /// The images, in batches that lie where this GPU wants them, for a loader of these knobs.
    ///
    /// # Errors
    /// A skip if the system gives no such memory.
    pub(crate) fn lay(&self, images: Images, knobs: Knobs) -> Result<Images, Refusal> {
        if !self.pinned {
            return Ok(images);
        }
        // Those that are made or wait, and the one that the consumer has. To pin memory takes long: it is done once for all passes.
        let place = |_| Pinned::zeros(self.gpu.handle(), numbers(&images));
        let places: Result<Vec<Pinned>, gpu::Error> = (0..=knobs.ahead()).map(place).collect();
        let free = Arc::new(Mutex::new(places.map_err(|error| refusal(error.into()))?));
        Ok(images.laid_in(Arc::new(move || {
            let place = free.lock().unwrap_or_else(PoisonError::into_inner).pop();
            place.map_or_else(Data::default, |place| Data::Shared(Box::new(Lent(Some(place), Arc::clone(&free)))))
        })))
    }

    /// Looks at the GPU while it takes batches for some seconds, and at the copies alone.
    ///
    /// # Errors
    /// Those of passes and copies.
    pub(crate) fn look(
        &self,
        task: &Task,
        images: &Images,
        knobs: Knobs,
        consumer: &mut dyn Consumer,
        cached: &Pass,
    ) -> anyhow::Result<Seen> {
        let rate = self.rate(&full(images))?;
        if task.launch > 0 {
            return Ok(Seen { counters: None, rate });
        }
        let batches = cached.batches as f64 * WATCHED.as_secs_f64() / cached.seconds.max(1e-3);
        let monitor = self.gpu.monitor(WATCHED / BINS as u32);
        let pass = threads::some(images, knobs, consumer, batches.ceil() as usize);
        let moments = monitor.map(gpu::Monitor::stop);
        let pass = pass?;
        Ok(Seen { counters: Some(moments.map(|moments| counters(&pass, &moments))), rate })
    }

    /// Bytes per second of a batch on its way, with nothing beside it.
    fn rate(&self, batch: &Batch) -> anyhow::Result<f64> {
        let numbers = batch.data.values();
        let mut place = self.gpu.zeros(Element::F32, numbers.len())?;
        let mut times = Vec::with_capacity(COPIES);
        for _ in 0..COPIES {
            let start = Instant::now();
            copy_in(numbers, place.view_mut())?;
            times.push(start.elapsed().as_secs_f64());
        }
        times.sort_by(f64::total_cmp);
        Ok(size_of_val(numbers) as f64 / times[COPIES / 2].max(1e-9))
    }

    /// Adds what this GPU is, and what was seen of it.
    pub(crate) fn described(&self, case: Prepared, seen: Seen) -> Prepared {
        let facts = self.gpu.facts();
        let case = case
            .setting("GPU", &facts.name)
            .setting("CUDA", facts.cuda)
            .setting("precision", self.numbers().precision().id())
            .setting("memory of batches", if self.pinned { "pinned" } else { "pageable" })
            .setting("copies", if self.copies == Copies::Beside { "beside the step before" } else { "before the step" })
            .fact("copy_bytes_per_second", seen.rate);
        let case = facts.driver.iter().fold(case, |case, driver| case.setting("driver", driver));
        let case = facts.link.iter().fold(case, |case, link| {
            let case = case.setting("link", format!("PCI Express {} × {}", link.generation, link.width));
            link.bytes_per_second().iter().fold(case, |case, rate| case.fact("link_bytes_per_second", *rate))
        });
        match seen.counters {
            None => case,
            Some(Ok(table)) => case.table("gpu", table),
            Some(Err(why)) => case.setting("counters not told", why),
        }
    }
}

/// A batch of these images with nothing in it, ready to be copied.
pub(crate) fn full(images: &Images) -> Batch {
    let mut batch = images.batch();
    batch.samples = images.batch_size();
    batch.data.room(numbers(images));
    batch
}

/// Numbers of a full batch.
fn numbers(images: &Images) -> usize {
    images.batch_bytes() / size_of::<f32>()
}

/// What the driver said of the GPU over a pass, beside the queue.
fn counters(pass: &Pass, moments: &[Moment]) -> RecordedTable {
    let row = |bin: &loading::Bin| {
        let seen = last_at(moments, bin.at).copied().unwrap_or_default();
        let memory = seen.memory_bytes.map(|bytes| bytes as f64);
        vec![bin.at.into(), seen.utilisation.into(), bin.depth.into(), seen.watts.into(), memory.into()]
    };
    let columns = [
        ("time", Unit::Seconds),
        ("GPU busy", Unit::Share),
        ("batches waiting", Unit::Number),
        ("power in watts", Unit::Number),
        ("GPU memory in use", Unit::Bytes),
    ];
    RecordedTable::new(&columns, bins(pass, pass.seconds, BINS).iter().map(row).collect())
}

/// A step of training for each batch that comes.
struct Training {
    texts: Texts,
    fed: Fed,
}

impl Consumer for Training {
    fn take(&mut self, batch: &Batch) -> anyhow::Result<()> {
        let texts = self.texts.next(batch.samples);
        self.fed.take(batch.data.values(), texts).context("the training step")?;
        Ok(())
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        self.fed.finish().context("the training step")?;
        Ok(())
    }
}

/// Pinned memory that goes back to where it came from.
struct Lent(Option<Pinned>, Arc<Mutex<Vec<Pinned>>>);

impl AsRef<[f32]> for Lent {
    fn as_ref(&self) -> &[f32] {
        self.0.as_ref().map_or(&[], AsRef::as_ref)
    }
}

impl AsMut<[f32]> for Lent {
    fn as_mut(&mut self) -> &mut [f32] {
        self.0.as_mut().map_or(&mut [], AsMut::as_mut)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.1.lock().unwrap_or_else(PoisonError::into_inner).extend(self.0.take());
    }
}

/// No memory is nobody's fault, all else is a mistake of ours.
fn refusal(error: TrainError) -> Refusal {
    if error.is_out_of_memory() {
        return Refusal::Skip(format!("there is not enough memory: {error}"));
    }
    Refusal::Fail(error.into())
}
