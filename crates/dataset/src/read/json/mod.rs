//! JSON Lines: all keys are looked at first, then blocks of lines are parsed in parallel.

mod shape;

use std::io::Cursor;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use rayon::prelude::*;

use self::shape::{Shape, pieces};
use super::blocks::utf8;
use super::each_file::quotas;
use super::sections::{Lines, Section};
use super::texts::Texts;
use super::{ColumnType, FileReader, Progress, Reader, Stop, plural, utc_note};
use crate::Error;
use crate::error::first_line;
use crate::format::{Compression, Format};
use crate::slices::{Part, Wanted};

/// Bytes of a block.
const BLOCK: usize = 2 << 20;

/// Bytes that one thread parses at a time.
const PIECE: usize = 256 << 10;

/// Broken lines that are skipped in any file; beyond them one in a hundred may be.
const FEW_BROKEN: u64 = 10;

/// Files of JSON Lines.
pub(crate) struct JsonLines {
    texts: Texts,
    shape: Shape,
    seen: Seen,
}

/// What was odd in the lines so far.
#[derive(Debug, Default)]
struct Seen {
    broken: u64,
    /// Where the first broken line is: the file and the place in it; and what is wrong with it.
    first_broken: Option<(PathBuf, String, String)>,
    foreign: u64,
}

impl JsonLines {
    /// Opens `files`, which all have `format`; their sizes in bytes are `sizes`. Of more rows than are `wanted` slices are read, if the
    /// files can be entered in the middle and the rows may come from `anywhere`. The keys are those of the rows that are wanted.
    pub(crate) fn open(
        files: Vec<PathBuf>,
        format: Format,
        sizes: &[u64],
        wanted: Option<Wanted>,
        anywhere: bool,
    ) -> Result<Self, Error> {
        let texts = Texts::new(files, format.compression(), b'\n', sizes.iter().sum());
        let mut table = Self { texts, shape: Shape::default(), seen: Seen::default() };
        let first = |wanted: Wanted| {
            let mut quotas = vec![0; sizes.len()];
            quotas[0] = wanted.rows;
            quotas
        };
        let quotas = match wanted {
            None => None,
            Some(wanted) if !anywhere => Some(first(wanted)),
            Some(wanted) if format.compression() != Compression::None => Some(quotas(sizes, wanted)),
            Some(wanted) => {
                let why = "a line is too long to look for the next one";
                table.texts.confine(&Objects, sizes, wanted, why)?.then(|| first(wanted))
            }
        };
        table.find_shape(quotas.as_deref())?;
        table.rewind();
        Ok(table)
    }

    fn rewind(&mut self) {
        self.texts.rewind();
        self.seen = Seen::default();
    }

    /// Looks at the rows that will be read: all, or of each file as many as its quota says, and what the files before it did not give.
    fn find_shape(&mut self, quotas: Option<&[u64]>) -> Result<(), Error> {
        if self.starts_with_array()? {
            return Err(Error::Broken {
                path: self.texts.files[0].clone(),
                what: "this is one JSON array, not one object a line".to_owned(),
                advice: "Convert it first: jq -c '.[]' file.json > file.jsonl.".to_owned(),
            });
        }
        let (mut left, mut seen) = (0_u64, 0);
        while self.texts.open_next(BLOCK)? {
            left =
                left.saturating_add(quotas.map_or(u64::MAX, |quotas| quotas[seen..self.texts.passed()].iter().sum()));
            seen = self.texts.passed();
            while let Some((_, blocks)) = self.texts.current.as_mut().filter(|(_, blocks)| !blocks.bytes().is_empty()) {
                let used = whole_lines(blocks.bytes());
                let text = utf8(&blocks.bytes()[..used]).0;
                let shapes: Vec<Shape> =
                    pieces(&text, PIECE).par_iter().map(|piece| Shape::of(&text[piece.clone()])).collect();
                let lines = memchr::memchr_iter(b'\n', &text).count() as u64;
                left = if quotas.is_some() { left.saturating_sub(lines) } else { left };
                blocks.advance(used)?;
                for shape in &shapes {
                    self.shape = std::mem::take(&mut self.shape).or(shape);
                }
                if left == 0 {
                    break;
                }
            }
            if let Some(quotas) = quotas.filter(|_| left == 0) {
                let rest = quotas.iter().enumerate().skip(self.texts.passed());
                let next = rest.filter(|(_, quota)| **quota > 0).map(|(file, _)| file).next();
                self.texts.skip_to(next.unwrap_or(self.texts.files.len()));
            }
        }
        if self.shape.is_empty() {
            return Err(self.no_object()?);
        }
        Ok(())
    }

