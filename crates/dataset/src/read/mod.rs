//! Reading data in batches: whatever its size, only a few batches are in memory.
//!
//! A [`Reader`] makes batches, [`run`] hands them to a [`Sink`], while the next one is being made. Text formats do not store
//! types; when a guess fails, the reader asks for a new start with wider types, and the sink starts again too.

pub(crate) mod arrow;
pub(crate) mod avro;
pub(crate) mod beside;
pub(crate) mod blocks;
pub(crate) mod columnar;
pub(crate) mod delimited;
pub(crate) mod each_file;
pub(crate) mod files;
pub(crate) mod guess;
pub(crate) mod json;
pub(crate) mod parquet;
pub(crate) mod partitions;
pub(crate) mod records;
pub(crate) mod sections;
pub(crate) mod sniff;
mod texts;
pub(crate) mod times;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;

use polars::prelude::*;

use crate::Error;
use crate::error::first_line;
use crate::slices::Part;

/// A column as the reader gives it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ColumnType {
    /// Its name.
    pub name: PlSmallStr,
    /// Its type in the batches.
    pub dtype: DataType,
    /// Whether the data has lists or objects in it, of which the batches hold only a text.
    pub nested: Option<Nested>,
}

/// What a nested column of JSON holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nested {
    /// Lists.
    List,
    /// Objects.
    Struct,
}

impl ColumnType {
    /// A column of plain values.
    pub(crate) fn plain(name: PlSmallStr, dtype: DataType) -> Self {
        Self { name, dtype, nested: None }
    }

    /// The type in field terms: `i64`, `text`, `datetime`, `list`.
    pub(crate) fn term(&self) -> &'static str {
        match self.nested {
            Some(Nested::List) => "list",
            Some(Nested::Struct) => "struct",
            None => term(&self.dtype),
        }
    }
}

/// A type in field terms: `i64`, `text`, `datetime`, `list`.
#[must_use]
pub fn term(dtype: &DataType) -> &'static str {
    match dtype {
        DataType::Boolean => "bool",
        DataType::Int8 => "i8",
        DataType::Int16 => "i16",
        DataType::Int32 => "i32",
        DataType::Int64 => "i64",
        DataType::UInt8 => "u8",
        DataType::UInt16 => "u16",
        DataType::UInt32 => "u32",
        DataType::UInt64 => "u64",
        DataType::Float32 => "f32",
        DataType::Float64 => "f64",
        DataType::String => "text",
        DataType::Date => "date",
        DataType::Datetime(..) => "datetime",
        DataType::Categorical(..) | DataType::Enum(..) => "category",
        DataType::Decimal(..) => "decimal",
        DataType::List(_) | DataType::Array(..) => "list",
        DataType::Struct(_) => "struct",
        DataType::Binary | DataType::BinaryOffset => "binary",
        DataType::Time => "time",
        DataType::Duration(_) => "duration",
        DataType::Null => "null",
        _ => "other",
    }
}

/// Why a reader gives no batch.
pub(crate) enum Stop {
    /// It cannot go on.
    Failed(Error),
    /// The types that it promised do not hold: it starts again with wider ones.
    Restart,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Makes batches of a table, in order.
pub(crate) trait Reader: Send {
    /// The columns of the batches to come.
    fn columns(&self) -> Vec<ColumnType>;

    /// The next batch; `None` at the end.
    fn next(&mut self) -> Result<Option<DataFrame>, Stop>;

    /// Goes back to the first row, after [`Stop::Restart`].
    fn restart(&mut self) -> Result<(), Error>;

    /// What was read so far: rows, and the share of the data that held them, 0 to 1.
    fn progress(&self) -> Progress;

    /// Rows of the whole data, if that can be told without reading it.
    fn total_rows(&self) -> Option<u64>;

    /// What a reader of the results should know about what was read so far.
    fn notes(&self) -> Vec<String>;

    /// Number of the file that the last batch came from.
    fn file(&self) -> usize;

