//! Which files a data set is made of.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use walkdir::WalkDir;

use super::{partitions, plural};
use crate::vectors::npy;
use crate::{Error, Format};

/// The files of one data set: tables of one format, in the order in which they are read, and vectors beside them.
#[derive(Debug, PartialEq)]
pub(crate) struct Files {
    /// A name for people: the file, the folder or the pattern.
    pub name: String,
    /// What to name in errors about the whole.
    pub root: PathBuf,
    /// The tables, sorted by path; none if vectors are all there is.
    pub files: Vec<DataFile>,
    /// Their format.
    pub format: Option<Format>,
    /// A `.npy` file.
    pub vectors: Option<Vectors>,
    /// What was left out.
    pub notes: Vec<String>,
}

/// One file.
#[derive(Debug, PartialEq)]
pub(crate) struct DataFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its place below the argument that named it.
    pub relative: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// When it was changed, in nanoseconds since 1970.
    pub modified: u128,
    /// Its Hive partitions.
    pub partitions: Vec<(String, Option<String>)>,
}

/// A file of vectors.
#[derive(Debug, PartialEq)]
pub(crate) struct Vectors {
    /// The file.
    pub file: DataFile,
    /// Whether an argument named it; it may also lie in a folder that was named.
    pub named: bool,
}

/// What the arguments lead to.
#[derive(Default)]
struct Found {
    tables: Vec<(DataFile, Format)>,
    vectors: Vec<Vectors>,
}

/// What a folder holds beside data.
#[derive(Default)]
struct LeftOut {
    hidden: u64,
    unknown: u64,
    empty: u64,
    loops: u64,
    example: Option<String>,
    /// What keeps a list of the files that count, which nobody reads here.
    versions: Option<&'static str>,
}

impl Files {
    /// Finds the files of the arguments: paths, folders and patterns.
    ///
    /// # Errors
    /// Nothing there, nothing readable, or different formats.
    pub(crate) fn find(arguments: &[String]) -> Result<Self, Error> {
        let mut found = Found::default();
        let mut left_out = LeftOut::default();
        for argument in arguments {
            let (base, roots) = expand(argument)?;
            for root in roots {
                gather(&root, base.as_deref().unwrap_or(&root), &mut found, &mut left_out)?;
            }
        }
        let vectors = found.only_vectors(&mut left_out)?;
        let mut tables = found.tables;
        tables.sort_by(|one, other| one.0.path.cmp(&other.0.path));
        // The same file may be named twice, by a folder and a pattern.
        tables.dedup_by(|one, other| one.0.path == other.0.path);
        let root = PathBuf::from(arguments.first().map(String::as_str).unwrap_or_default());
        let format = tables.first().map(|(_, format)| *format);
        if format.is_none() && vectors.is_none() {
            return Err(Error::EmptyFolder { path: root, left_out: left_out.summary().unwrap_or_default() });
        }
        if let (Some((file, first)), Some((other, second))) =
            (tables.first(), tables.iter().find(|(_, other)| Some(*other) != format))
        {
            return Err(Error::MixedFormats {
                first: (file.path.clone(), first.name().to_owned()),
                second: (other.path.clone(), second.name().to_owned()),
            });
        }
        let name = match arguments {
            [one] => name_of(one),
            [first, ..] => format!("{first} and {} more", arguments.len() - 1),
            [] => String::new(),
        };
        let notes =
            left_out.summary().map(|what| format!("Left out: {what}.")).into_iter().chain(left_out.stale()).collect();
        Ok(Self { name, root, files: tables.into_iter().map(|(file, _)| file).collect(), format, vectors, notes })
    }

    /// Bytes of all files.
    pub(crate) fn bytes(&self) -> u64 {
        self.all().map(|file| file.bytes).sum()
    }

    /// The tables, and the vectors if there are any.
    pub(crate) fn all(&self) -> impl Iterator<Item = &DataFile> {
        self.files.iter().chain(self.vectors.as_ref().map(|vectors| &vectors.file))
    }

