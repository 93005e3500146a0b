//! The work of a loader of pictures: fetch, decode, augment, collate.

use std::ops::Range;
use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;

use crate::augment::{NUMBERS, augment, place_of};
use crate::{Batch, Bucket, Data, Decoder, Shuffle, Source, Work, order};

/// Batches of pictures from a source.
#[derive(Clone)]
pub struct Images {
    source: Arc<dyn Source>,
    order: Vec<u32>,
    /// Samples in the buffer that the order is drawn from, if it is.
    buffer: Option<usize>,
    batch: usize,
    seed: u64,
    memory: Option<Memory>,
}

/// Where the numbers of another batch are laid.
pub type Memory = Arc<dyn Fn() -> Data + Send + Sync>;

/// What a worker keeps.
#[derive(Default)]
pub struct Tools {
    bucket: Bucket,
    decoder: Decoder,
}

impl Images {
    /// All samples of `source` in batches of `batch`, in this order; `seed` is that of the order and of the augmentation.
    #[must_use]
    pub fn new(source: Arc<dyn Source>, batch: usize, shuffle: Shuffle, seed: u64) -> Self {
        let order = order(source.samples(), source.together(), shuffle, seed);
        let buffer = if let Shuffle::Buffer(size) = shuffle { Some(size) } else { None };
        Self { source, order, buffer, batch: batch.max(1), seed, memory: None }
    }

    /// The same with batches in memory of someone's own, each large enough for a full one.
    #[must_use]
    pub fn laid_in(self, memory: Memory) -> Self {
        Self { memory: Some(memory), ..self }
    }

    /// Samples of a full batch.
    #[must_use]
    pub fn batch_size(&self) -> usize {
        self.batch
    }

    /// Bytes of a full batch.
    #[must_use]
    pub fn batch_bytes(&self) -> usize {
        self.batch * NUMBERS * size_of::<f32>()
    }

    /// Samples of a pass.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.order.len()
    }

    /// The order of the samples.
    #[must_use]
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// The samples that enter the buffer while batch `number` is drawn: they lie beside each other, behind those of earlier batches.
    fn entering(&self, number: usize) -> Option<Range<u32>> {
        let before = |number: usize| (self.buffer? + number * self.batch).min(self.order.len()).try_into().ok();
        Some(if number == 0 { 0 } else { before(number)? }..before(number + 1)?)
    }
}

impl Work for Images {
    type Tools = Tools;

    fn tools(&self) -> Tools {
        Tools::default()
    }

    fn batch(&self) -> Batch {
        Batch { data: self.memory.as_ref().map(|memory| memory()).unwrap_or_default(), ..Batch::default() }
    }

    fn batches(&self) -> usize {
        self.order.len().div_ceil(self.batch)
    }

    fn make(&self, number: usize, tools: &mut Tools, batch: &mut Batch) {
        let first = number * self.batch;
        let samples = &self.order[first.min(self.order.len())..(first + self.batch).min(self.order.len())];
        let Tools { bucket, decoder } = tools;
        bucket.clear();
        if let Some(samples) = self.entering(number) {
            self.source.read_ahead(samples, bucket);
        }
        self.source.fetch(samples, bucket);
        for (place, &sample) in samples.iter().enumerate() {
            let picture = bucket.sample(place).and_then(|jpeg| decoder.picture(jpeg));
            match picture {
                Ok(picture) => {
                    let at = batch.samples * NUMBERS;
                    let planes = &mut batch.data.room(self.batch * NUMBERS)[at..at + NUMBERS];
                    let mut hash = Xxh3::with_seed(u64::from(sample));
                    let place = place_of(self.seed, sample, picture.width, picture.height);
                    let mean = augment(picture, place, planes, |row| hash.update(row));
                    batch.check.add(u64::from(sample), mean, hash.digest());
                    batch.samples += 1;
                }
                Err(trouble) => batch.troubles.add(trouble, self.source.name(sample)),
            }
        }
    }
}
