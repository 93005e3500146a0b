//! The other side of [`processes`](crate::processes): a worker process that makes its batches in shared memory, one for each run that
//! it is asked for.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use loading::{Batch, Check, Data, Images, Troubles, Work};
use measure::{Prepared, Refusal, Task};
use memmap2::MmapRaw;
use results::Answer;
use serde::{Deserialize, Serialize};

use crate::case::{BATCH, Layout};
use crate::layouts;
use crate::pictures::Set;

/// The parameter that makes a task one of a worker process; it holds a [`Part`].
const SERVE: &str = "serve";

/// Bytes behind the numbers of a batch, for what is to be said of it.
const NOTE: usize = 64 << 10;

/// How shared memory is divided: `slots` places for batches of `bytes` bytes for each worker.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) workers: usize,
    pub(crate) slots: usize,
    pub(crate) bytes: usize,
}

/// What a worker process is told.
#[derive(Serialize, Deserialize)]
struct Part {
    place: Place,
    memory: PathBuf,
    worker: usize,
    first: usize,
}

/// What is said of a batch.
#[derive(Serialize, Deserialize)]
pub(crate) struct Made {
    pub(crate) samples: usize,
    pub(crate) check: Check,
    pub(crate) troubles: Troubles,
}

impl Place {
    fn slot(self) -> usize {
        // Whole pages, so that the numbers of every slot begin at a multiple of their size.
        (self.bytes + NOTE).next_multiple_of(4096)
    }

    fn total(self) -> usize {
        self.slot() * self.slots * self.workers
    }

    /// Where the slot of a worker's batch begins; `turn` counts the worker's own batches.
    fn at(self, worker: usize, turn: usize) -> usize {
        (worker * self.slots + turn % self.slots) * self.slot()
    }

    /// The task of a worker process.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub(crate) fn task(self, task: &Task, memory: PathBuf, worker: usize, first: usize) -> anyhow::Result<Task> {
        let mut task = task.clone();
        let part = Part { place: self, memory, worker, first };
        task.params.insert(SERVE.to_owned(), serde_json::to_string(&part)?);
        Ok(task)
    }
}

/// Memory that is shared with worker processes. It has no name in any file system, so nothing of it stays behind.
pub(crate) struct Shared {
    place: Place,
    map: Arc<MmapRaw>,
    file: File,
}

impl Shared {
    /// New memory.
    ///
    /// # Errors
    /// A skip where the system has no such memory.
    #[cfg(target_os = "linux")]
    pub(crate) fn new(place: Place) -> Result<Self, Refusal> {
        use std::os::fd::FromRawFd;
        // SAFETY: the name is a C string; the call touches no other memory of ours.
        let descriptor = unsafe { libc::memfd_create(c"loader".as_ptr(), libc::MFD_CLOEXEC) };
        if descriptor < 0 {
            return Err(Refusal::Fail(std::io::Error::last_os_error().into()));
        }
        // SAFETY: the descriptor is new, and owned by this file alone.
        let file = unsafe { File::from_raw_fd(descriptor) };
        file.set_len(place.total() as u64)?;
        let map = Arc::new(MmapRaw::map_raw(&file)?);
        Ok(Self { place, map, file })
    }

    /// No such memory outside Linux.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn new(_place: Place) -> Result<Self, Refusal> {
        Err(Refusal::Skip("worker processes share memory without a name here, which Linux alone has".to_owned()))
    }

    /// Where another process of the same user opens it.
    #[cfg(unix)]
    pub(crate) fn path(&self) -> PathBuf {
        use std::os::fd::AsRawFd;
        PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), self.file.as_raw_fd()))
    }

    /// Nowhere: there is no such memory.
    #[cfg(not(unix))]
    pub(crate) fn path(&self) -> PathBuf {
        PathBuf::new()
    }

    /// A batch that a worker said is ready.
    ///
    /// # Errors
    /// If what is said of it makes no sense.
    pub(crate) fn made(&self, worker: usize, turn: usize) -> anyhow::Result<(Made, Window)> {
        let window = Window::new(&self.map, self.place, self.place.at(worker, turn));
        let made = window.note().context("a worker process wrote what is no batch")?;
        Ok((made, window))
    }
}