    fn starts_with_array(&self) -> Result<bool, Error> {
        Ok(self.texts.first(BLOCK)?.bytes().trim_ascii_start().first() == Some(&b'['))
    }

    /// The error for files without a single object.
    fn no_object(&self) -> Result<Error, Error> {
        let path = self.texts.files[0].clone();
        let blocks = self.texts.first(BLOCK)?;
        let Some(line) = json_lines(blocks.bytes()).next() else { return Ok(Error::EmptyFile { path }) };
        Ok(Error::Broken {
            path,
            what: format!("no line is a JSON object with keys; the first: {}", reason(line)),
            advice: "JSON Lines has one object on each line.".to_owned(),
        })
    }

    /// The next block of the current file as a batch; `None` at its end.
    fn parse_block(&mut self) -> Result<Option<DataFrame>, Stop> {
        let Texts { files, current, rows: read, .. } = &mut self.texts;
        let Some((index, blocks)) = current else { return Ok(None) };
        if blocks.bytes().is_empty() {
            return Ok(None);
        }
        let used = loop {
            match whole_lines(blocks.bytes()) {
                0 => blocks.advance(0)?,
                used => break used,
            };
        };
        let (text, foreign) = utf8(&blocks.bytes()[..used]);
        let parsed: Vec<_> =
            pieces(&text, PIECE).par_iter().map(|piece| parse(&text[piece.clone()], &self.shape)).collect();
        let mut batch = self.shape.empty();
        let mut line = blocks.line();
        let mut misfit = Vec::new();
        for piece in parsed {
            if let (None, Some((offset, why))) = (&self.seen.first_broken, piece.first_broken) {
                self.seen.first_broken = Some((files[*index].clone(), blocks.place(line + offset), why));
            }
            self.seen.broken += piece.broken;
            line += piece.lines;
            match piece.rows {
                Ok(rows) => {
                    let joined = batch.vstack_mut_owned(rows).map(|_| ());
                    joined.map_err(|error| Error::broken(&files[*index], "JSON Lines", error))?;
                }
                Err(text) => misfit.extend_from_slice(&text),
            }
        }
        self.seen.foreign += foreign;
        drop(text);
        blocks.advance(used)?;
        if !misfit.is_empty() {
            let path = files[*index].clone();
            if self.widen(&misfit) {
                return Err(Stop::Restart);
            }
            return Err(Stop::Failed(Error::Broken {
                path,
                what: "some of its lines are JSON objects that cannot be made into rows".to_owned(),
                advice: "Take out nested values, one after the other, to find which.".to_owned(),
            }));
        }
        *read += batch.height() as u64;
        self.refuse_rubbish()?;
        Ok(Some(batch))
    }

    /// Widens the shape by lines that do not fit it. Returns whether there was anything to widen: else another start would end here too.
    fn widen(&mut self, text: &[u8]) -> bool {
        let before = self.shape.clone();
        self.shape = std::mem::take(&mut self.shape).or(&Shape::of(text));
        self.shape.widen(|alone| alone.parse(text).is_some());
        if self.shape == before {
            self.shape.all_text();
        }
        self.shape != before
    }

    /// A few broken lines are skipped and told; many mean that this is something else.
    fn refuse_rubbish(&self) -> Result<(), Error> {
        match &self.seen.first_broken {
            Some((path, place, why)) if self.seen.broken > FEW_BROKEN.max(self.texts.rows / 100) => {
                Err(Error::Broken {
                    path: path.clone(),
                    what: format!(
                        "{} are not JSON objects, among {} that are; the first is {place}: {why}",
                        plural(self.seen.broken, "line"),
                        self.texts.rows
                    ),
                    advice: "Repair or remove these lines.".to_owned(),
                })
            }
            _ => Ok(()),
        }
    }
}