    /// The file to name when something goes wrong that names none itself.
    fn place(&self) -> PathBuf;

    /// Which part of the data it gives.
    fn part(&self) -> Part {
        Part::All
    }
}

/// Makes batches of several files, one after the other.
pub(crate) trait FileReader: Reader {
    /// Leaves the file that is being read, and goes on with the one of this number.
    fn skip_to(&mut self, file: usize);
}

/// How far a reader got.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Progress {
    /// Rows in the batches so far.
    pub rows: u64,
    /// Share of the data's bytes that held them, 0 to 1.
    pub share: f64,
}

/// Takes batches.
pub(crate) trait Sink {
    /// A table with these columns begins; what was taken before is void.
    fn start(&mut self, columns: &[ColumnType]) -> Result<(), Error>;

    /// The next rows.
    fn take(&mut self, batch: &DataFrame) -> Result<(), Error>;
}

/// How much was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    /// Rows that the sink got.
    pub rows: u64,
    /// Whether these were all.
    pub whole: bool,
}

/// Hands all batches of `reader` to `sink`, at most `limit` rows. One batch is made while another is taken.
///
/// # Errors
/// Those of the reader and of the sink; a panic in the reader (a damaged file can cause one in a decoder) becomes
/// [`Error::Broken`].
pub(crate) fn run(reader: &mut dyn Reader, limit: Option<u64>, sink: &mut dyn Sink) -> Result<Read, Error> {
    loop {
        sink.start(&reader.columns())?;
        match pass(reader, limit, sink) {
            Ok(read) => return Ok(read),
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Restart) => reader.restart()?,
        }
    }
}

fn pass(reader: &mut dyn Reader, limit: Option<u64>, sink: &mut dyn Sink) -> Result<Read, Stop> {
    let limit = limit.unwrap_or(u64::MAX);
    let place = reader.place();
    std::thread::scope(|scope| {
        // No room in the channel: one batch is being taken, one is made, and no third waits in memory.
        let (sender, receiver) = sync_channel(0);
        let producer = scope.spawn(move || {
            loop {
                let message = reader.next().transpose();
                let Some(message) = message else { return };
                let last = message.is_err();
                if sender.send(message).is_err() || last {
                    return;
                }
            }
        });
        let mut rows = 0;
        let mut whole = true;
        let mut result = Ok(());
        for message in &receiver {
            result = message.and_then(|batch| {
                let left = limit - rows;
                let height = batch.height() as u64;
                if height > left {
                    whole = false;
                    rows = limit;
                    sink.take(&batch.slice(0, usize::try_from(left).unwrap_or(usize::MAX)))?;
                } else {
                    rows += height;
                    sink.take(&batch)?;
                }
                Ok(())
            });
            if result.is_err() || !whole {
                break;
            }
        }
        // A producer that waits to send gives up now.
        drop(receiver);
        if let Err(panic) = producer.join() {
            return Err(Stop::Failed(gave_up(&place, &*panic)));
        }
        result.map(|()| Read { rows, whole })
    })
}

/// The note on times with an offset in `columns` columns; none for none.
pub(crate) fn utc_note(columns: usize) -> Option<String> {
    let columns = (columns > 0).then(|| plural(columns as u64, "column"))?;
    Some(format!("In {columns} times are kept in UTC, without their zone."))
}

/// `1 row`, `2 rows`.
pub(crate) fn plural(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Opens a file with a decoder that may panic when the file is damaged.
pub(crate) fn guarded<T>(path: &Path, open: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(open)).unwrap_or_else(|panic| Err(gave_up(path, &*panic)))
}

/// The error for a decoder that panicked.
fn gave_up(path: &Path, panic: &(dyn Any + Send)) -> Error {
    Error::Broken {
        path: path.to_path_buf(),
        what: format!("decoding it failed ({})", first_line(&panic_message(panic))),
        advice: "It may be damaged: write or copy it again.".to_owned(),
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let message = panic.downcast_ref::<&str>().map(|&text| text.to_owned());
    message.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".to_owned())
}
