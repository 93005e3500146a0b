//! Opening a data set: the working table and its profile in one pass; or the profile alone.

use std::path::PathBuf;

use polars::prelude::DataFrame;
use results::Source;

use crate::format::{Compression, Format};
use crate::profile::{Profile, Profiler};
use crate::purchases::{self, Purchases};
use crate::read::arrow::{ArrowFile, ArrowStream};
use crate::read::avro::Avro;
use crate::read::beside::Beside;
use crate::read::columnar::Columnar;
use crate::read::delimited::Delimited;
use crate::read::each_file::EachFile;
use crate::read::files::Files;
use crate::read::json::JsonLines;
use crate::read::parquet::Parquet;
use crate::read::partitions::Partitioned;
use crate::read::{ColumnType, FileReader, Read, Reader, Sink, run};
use crate::slices::{Part, Wanted, note};
use crate::table::TableWriter;
use crate::tpch::{self, Lineitem};
use crate::vectors::npy;
use crate::{Error, Spec};

/// Rows of the default table when nobody asks for a number.
pub const DEFAULT_ROWS: u64 = 1_000_000;

/// How to open a data set.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Seed of the default table, and of which rows of the user's data are taken.
    pub seed: u64,
    /// Rows of the default table, and the most rows that are taken from the user's data. TPC-H is always whole.
    pub rows: u64,
    /// Folder for the working table; it must exist.
    pub scratch: PathBuf,
}

/// A data set that is ready to be measured on.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// Its profile. Its plain columns are in the working table; of its nested ones, [`vectors`](crate::vectors) gives those of vectors.
    pub dataset: results::Dataset,
    /// The working table: uncompressed Arrow IPC, read by [`format::read_table`](crate::format::read_table).
    pub table: PathBuf,
}

/// The identity of a data set, told without reading its rows: the `id` that [`open`] gives it.
///
/// For files it is made of their relative paths, sizes and times of change, and does not depend on `options`; how many of the
/// rows were used is told apart by `rows_used`.
///
/// # Errors
/// See [`Error`]: nothing there, nothing readable, different formats.
pub fn identify(spec: &Spec, options: &OpenOptions) -> Result<String, Error> {
    Ok(match spec {
        Spec::Default => purchases::id(options.seed, options.rows),
        Spec::Tpch { scale } => tpch::id(*scale),
        Spec::Files(arguments) => Files::find(arguments)?.id(),
    })
}

/// Makes the working table of `spec` in the scratch folder, and its profile.
///
/// Of the user's data at most `options.rows` rows are taken: slices of neighbouring rows from all over it, where the format has an
/// index or its lines can be found from anywhere; else the first rows of each file. [`Dataset::part`](results::Dataset::part) and a
/// note say which.
///
/// # Errors
/// See [`Error`]: each names the file, what is wrong with it, and what to do.
pub fn open(spec: &Spec, options: &OpenOptions) -> Result<Opened, Error> {
    let wanted = matches!(spec, Spec::Files(_)).then_some(Wanted { rows: options.rows, seed: options.seed });
    let mut data = Data::find(spec, options.seed, options.rows, wanted)?;
    let table = options.scratch.join(format!("table-{}.arrow", data.id));
    let mut both = Both { profiler: Profiler::default(), writer: TableWriter::new(table.clone()) };
    let read = run(data.reader.as_mut(), wanted.map(|wanted| wanted.rows), &mut both)?;
    both.writer.finish_vectors()?;
    if both.writer.is_empty() {
        return Err(Error::NoColumns { path: data.place });
    }
    if read.rows == 0 {
        return Err(Error::NoRows { path: data.place });
    }
    both.writer.finish()?;
    let mut profile = data.profile(&both.profiler, read, wanted);
    profile.notes.extend(both.writer.notes());
    profile.columns.retain(|column| both.writer.holds(&column.name) || column.is_nested());
    // The profile looks at fewer rows than are kept: what is not kept serves for nothing.
    let without = profile.columns.iter_mut().filter(|column| column.is_nested());
    without.filter(|column| !both.writer.holds_vectors(&column.name)).for_each(|column| column.roles.clear());
    Ok(Opened { dataset: profile.to_dataset(), table })
}

