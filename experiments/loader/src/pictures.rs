//! The images of a run: some of the reader's, or made ones; each looked at once, and what cannot be used is counted and named.

use std::path::{Path, PathBuf};

use anyhow::Context;
use loading::{Decoder, Files, Source, Trouble, Troubles, picture, place_of};
use measure::{Refusal, Task, scratch};
use serde::{Deserialize, Serialize};

/// Images that are made or taken at most, where the work does not say.
const COUNT: usize = 128;

/// The images of a run; kept as JSON in the scratch folder, where the Python lane finds them too.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Set {
    /// Those that can be used.
    pub(crate) images: Vec<Entry>,
    /// Images to choose from.
    pub(crate) available: usize,
    /// What was left out.
    pub(crate) troubles: Troubles,
    /// Whether they are the reader's.
    pub(crate) own: bool,
}

/// An image.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Its file.
    pub(crate) path: PathBuf,
    /// Size of the file.
    pub(crate) bytes: u64,
    /// Where it is cropped, and whether it is flipped: every lane does the same.
    place: (usize, usize, bool),
}

impl Set {
    /// The images of this run.
    ///
    /// # Errors
    /// A skip if none can be used.
    pub(crate) fn open(task: &Task) -> Result<Self, Refusal> {
        let count = task.numbers.get("work").map_or(COUNT, |count| (*count as usize).max(1));
        let folder = folder(task)?;
        let set: Self = scratch::remembered(&folder.join(format!("images-{count}.json")), || match &task.images {
            Some(list) => Self::look(&chosen(list, count)?, task.seed, true),
            None => Self::look(&(made(&folder, count, task.seed)?, count), task.seed, false),
        })?;
        if set.images.is_empty() {
            return Err(Refusal::Skip(format!(
                "none of the {} images can be decoded: they are corrupt, or gone",
                set.available
            )));
        }
        Ok(set)
    }

    /// Decodes each image once: what cannot be decoded is left out, and counted.
    fn look((paths, available): &(Vec<PathBuf>, usize), seed: u64, own: bool) -> anyhow::Result<Self> {
        let mut decoder = Decoder::default();
        let mut set = Self { images: Vec::new(), available: *available, troubles: Troubles::default(), own };
        for path in paths {
            // The number that it will have among those that can be used.
            let number = u32::try_from(set.images.len())?;
            let looked = std::fs::read(path).map_err(|error| Trouble::of(&error)).and_then(|bytes| {
                let picture = decoder.picture(&bytes)?;
                let place = place_of(seed, number, picture.width, picture.height);
                Ok(Entry { path: path.clone(), bytes: bytes.len() as u64, place })
            });
            match looked {
                Ok(entry) => set.images.push(entry),
                Err(trouble) => set.troubles.add(trouble, name(path)),
            }
        }
        Ok(set)
    }

    /// The files, one a sample.
    pub(crate) fn files(&self) -> Files {
        Files::new(self.images.iter().map(|entry| entry.path.clone()).collect())
    }

    /// Bytes of all files.
    pub(crate) fn bytes(&self) -> u64 {
        self.images.iter().map(|entry| entry.bytes).sum()
    }
}

/// The folder for what this experiment derives.
pub(crate) fn folder(task: &Task) -> anyhow::Result<PathBuf> {
    scratch::folder(&task.scratch, "loader")
}

/// Some of the reader's images, evenly spaced over all, and how many there are.
fn chosen(list: &Path, count: usize) -> anyhow::Result<(Vec<PathBuf>, usize)> {
    let text = std::fs::read_to_string(list).with_context(|| format!("cannot read {}", list.display()))?;
    let all: Vec<PathBuf> = text
        .lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("{} is no list of images", list.display())))
        .collect::<anyhow::Result<_>>()?;
    let some = (0..count.min(all.len())).map(|i| all[i * all.len() / count.min(all.len())].clone());
    Ok((some.collect(), all.len()))
}

/// Pictures that look like photographs to the codec.
fn made(folder: &Path, count: usize, seed: u64) -> anyhow::Result<Vec<PathBuf>> {
    let pictures = folder.join(format!("pictures-{count}"));
    scratch::once(&pictures, |beside| {
        std::fs::create_dir(beside)?;
        for number in 0..u32::try_from(count)? {
            std::fs::write(beside.join(file(number)), picture::jpeg(seed, number)?)?;
        }
        Ok(())
    })?;
    Ok((0..u32::try_from(count)?).map(|number| pictures.join(file(number))).collect())
}

fn file(number: u32) -> String {
    format!("{number:06}.jpg")
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Copies every image into a folder, by number.
///
/// # Errors
/// If one cannot be read, or not be written.
pub(crate) fn copy(set: &Set, folder: &Path) -> anyhow::Result<Files> {
    scratch::once(folder, |beside| {
        std::fs::create_dir(beside)?;
        for (number, entry) in (0..).zip(&set.images) {
            let (from, to) = (&entry.path, beside.join(file(number)));
            // Not fs::copy: a file of the reader's that may not be written to must not become one of ours that cannot be removed.
            let bytes = std::fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
            std::fs::write(&to, bytes).with_context(|| format!("cannot write {}", to.display()))?;
        }
        Ok(())
    })?;
    let files = Files::new((0..).take(set.images.len()).map(|number| folder.join(file(number))).collect());
    anyhow::ensure!(files.samples() == set.images.len(), "{} holds too few images", folder.display());
    Ok(files)
}
