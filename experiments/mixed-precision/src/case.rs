//! What a task asks for: which work, on which numbers, by which device.

use anyhow::{Context, anyhow};
use measure::{Prepared, Task};
use transformer::Config;

/// Kind of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// 32 bits.
    F32,
    /// 32 bits in memory, of which a matrix unit reads 19.
    Tf32,
    /// 16 bits with the range of f32.
    Bf16,
    /// 16 bits with more digits and a small range.
    F16,
    /// 8 bits.
    Fp8,
}

impl Format {
    /// Bits of the significand, the hidden one included.
    fn digits(self) -> i32 {
        match self {
            Self::F32 => 24,
            Self::Tf32 | Self::F16 => 11,
            Self::Bf16 => 8,
            Self::Fp8 => 4,
        }
    }

    /// Largest relative error that one rounding makes.
    pub(crate) fn rounding(self) -> f64 {
        2f64.powi(-self.digits())
    }

    /// Name in the settings.
    fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Tf32 => "tf32",
            Self::Bf16 => "bf16",
            Self::F16 => "f16",
            Self::Fp8 => "fp8",
        }
    }
}

/// What computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Device {
    /// This machine's processor.
    Cpu,
    /// An NVIDIA GPU.
    Cuda,
}

/// A model that is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Model {
    /// Learns in half a second most of what there is to learn, from any weights.
    Small,
    /// One of DistilBERT's layers.
    Wide,
    /// The whole of it.
    Distilbert,
}

/// Words of the vocabulary of one layer: with all of DistilBERT's, a step on a processor would mostly update the table of words.
const FEWER_WORDS: usize = 2048;

impl Model {
    /// Its dimensions.
    pub(crate) fn config(self) -> Config {
        match self {
            Self::Small => shortened(Config { layers: 1, heads: 2, feed_forward: 128, ..Config::small() }),
            Self::Wide => Config { layers: 1, vocabulary: FEWER_WORDS, ..Config::distilbert() },
            Self::Distilbert => Config::distilbert(),
        }
    }

    /// Its dimensions where it learns: a few hundred steps teach it what is in short texts alone.
    pub(crate) fn learning(self) -> Config {
        shortened(self.config())
    }
}

/// The same for texts of eight tokens, of words that all say something.
fn shortened(config: Config) -> Config {
    Config { sequence: 8, vocabulary: 1 + transformer::Task::WORDS, ..config }
}

/// The kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// A product of matrices with so many rows and columns.
    Product(usize),
    /// The sum of two arrays of so many numbers.
    Add(usize),
    /// The sum over an array of so many numbers.
    Sum(usize),
    /// A training step over a batch of so many texts.
    Step(Model, usize),
    /// Training until the task is learnt.
    Learn(Model),
    /// A training step over the largest batch that fits.
    Fit(Model),
}

/// A task, read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    /// What to do.
    pub(crate) work: Work,
    /// In which numbers.
    pub(crate) format: Format,
    /// Whether the loss is scaled, where the format's range asks for it.
    pub(crate) scaling: bool,
    /// By what.
    pub(crate) device: Device,
    /// Threads of the processor.
    pub(crate) threads: usize,
}

impl Case {
    /// Reads a task.
    ///
    /// # Errors
    /// If it names something that does not exist.
    pub(crate) fn of(task: &Task) -> anyhow::Result<Self> {
        let count = |axis: &str| -> anyhow::Result<usize> {
            let number = *task.numbers.get(axis).with_context(|| format!("the task has no number for {axis}"))?;
            anyhow::ensure!((1.0..=1e9).contains(&number), "{axis} {number} cannot be measured");
            Ok(number as usize)
        };
        let model = || match task.point.get("model") {
            Some("small") => Ok(Model::Small),
            Some("wide") => Ok(Model::Wide),
            Some("distilbert") => Ok(Model::Distilbert),
            other => Err(anyhow!("there is no model {other:?}")),
        };
        let work = match task.point.get("work") {
            Some("product") => Work::Product(count("size")?),
            Some("add") => Work::Add(count("elements")?),
            Some("sum") => Work::Sum(count("elements")?),
            Some("step") => Work::Step(model()?, count("batch")?),
            Some("learn") => Work::Learn(model()?),
            Some("fit") => Work::Fit(model()?),
            other => return Err(anyhow!("there is no work {other:?}")),
        };
        let param = |name: &str| task.params.get(name).map(String::as_str);
        let format = match param("precision") {
            Some("f32") => Format::F32,
            Some("tf32") => Format::Tf32,
            Some("bf16") => Format::Bf16,
            Some("f16") => Format::F16,
            Some("fp8") => Format::Fp8,
            other => return Err(anyhow!("there is no precision {other:?}")),
        };
        let device = match param("device") {
            Some("cpu") => Device::Cpu,
            Some("cuda") => Device::Cuda,
            other => return Err(anyhow!("there is no device {other:?}")),
        };
        let scaling = param("scaling") != Some("off");
        Ok(Self { work, format, scaling, device, threads: task.threads.max(1) as usize })
    }

    /// Adds what every case says of itself; `unit` is what did the arithmetic.
    pub(crate) fn described(&self, prepared: Prepared, unit: &str) -> Prepared {
        let prepared = prepared.setting("precision", self.format.name()).setting("arithmetic", unit);
        match self.device {
            Device::Cpu => prepared.setting("threads", self.threads),
            Device::Cuda => prepared,
        }
    }
}
