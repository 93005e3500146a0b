//! The reader's images among the arguments of `--data`: JPEG files, in folders or by pattern. They feed the loader; tables are elsewhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use walkdir::WalkDir;

use crate::read::files::{expand, name_of};
use crate::read::plural;
use crate::{Error, Format};

/// The reader's images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// A name for people: the folder or the pattern.
    pub name: String,
    /// The files, sorted by path.
    pub files: Vec<PathBuf>,
    /// Bytes of all.
    pub bytes: u64,
    /// What was left out, as a sentence.
    pub left_out: Option<String>,
    /// Identity: paths, sizes, times of change.
    pub id: String,
}

/// Endings of JPEG files.
const ENDINGS: [&str; 4] = ["jpg", "jpeg", "jpe", "jfif"];
/// Endings of images that the loader does not decode.
const OTHERS: [&str; 9] = ["png", "webp", "gif", "bmp", "tif", "tiff", "heic", "avif", "jxl"];

/// The images that the arguments lead to, if there are any, and the arguments that lead to anything else: those are tables.
///
/// A folder with both serves as both.
///
/// # Errors
/// A path where nothing is, a pattern that matches nothing, or a folder that cannot be read.
pub fn images(arguments: &[String]) -> Result<(Option<Images>, Vec<String>), Error> {
    let mut found = Found::default();
    let mut tables = Vec::new();
    let mut named: Vec<&String> = Vec::new();
    for argument in arguments {
        if argument.starts_with("tpch:") || argument.trim().is_empty() {
            tables.push(argument.clone());
            continue;
        }
        let before = found.files.len();
        let mut table = false;
        for root in expand(argument)?.1 {
            table |= found.gather(&root)?;
        }
        if found.files.len() > before {
            named.push(argument);
        }
        if table || found.files.len() == before {
            tables.push(argument.clone());
        }
    }
    let Some(first) = named.first() else { return Ok((None, tables)) };
    let name = match named.len() - 1 {
        0 => name_of(first),
        more => format!("{} and {more} more", name_of(first)),
    };
    Ok((Some(found.finish(name)), tables))
}

#[derive(Default)]
struct Found {
    files: Vec<(PathBuf, u64, u128)>,
    others: u64,
    unnamed: u64,
}

impl Found {
    /// Adds the images at `root`, or below it; whether there is a table as well.
    fn gather(&mut self, root: &Path) -> Result<bool, Error> {
        let mut table = false;
        let hidden = |entry: &walkdir::DirEntry| {
            entry.depth() > 0 && entry.file_name().to_str().is_some_and(|name| name.starts_with(['.', '_']))
        };
        for entry in WalkDir::new(root).follow_links(true).into_iter().filter_entry(|entry| !hidden(entry)) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if error.loop_ancestor().is_some() => continue,
                // A file that vanished since its folder was listed is no reason to stop.
                Err(error)
                    if error.depth() > 0
                        && error.io_error().is_some_and(|e| e.kind() == std::io::ErrorKind::NotFound) =>
                {
                    continue;
                }
                Err(error) => {
                    let path = error.path().unwrap_or(root).to_path_buf();
                    return Err(Error::read(&path, error.into()));
                }
            };
            if !entry.file_type().is_file() {
                continue;
            }
            let ending = entry.path().extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
            if ENDINGS.contains(&ending.as_str()) {
                self.add(entry.path());
            } else if OTHERS.contains(&ending.as_str()) {
                self.others += 1;
            } else {
                table |= Format::from_name(entry.path()).is_some() || ending == "npy";
            }
        }
        Ok(table)
    }

    fn add(&mut self, path: &Path) {
        // Lists of files are lines of text.
        if path.to_str().is_none() {
            self.unnamed += 1;
        } else if let Ok(metadata) = fs::metadata(path) {
            let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
            self.files.push((path, metadata.len(), modified.map_or(0, |time| time.as_nanos())));
        }
    }

    fn finish(mut self, name: String) -> Images {
        self.files.sort();
        // The same file may be named twice, by a folder and a pattern.
        self.files.dedup_by(|one, other| one.0 == other.0);
        let parts: Vec<String> =
            self.files.iter().map(|(path, bytes, modified)| format!("{} {bytes} {modified}", path.display())).collect();
        let mut left_out = Vec::new();
        if self.others > 0 {
            left_out.push(format!("{} of another format than JPEG", plural(self.others, "image")));
        }
        if self.unnamed > 0 {
            left_out.push(format!("{} whose name is not text", plural(self.unnamed, "file")));
        }
        Images {
            name,
            bytes: self.files.iter().map(|(_, bytes, _)| bytes).sum(),
            left_out: (!left_out.is_empty()).then(|| format!("Left out: {}.", left_out.join("; "))),
            id: results::fingerprint(&parts.iter().map(String::as_str).collect::<Vec<_>>()),
            files: self.files.into_iter().map(|(path, _, _)| path).collect(),
        }
    }
}

impl Images {
    /// What they are, as a sentence for the page on the data.
    #[must_use]
    pub fn note(&self) -> String {
        let mib = self.bytes as f64 / f64::from(1 << 20);
        let count = plural(self.files.len() as u64, "JPEG file");
        let left_out = self.left_out.as_ref().map(|what| format!(" {what}")).unwrap_or_default();
        format!("{NOTE} {count} of {} ({mib:.1} MiB) for the chapter on the loader.{left_out}", self.name)
    }

    /// Whether a note on a data set is one on images.
    #[must_use]
    pub fn is_note(note: &str) -> bool {
        note.starts_with(NOTE)
    }
}

const NOTE: &str = "Images:";