    /// The identity of the data: relative paths, sizes, times of change.
    pub(crate) fn id(&self) -> String {
        let parts: Vec<String> = self
            .all()
            .flat_map(|file| {
                [file.relative.to_string_lossy().into_owned(), file.bytes.to_string(), file.modified.to_string()]
            })
            .collect();
        results::fingerprint(&parts.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

impl Found {
    /// The file of vectors: the one that was named, or the only one in the folders.
    ///
    /// # Errors
    /// If several were named.
    fn only_vectors(&mut self, left_out: &mut LeftOut) -> Result<Option<Vectors>, Error> {
        let mut all = std::mem::take(&mut self.vectors);
        // Named ones first: a file may be named and lie in a folder that is.
        all.sort_by(|one, other| one.file.path.cmp(&other.file.path).then(other.named.cmp(&one.named)));
        all.dedup_by(|one, other| one.file.path == other.file.path);
        let (mut named, mut lying): (Vec<_>, Vec<_>) = all.into_iter().partition(|vectors| vectors.named);
        if let [first, second, ..] = named.as_slice() {
            return Err(Error::Spec {
                text: second.file.path.display().to_string(),
                why: format!("there is a file of vectors already, {}; name one", first.file.path.display()),
            });
        }
        let one = named.pop().or_else(|| if lying.len() == 1 { lying.pop() } else { None });
        left_out.unknown += lying.len() as u64;
        if let Some(name) = lying.first().and_then(|vectors| vectors.file.path.file_name()) {
            left_out.example.get_or_insert_with(|| name.to_string_lossy().into_owned());
        }
        Ok(one)
    }
}

impl LeftOut {
    /// What is read although it may not count.
    fn stale(&self) -> Option<String> {
        self.versions.map(|kind| {
            format!(
                "This is a table of {kind}: every file of the folder is read, also those that its current version has dropped, so rows may \
                 stand twice. Write the current version to a folder of its own if that matters."
            )
        })
    }

    fn summary(&self) -> Option<String> {
        let mut parts = Vec::new();
        let mut add = |count: u64, noun: &str, rest: &str| {
            if count > 0 {
                parts.push(format!("{}{rest}", plural(count, noun)));
            }
        };
        let example = self.example.as_ref().map(|name| format!(", such as {name}")).unwrap_or_default();
        add(self.hidden, "file", " whose name starts with a dot or an underscore");
        let verb = if self.unknown == 1 { "is" } else { "are" };
        add(self.unknown, "file", &format!(" that {verb} no table{example}"));
        add(self.empty, "empty file", "");
        add(self.loops, "link", " that leads back into its own folder");
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// The last part of a path; of `.` and the like, that of the folder that they stand for.
pub(crate) fn name_of(argument: &str) -> String {
    let path = Path::new(argument);
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    name(path).or_else(|| name(&path.canonicalize().ok()?)).unwrap_or_else(|| argument.to_owned())
}

/// The paths that an argument names: itself, or what the pattern matches, with the folder that the pattern starts in.
pub(crate) fn expand(argument: &str) -> Result<(Option<PathBuf>, Vec<PathBuf>), Error> {
    let path = PathBuf::from(argument);
    match fs::metadata(&path) {
        Ok(_) => return Ok((None, vec![path])),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(Error::read(&path, error)),
    }
    let is_pattern = |text: &str| text.contains(['*', '?', '[']);
    if !is_pattern(argument) {
        return Err(Error::NoSuchPath { path });
    }
    let base = path.components().take_while(|part| part.as_os_str().to_str().is_some_and(|text| !is_pattern(text)));
    let base: PathBuf = base.collect();
    let pattern = glob::glob(argument).map_err(|error| Error::Spec {
        text: argument.to_owned(),
        why: format!("the pattern is wrong at character {}: {}", error.pos + 1, error.msg),
    })?;
    let paths: Vec<PathBuf> = pattern
        .map(|path| {
            path.map_err(|error| {
                let path = error.path().to_path_buf();
                Error::read(&path, error.into())
            })
        })
        .collect::<Result<_, _>>()?;
    if paths.is_empty() {
        return Err(Error::NoMatch { pattern: argument.to_owned() });
    }
    Ok((Some(base), paths))
}

/// Adds the data files at `root`: itself, or those below it. Their places are told from `base`.
fn gather(root: &Path, base: &Path, found: &mut Found, left_out: &mut LeftOut) -> Result<(), Error> {
    if root.is_file() && npy::is_one(root) {
        found.vectors.push(Vectors { file: data_file(root, base)?, named: true });
        return Ok(());
    }
    if root.is_file() {
        let format = Format::detect(root)?;
        found.tables.push((data_file(root, base)?, format));
        return Ok(());
    }
    let hidden = |entry: &walkdir::DirEntry| {
        entry.depth() > 0 && entry.file_name().to_str().is_some_and(|name| name.starts_with(['.', '_']))
    };
    let mut walk = WalkDir::new(root).follow_links(true).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.loop_ancestor().is_some() => {
                left_out.loops += 1;
                continue;
            }
            Err(error) => {
                let path = error.path().unwrap_or(root).to_path_buf();
                return Err(Error::read(&path, error.into()));
            }
        };
        if entry.depth() > 0
            && entry.file_type().is_dir()
            && let Some(kind) = versions(&entry)
        {
            left_out.versions = Some(kind);
            walk.skip_current_dir();
            continue;
        }
        if hidden(&entry) {
            left_out.hidden += u64::from(entry.file_type().is_file());
            if entry.file_type().is_dir() {
                walk.skip_current_dir();
            }
            continue;
        }
        if !entry.file_type().is_file() {
            continue;
        }
        if npy::is_one(entry.path()) {
            found.vectors.push(Vectors { file: data_file(entry.path(), base)?, named: false });
            continue;
        }
        match Format::detect(entry.path()) {
            Ok(format) => {
                found.tables.push((data_file(entry.path(), base)?, format));
            }
            Err(Error::UnknownFormat { .. }) => {
                left_out.unknown += 1;
                left_out.example.get_or_insert_with(|| entry.file_name().to_string_lossy().into_owned());
            }
            Err(Error::EmptyFile { .. }) => left_out.empty += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Of which kind of table a folder keeps the versions, if it does.
fn versions(folder: &walkdir::DirEntry) -> Option<&'static str> {
    let describes = |file: fs::DirEntry| file.file_name().to_string_lossy().ends_with(".metadata.json");
    match folder.file_name().to_str()? {
        "_delta_log" => Some("Delta Lake"),
        "metadata" if fs::read_dir(folder.path()).ok()?.flatten().any(describes) => Some("Iceberg"),
        _ => None,
    }
}

fn data_file(path: &Path, base: &Path) -> Result<DataFile, Error> {
    let relative = match path.strip_prefix(base) {
        Ok(relative) if relative != Path::new("") => relative.to_path_buf(),
        _ => path.file_name().map(PathBuf::from).unwrap_or_default(),
    };
    let metadata = fs::metadata(path).map_err(|error| Error::read(path, error))?;
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Ok(DataFile {
        path: path.to_path_buf(),
        partitions: partitions::of(&relative),
        relative,
        bytes: metadata.len(),
        modified: modified.map_or(0, |time| time.as_nanos()),
    })
}