/// Profiles all rows of `spec`, whatever its size, in bounded memory. The default table has [`DEFAULT_ROWS`] rows.
///
/// # Errors
/// See [`Error`].
pub fn profile(spec: &Spec) -> Result<Profile, Error> {
    let mut data = Data::find(spec, 0, DEFAULT_ROWS, None)?;
    let mut profiler = Profiler::default();
    let read = run(data.reader.as_mut(), None, &mut profiler)?;
    Ok(data.profile(&profiler, read, None))
}

/// A data set that was found and not yet read.
struct Data {
    reader: Box<dyn Reader>,
    id: String,
    name: String,
    source: Source,
    format: Option<String>,
    files: u64,
    bytes: u64,
    notes: Vec<String>,
    /// Why only its first rows can be taken, as a clause; if they can.
    only_start: Option<&'static str>,
    /// What to name in errors about the whole.
    place: PathBuf,
}

impl Data {
    fn find(spec: &Spec, seed: u64, rows: u64, wanted: Option<Wanted>) -> Result<Self, Error> {
        let generated = |reader: Box<dyn Reader>, id, name: String, source| Self {
            reader,
            id,
            place: PathBuf::from(&name),
            name,
            source,
            format: None,
            files: 0,
            bytes: 0,
            notes: Vec::new(),
            only_start: None,
        };
        match spec {
            Spec::Default => {
                let reader = Box::new(Purchases::new(seed, rows)?);
                Ok(generated(reader, purchases::id(seed, rows), purchases::NAME.to_owned(), Source::Default))
            }
            Spec::Tpch { scale } => {
                let reader = Box::new(Lineitem::new(*scale));
                Ok(generated(reader, tpch::id(*scale), format!("tpch:{scale}"), Source::Tpch))
            }
            Spec::Files(arguments) => {
                let files = Files::find(arguments)?;
                Ok(Self {
                    reader: reader(&files, wanted)?,
                    only_start: only_start(&files),
                    id: files.id(),
                    files: files.all().count() as u64,
                    bytes: files.bytes(),
                    name: files.name,
                    source: Source::User,
                    format: Some(files.format.map_or("npy", Format::name).to_owned()),
                    notes: files.notes,
                    place: files.root,
                })
            }
        }
    }

    fn profile(&self, profiler: &Profiler, read: Read, wanted: Option<Wanted>) -> Profile {
        let mut notes = self.notes.clone();
        notes.extend(self.reader.notes());
        let part = match (self.reader.part(), self.only_start) {
            (Part::All, Some(why)) => Part::Start(why),
            (part, _) => part,
        };
        let whole = read.whole && matches!(part, Part::All | Part::Start(_));
        let (rows, about) = self.all_rows(read.rows, whole);
        if !whole {
            notes.push(note(part, read.rows, rows, about));
        }
        Profile {
            id: self.id.clone(),
            name: self.name.clone(),
            source: self.source,
            format: self.format.clone(),
            files: self.files,
            bytes: self.bytes,
            rows,
            rows_used: read.rows,
            part: wanted.filter(|_| !whole).map(|wanted| part.of(wanted)),
            columns: profiler.finish(),
            notes,
        }
    }

    /// Rows of the whole, and whether they are estimated.
    fn all_rows(&self, read: u64, whole: bool) -> (u64, bool) {
        match self.reader.total_rows() {
            _ if whole => (read, false),
            Some(rows) => (rows, false),
            None => {
                let progress = self.reader.progress();
                let rows = (progress.rows as f64 / progress.share.clamp(1e-9, 1.0)).round() as u64;
                (rows.max(progress.rows).max(read), true)
            }
        }
    }
}

/// Why only the first rows of these files can be taken, where that is so.
fn only_start(files: &Files) -> Option<&'static str> {
    let format = files.format?;
    let indexed = matches!(format, Format::Parquet | Format::ArrowFile);
    let from_anywhere =
        indexed || (format.compression() == Compression::None && (format.is_delimited() || format.is_json()));
    if files.vectors.is_some() && !indexed {
        return Some("the vectors beside it belong to its rows by their place");
    }
    (!from_anywhere).then_some("a file of this format can only be read from its start")
}