impl Reader for JsonLines {
    fn columns(&self) -> Vec<ColumnType> {
        self.shape.types()
    }

    fn next(&mut self) -> Result<Option<DataFrame>, Stop> {
        loop {
            if self.texts.current.is_none() && !self.texts.open_next(BLOCK)? {
                return Ok(None);
            }
            match self.parse_block()? {
                Some(frame) => return Ok(Some(frame)),
                None => self.texts.current = None,
            }
        }
    }

    fn restart(&mut self) -> Result<(), Error> {
        self.rewind();
        Ok(())
    }

    fn progress(&self) -> Progress {
        self.texts.progress()
    }

    fn total_rows(&self) -> Option<u64> {
        None
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some((path, place, why)) = &self.seen.first_broken {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            let lines = plural(self.seen.broken, "line");
            notes.push(format!("Skipped {lines} that are not JSON objects; the first is {place} of {file}: {why}."));
        }
        notes.extend(utc_note(self.shape.zoned()));
        if self.seen.foreign > 0 {
            notes.push(format!(
                "The text is not all UTF-8: {} read as Latin-1, so accents may be wrong.",
                plural(self.seen.foreign, "byte")
            ));
        }
        notes
    }

    fn file(&self) -> usize {
        self.texts.file()
    }

    fn place(&self) -> PathBuf {
        self.texts.place()
    }

    fn part(&self) -> Part {
        self.texts.part()
    }
}

impl FileReader for JsonLines {
    fn skip_to(&mut self, file: usize) {
        self.texts.skip_to(file);
    }
}

/// One object a line: JSON has no line end inside a value.
struct Objects;

impl Lines for Objects {
    fn line_end(&self) -> u8 {
        b'\n'
    }

    fn head(&self, _: &Path) -> Result<Section, Error> {
        Ok(Section { bytes: 0..0, lines: 0 })
    }

    fn judge(&self, _: &[u8]) -> Option<bool> {
        Some(true)
    }
}

/// What one piece of a block gave.
struct Parsed {
    /// Its rows, or the lines that do not fit the types.
    rows: Result<DataFrame, Vec<u8>>,
    lines: u64,
    broken: u64,
    /// Lines before the first broken one, and what is wrong with it.
    first_broken: Option<(u64, String)>,
}

fn parse(text: &[u8], shape: &Shape) -> Parsed {
    let lines = memchr::memchr_iter(b'\n', text).count() as u64;
    let mut parsed = Parsed { rows: Err(Vec::new()), lines, broken: 0, first_broken: None };
    if let Some(rows) = shape.parse(text) {
        parsed.rows = Ok(rows);
        return parsed;
    }
    let mut whole = Vec::with_capacity(text.len());
    for (number, line) in text.split_inclusive(|&byte| byte == b'\n').enumerate() {
        if !is_json_line(line.strip_suffix(b"\n").unwrap_or(line)) {
            continue;
        }
        if is_object(line) {
            whole.extend_from_slice(line);
        } else {
            parsed.broken += 1;
            parsed.first_broken.get_or_insert_with(|| (number as u64, reason(line)));
        }
    }
    parsed.rows = if whole.is_empty() { Ok(shape.empty()) } else { shape.parse(&whole).ok_or(whole) };
    parsed
}

fn is_object(line: &[u8]) -> bool {
    polars::io::ndjson::infer_schema(&mut Cursor::new(line), None).is_ok()
}

/// What is wrong with a line. The line itself is the user's data and is not shown.
fn reason(line: &[u8]) -> String {
    match serde_json::from_slice::<serde_json::Value>(line) {
        Err(error) => {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            format!("{} in column {}", first_line(message), error.column())
        }
        Ok(serde_json::Value::Array(_)) => "a list, not an object".to_owned(),
        Ok(serde_json::Value::Object(_)) => "an object that the parser refuses".to_owned(),
        Ok(_) => "a bare value, not an object".to_owned(),
    }
}

/// Bytes of the whole lines at the start of `bytes`.
fn whole_lines(bytes: &[u8]) -> usize {
    memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1)
}