/// The place of a batch in shared memory.
pub(crate) struct Window {
    map: Arc<MmapRaw>,
    at: usize,
    bytes: usize,
}

impl Window {
    fn new(map: &Arc<MmapRaw>, place: Place, at: usize) -> Self {
        assert!(at + place.bytes + NOTE <= map.len(), "a slot lies outside of the shared memory");
        Self { map: Arc::clone(map), at, bytes: place.bytes }
    }

    /// What is said of the batch.
    fn note(&self) -> anyhow::Result<Made> {
        // SAFETY: the range lies in the map (see `new`); the worker has said that it is done with it, and is not asked for another
        // batch in this place before the consumer is done.
        let note = unsafe { std::slice::from_raw_parts(self.map.as_ptr().add(self.at + self.bytes), NOTE) };
        let (length, text) = note.split_at(8);
        let length = usize::try_from(u64::from_le_bytes(length.try_into()?))?;
        Ok(serde_json::from_slice(text.get(..length).context("it is too long")?)?)
    }

    fn write_note(&mut self, made: &Made) -> anyhow::Result<()> {
        let text = serde_json::to_vec(made)?;
        anyhow::ensure!(text.len() + 8 <= NOTE, "there is too much to say of a batch");
        // SAFETY: as in `note`; this process is the only one that touches the place until it says that it is done.
        let note = unsafe { std::slice::from_raw_parts_mut(self.map.as_mut_ptr().add(self.at + self.bytes), NOTE) };
        note[..8].copy_from_slice(&(text.len() as u64).to_le_bytes());
        note[8..8 + text.len()].copy_from_slice(&text);
        Ok(())
    }
}

impl AsRef<[f32]> for Window {
    fn as_ref(&self) -> &[f32] {
        // SAFETY: the range lies in the map and begins at a page (see `Place::slot`); any bits are a float; nobody writes to it while
        // the window exists, see `note`.
        unsafe { std::slice::from_raw_parts(self.map.as_ptr().add(self.at).cast(), self.bytes / size_of::<f32>()) }
    }
}

impl AsMut<[f32]> for Window {
    fn as_mut(&mut self) -> &mut [f32] {
        // SAFETY: as above, and nobody else reads or writes it either.
        unsafe {
            std::slice::from_raw_parts_mut(self.map.as_mut_ptr().add(self.at).cast(), self.bytes / size_of::<f32>())
        }
    }
}

/// Whether a task is that of a worker process.
pub(crate) fn is_one(task: &Task) -> bool {
    task.params.contains_key(SERVE)
}

/// Opens the images and the shared memory; each call then makes the next batch.
///
/// # Errors
/// If either cannot be opened.
pub(crate) fn prepare(task: &Task) -> Result<Prepared, Refusal> {
    let text = task.params.get(SERVE).map_or("", String::as_str);
    let Part { place, memory, worker, first } = serde_json::from_str(text)?;
    let set = Set::open(task)?;
    let layout = Layout::of(task)?;
    let images = Images::new(layouts::open(task, &set, layout)?.source, BATCH, layout.shuffle(), task.seed);
    let map = Arc::new(open(&memory)?);
    if map.len() < place.total() || place.workers == 0 {
        return Err(Refusal::Fail(anyhow::anyhow!("the shared memory is too small")));
    }
    let mut tools = images.tools();
    let mut number = first;
    Ok(Prepared::new(move || {
        let mut batch = Batch::default();
        let window = Window::new(&map, place, place.at(worker, number / place.workers));
        batch.data = Data::Shared(Box::new(window));
        images.make(number, &mut tools, &mut batch);
        let made = Made { samples: batch.samples, check: batch.check, troubles: batch.troubles };
        Window::new(&map, place, place.at(worker, number / place.workers)).write_note(&made)?;
        number += place.workers;
        if number >= images.batches() {
            number = worker; // the next pass
        }
        Ok(Answer::default())
    }))
}

fn open(memory: &Path) -> anyhow::Result<MmapRaw> {
    let file = File::options().read(true).write(true).open(memory);
    let file = file.with_context(|| format!("cannot open the shared memory {}", memory.display()))?;
    Ok(MmapRaw::map_raw(&file)?)
}