fn reader(files: &Files, wanted: Option<Wanted>) -> Result<Box<dyn Reader>, Error> {
    let paths: Vec<PathBuf> = files.files.iter().map(|file| file.path.clone()).collect();
    let sizes: Vec<u64> = files.files.iter().map(|file| file.bytes).collect();
    let vectors = files.vectors.as_ref().map(|vectors| (&vectors.file, vectors.named));
    let mut reader = match (files.format, vectors) {
        (Some(format), _) => table(format, paths.clone(), sizes, wanted, vectors.is_some())?,
        (None, Some((file, _))) => {
            return Ok(Box::new(Columnar::<npy::Reader>::open(vec![file.path.clone()], vec![file.bytes], wanted)?));
        }
        (None, None) => return Err(Error::EmptyFolder { path: files.root.clone(), left_out: String::new() }),
    };
    let partitions: Vec<_> = files.files.iter().map(|file| file.partitions.clone()).collect();
    if !partitions.iter().all(Vec::is_empty) {
        reader = Box::new(Partitioned::new(reader, &paths, &partitions)?);
    }
    Ok(match vectors {
        Some((file, named)) => {
            // A vector belongs to a row by its place: the same slices are read of both.
            let slices = reader.total_rows().zip(wanted).and_then(|(rows, wanted)| wanted.of(rows));
            Box::new(Beside::new(reader, &file.path, named, slices)?)
        }
        None => reader,
    })
}

/// A reader of the tables; `beside`: vectors lie beside them.
fn table(
    format: Format,
    paths: Vec<PathBuf>,
    sizes: Vec<u64>,
    wanted: Option<Wanted>,
    beside: bool,
) -> Result<Box<dyn Reader>, Error> {
    // What does not tell the number of a row must be read from the first one, if its number matters.
    let from_start = wanted.filter(|_| !beside);
    let plain = format.compression() == Compression::None;
    Ok(match format {
        Format::Csv | Format::Tsv | Format::CsvGz | Format::CsvZst => {
            let mut reader = Delimited::open(paths, format, sizes.iter().sum())?;
            match from_start {
                Some(wanted) if plain => {
                    reader.select(&sizes, wanted)?;
                    Box::new(reader)
                }
                from_start => of_each(reader, &sizes, from_start),
            }
        }
        Format::JsonLines | Format::JsonLinesGz | Format::JsonLinesZst => {
            let reader = JsonLines::open(paths, format, &sizes, wanted, !beside)?;
            if plain { Box::new(reader) } else { of_each(reader, &sizes, from_start) }
        }
        Format::Avro => of_each(Columnar::<Avro>::open(paths, sizes.clone(), None)?, &sizes, from_start),
        Format::Parquet => Box::new(Columnar::<Parquet>::open(paths, sizes, wanted)?),
        Format::ArrowFile => Box::new(Columnar::<ArrowFile>::open(paths, sizes, wanted)?),
        Format::ArrowStream => of_each(Columnar::<ArrowStream>::open(paths, sizes.clone(), None)?, &sizes, from_start),
    })
}

/// Some rows of each file, if rows are wanted and there are several files.
fn of_each<R: FileReader + 'static>(reader: R, sizes: &[u64], wanted: Option<Wanted>) -> Box<dyn Reader> {
    match wanted.filter(|_| sizes.len() > 1) {
        Some(wanted) => Box::new(EachFile::new(reader, sizes, wanted)),
        None => Box::new(reader),
    }
}

/// The profile and the working table from the same batches.
struct Both {
    profiler: Profiler,
    writer: TableWriter,
}

impl Sink for Both {
    fn start(&mut self, columns: &[ColumnType]) -> Result<(), Error> {
        self.profiler.start(columns)?;
        self.writer.start(columns)
    }

    fn take(&mut self, batch: &DataFrame) -> Result<(), Error> {
        self.profiler.take(batch)?;
        self.writer.take(batch)
    }
}
