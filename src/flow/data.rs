//! The data of a run: its profile at once, its working table when something must be measured.

use std::path::{Path, PathBuf};

use catalog::{Definition, Folder};
use results::{Clock, Dataset, Run, Source, Taken};

use super::Request;
use super::earlier::Earlier;
use super::progress::Progress;
use super::scratch::Scratch;
use crate::failure::{Failure, system, usage};

/// Rows of the default table, and the most of a user's, where no experiment's preset says otherwise.
const DEFAULT_ROWS: u64 = 1_000_000;

/// Rows where nothing is measured.
const FAKE_ROWS: u64 = 2_000;

/// The data of a run. A profile that an earlier run recorded saves opening the data, until something must be measured.
#[derive(Default)]
pub(super) struct Data {
    pub(super) dataset: Option<Dataset>,
    pub(super) table: Option<PathBuf>,
    pub(super) spec: Option<dataset::Spec>,
    pub(super) rows: u64,
    /// The reader's images.
    images: Option<dataset::Images>,
}

impl Data {
    /// Makes the working table if it is not there yet.
    pub(super) fn make_table(
        &mut self,
        request: &Request,
        scratch: &Path,
        progress: &mut dyn Progress,
    ) -> Result<(), Failure> {
        if let (None, Some(spec)) = (&self.table, &self.spec) {
            progress.phase("opening the data");
            let options = dataset::OpenOptions { seed: request.seed, rows: self.rows, scratch: scratch.to_owned() };
            self.table = Some(dataset::open(spec, &options).map_err(usage)?.table);
        }
        Ok(())
    }

    /// Writes the list of the reader's images, if there are any.
    pub(super) fn list_images(&self, scratch: &Path) -> Result<Option<PathBuf>, Failure> {
        let Some(images) = &self.images else { return Ok(None) };
        let path = scratch.join("images.jsonl");
        let lines = images.files.iter().map(|file| serde_json::to_string(file).map(|line| line + "\n"));
        let text = lines.collect::<Result<String, _>>().map_err(|e| system(format_args!("{}: {e}", path.display())))?;
        std::fs::write(&path, text).map_err(|e| system(format_args!("{}: {e}", path.display())))?;
        Ok(Some(path))
    }

    /// Identity of the reader's images and of the storage to compare: what was measured with others serves for nothing.
    pub(super) fn images_id(&self, request: &Request) -> String {
        let images = self.images.as_ref().map_or("", |images| &images.id);
        let storage: Vec<String> = request.storage.iter().map(|path| path.display().to_string()).collect();
        [vec![images.to_owned()], storage].concat().join("\n").trim().to_owned()
    }

    /// Says on the page about the data what images there are; what an earlier run said of others is dropped.
    fn note_images(mut self) -> Self {
        if let Some(dataset) = &mut self.dataset {
            dataset.notes.retain(|note| !dataset::Images::is_note(note));
            dataset.notes.extend(self.images.as_ref().map(dataset::Images::note));
        }
        self
    }
}

/// Whether the rows that an earlier run took of a data set, with its seed, are those that this one would take.
fn same_rows(dataset: &Dataset, its_seed: u64, rows: u64, seed: u64) -> bool {
    match dataset.part {
        None => dataset.rows_used == dataset.rows && dataset.rows <= rows || dataset.source != Source::User,
        Some(part) => part.wanted == rows && (part.taken == Taken::Start || its_seed == seed),
    }
}

/// The data of the request: its profile, and its working table unless an earlier run has profiled the same data.
pub(super) fn open(
    request: &Request,
    chapters: &[(Folder, Definition)],
    earlier: &Earlier,
    scratch: &Scratch,
    progress: &mut dyn Progress,
) -> Result<Data, Failure> {
    let needing: Vec<&Definition> =
        chapters.iter().map(|(_, d)| d).filter(|definition| definition.data.has_table()).collect();
    if needing.is_empty() && request.data.is_empty() {
        return Ok(Data::default());
    }
    let preset = |d: &&Definition| d.preset.get(&request.budget.name).and_then(|p| p.rows);
    let rows = match request.clock {
        Clock::Real => needing.iter().filter_map(preset).max().unwrap_or(DEFAULT_ROWS),
        Clock::Fake => FAKE_ROWS,
    };
    let (images, tables) = dataset::images(&request.data).map_err(usage)?;
    let spec = dataset::Spec::parse(&tables).map_err(usage)?;
    let options = dataset::OpenOptions { seed: request.seed, rows, scratch: scratch.path().to_owned() };
    let id = dataset::identify(&spec, &options).map_err(usage)?;
    let same = |run: &&Run| {
        run.dataset.as_ref().is_some_and(|d| d.id == id && same_rows(d, run.header.seed, rows, request.seed))
    };
    let known = earlier.runs.iter().find(same).filter(|_| !request.fresh).and_then(|run| run.dataset.as_ref());
    if let Some(known) = known {
        let data = Data { dataset: Some(known.clone()), table: None, spec: Some(spec), rows, images };
        return Ok(data.note_images());
    }
    progress.phase("opening the data");
    let opened = dataset::open(&spec, &options).map_err(usage)?;
    let data = Data { dataset: Some(opened.dataset), table: Some(opened.table), spec: Some(spec), rows, images };
    Ok(data.note_images())
}
