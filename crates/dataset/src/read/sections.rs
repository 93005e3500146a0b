//! Parts of plain text files: slices of whole lines from all over them, found by byte offsets, so that a file of any size is entered
//! in as many places as there are slices and no more of it is read.
//!
//! A place in the middle of a file is followed by a line end, and the next line begins there. In JSON Lines that is a
//! record; in separated values only if no quote is open, which the bytes before would tell. The caller judges each line: a
//! line inside quotes meets, sooner or later, the quote that ends them, and then is no record. If any line fails, no slices are made.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::slices::Wanted;

/// The longest line that is waited for.
const MAX_LINE: u64 = 64 << 20;

/// A part of a file, of whole lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// Where it is.
    pub bytes: Range<u64>,
    /// Its lines.
    pub lines: u64,
}

/// What is to be read of some files.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Everything: there are no more rows than are wanted.
    Whole,
    /// From the start: no line end can be trusted.
    Start,
    /// The sections of each file, and how many slices of rows they hold.
    Sections(Vec<Vec<Section>>, u64),
}

/// What the planner must know of a format.
pub(crate) trait Lines {
    /// The last byte of a line.
    fn line_end(&self) -> u8;

    /// The part at the start of a file that holds no rows and is always read: a header.
    ///
    /// # Errors
    /// If there is none although there should be.
    fn head(&self, path: &Path) -> Result<Section, Error>;

    /// Whether a line is a record of its own: `None` if it cannot be one, else whether it looks like the others.
    fn judge(&self, line: &[u8]) -> Option<bool>;
}

/// Finds slices of `wanted` rows in the files, whose sizes in bytes are `sizes`.
///
/// # Errors
/// The system's, and those of [`Lines::head`].
pub(crate) fn plan(files: &[PathBuf], sizes: &[u64], format: &dyn Lines, wanted: Wanted) -> Result<Plan, Error> {
    let mut planner = Planner {
        format,
        files: files.iter().zip(sizes.iter().copied()).collect(),
        sections: vec![Vec::new(); files.len()],
        line: Vec::new(),
    };
    // The first rows tell how long lines are, and whether there are more rows than are wanted.
    let Some((end, lines)) = planner.take(At { file: 0, byte: 0 }, wanted.rows)? else { return Ok(Plan::Start) };
    let all: u64 = sizes.iter().sum();
    let read = sizes[..end.file].iter().sum::<u64>() + end.byte;
    if lines < wanted.rows || read >= all {
        return Ok(Plan::Whole);
    }
    // Lines elsewhere may be longer: some room is left, so that the last slices do not meet the end, and more if they did.
    let mut taken = (read + read / 10).min(all);
    loop {
        let Some((slices, missing)) = planner.slices(wanted, taken, all)? else { return Ok(Plan::Start) };
        if missing == 0 || taken == all {
            return Ok(Plan::Sections(planner.sections, slices));
        }
        taken = (taken + taken / 2).min(all);
    }
}

/// A place between two lines, or before the head of a file, or after the last file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct At {
    file: usize,
    byte: u64,
}

struct Planner<'a> {
    format: &'a dyn Lines,
    files: Vec<(&'a PathBuf, u64)>,
    sections: Vec<Vec<Section>>,
    line: Vec<u8>,
}

impl Planner<'_> {
    /// Makes sections of the wanted rows, on the guess that they take so many bytes of `all`. How many slices there are and how many rows
    /// the data did not give; `None` if a line is no record.
    fn slices(&mut self, wanted: Wanted, taken: u64, all: u64) -> Result<Option<(u64, u64)>, Error> {
        self.sections.iter_mut().for_each(Vec::clear);
        let mut at = At { file: 0, byte: 0 };
        let (mut due, mut slices) = (0, 0);
        for (slice, place) in (0..).zip(wanted.places(taken, all)) {
            let rows = wanted.share(wanted.rows, slice);
            due += rows.end - rows.start;
            let begin = self.begin(self.at(place.start), at)?;
            let Some((end, lines)) = self.take(begin, due)? else { return Ok(None) };
            slices += u64::from(lines > 0 && (begin != at || slices == 0));
            // What the data did not give here, it may give further on.
            due -= lines;
            at = end;
        }
        Ok(Some((slices, due)))
    }

    /// The file and offset of a byte of all.
    fn at(&self, mut byte: u64) -> At {
        for (file, (_, size)) in self.files.iter().enumerate() {
            if byte < *size {
                return At { file, byte };
            }
            byte -= size;
        }
        At { file: self.files.len(), byte: 0 }
    }

    /// The first place between two lines that is neither before `wanted` nor before `least`.
    fn begin(&mut self, wanted: At, least: At) -> Result<At, Error> {
        if wanted <= least || wanted.file == self.files.len() {
            return Ok(least);
        }
        let (path, size) = self.files[wanted.file];
        if wanted.byte == 0 {
            return Ok(wanted);
        }
        let mut file = open(path, wanted.byte - 1)?;
        // From the byte before: if it ends a line, the place is one between two lines.
        let skipped = self.line(path, &mut file)?;
        let byte = wanted.byte - 1 + skipped;
        Ok(if byte >= size { At { file: wanted.file + 1, byte: 0 } } else { At { byte, ..wanted } })
    }

    /// Adds the next lines from `at` on, at most `most` rows, to the sections. Where they end and how many there are; `None` if one
    /// is no record.
    fn take(&mut self, mut at: At, most: u64) -> Result<Option<(At, u64)>, Error> {
        let mut taken = 0;
        while at.file < self.files.len() && taken < most {
            let (path, _) = self.files[at.file];
            if self.sections[at.file].is_empty() {
                let head = self.format.head(path)?;
                at.byte = at.byte.max(head.bytes.end);
                self.sections[at.file].push(head);
            }
            let start = at.byte;
            let mut file = open(path, start)?;
            let (mut lines, mut odd, mut ended) = (0, 0, false);
            while taken < most {
                let bytes = self.line(path, &mut file)?;
                if bytes == 0 {
                    ended = true;
                    break;
                }
                if bytes == MAX_LINE {
                    return Ok(None);
                }
                at.byte += bytes;
                lines += 1;
                if self.line.trim_ascii().is_empty() {
                    continue;
                }
                match self.format.judge(&self.line) {
                    None => return Ok(None),
                    Some(usual) => odd += u64::from(!usual),
                }
                taken += 1;
            }
            // Lines of which many look unlike the others may lie in a text.
            if odd > 5.max(lines / 10) {
                return Ok(None);
            }
            if lines > 0 {
                self.add(at.file, Section { bytes: start..at.byte, lines });
            }
            if ended {
                at = At { file: at.file + 1, byte: 0 };
            }
        }
        Ok(Some((at, taken)))
    }

    /// Adds a section; two that touch become one.
    fn add(&mut self, file: usize, section: Section) {
        match self.sections[file].last_mut() {
            Some(last) if last.bytes.end == section.bytes.start => {
                last.bytes.end = section.bytes.end;
                last.lines += section.lines;
            }
            _ => self.sections[file].push(section),
        }
    }

    /// Reads the next line; its bytes, 0 at the end of the file.
    fn line(&mut self, path: &Path, file: &mut BufReader<File>) -> Result<u64, Error> {
        self.line.clear();
        let read = file.by_ref().take(MAX_LINE).read_until(self.format.line_end(), &mut self.line);
        read.map(|bytes| bytes as u64).map_err(|error| Error::read(path, error))
    }
}

fn open(path: &Path, byte: u64) -> Result<BufReader<File>, Error> {
    let unreadable = |error| Error::read(path, error);
    let mut file = BufReader::with_capacity(64 << 10, File::open(path).map_err(unreadable)?);
    file.seek(SeekFrom::Start(byte)).map_err(unreadable)?;
    Ok(file)
}

/// Sections of a file, one after the other, as if they were all of it.
pub(crate) struct Joined<R> {
    file: R,
    sections: std::vec::IntoIter<Section>,
    /// Bytes that are left of the current one.
    left: u64,
}

impl<R: Read + Seek> Joined<R> {
    /// Reads `sections` of `file`.
    pub(crate) fn new(file: R, sections: Vec<Section>) -> Self {
        Self { file, sections: sections.into_iter(), left: 0 }
    }
}

impl<R: Read + Seek> Read for Joined<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left == 0 {
            let Some(section) = self.sections.next() else { return Ok(0) };
            self.file.seek(SeekFrom::Start(section.bytes.start))?;
            self.left = section.bytes.end - section.bytes.start;
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.file.read(&mut buffer[..most])?;
        if read == 0 && most > 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter while it was read"));
        }
        self.left -= read as u64;
        Ok(read)
    }
}

/// Where the line of this number, from 1, of joined sections is in its file, in words.
pub(crate) fn place(sections: &[Section], line: u64) -> String {
    let mut before = 0;
    for section in sections {
        if line <= before + section.lines {
            let inside = line - before;
            return match section.bytes.start {
                0 => format!("line {inside}"),
                start => format!("line {inside} after byte {start}"),
            };
        }
        before += section.lines;
    }
    format!("line {line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of `name,number`, after a head of one line.
    struct Pairs;

    impl Lines for Pairs {
        fn line_end(&self) -> u8 {
            b'\n'
        }

        fn head(&self, _: &Path) -> Result<Section, Error> {
            Ok(Section { bytes: 0..5, lines: 1 })
        }

        fn judge(&self, line: &[u8]) -> Option<bool> {
            let fields = line.split(|&byte| byte == b',').count();
            (!line.contains(&b'"')).then_some(fields == 2)
        }
    }

    struct Made {
        _folder: tempfile::TempDir,
        files: Vec<PathBuf>,
        sizes: Vec<u64>,
    }

    fn made(texts: &[String]) -> Made {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<PathBuf> = (0..texts.len()).map(|i| folder.path().join(format!("{i}.txt"))).collect();
        for (path, text) in files.iter().zip(texts) {
            std::fs::write(path, text).unwrap();
        }
        Made { _folder: folder, files, sizes: texts.iter().map(|text| text.len() as u64).collect() }
    }

    fn rows(numbers: Range<u64>) -> String {
        numbers.fold("a,b\r\n".to_owned(), |text, i| text + &format!("{},{i}\n", "x".repeat((i % 7) as usize)))
    }

    /// The numbers of the rows that a plan takes.
    fn taken(made: &Made, plan: &Plan) -> Vec<u64> {
        let Plan::Sections(sections, _) = plan else { panic!("{plan:?}") };
        let mut numbers = Vec::new();
        for (path, sections) in made.files.iter().zip(sections) {
            let mut text = String::new();
            Joined::new(File::open(path).unwrap(), sections.clone()).read_to_string(&mut text).unwrap();
            let lines = sections.iter().map(|section| section.lines).sum::<u64>();
            assert_eq!(text.lines().count() as u64, lines);
            assert!(sections.is_empty() || text.starts_with("a,b\r\n"), "{text}");
            numbers.extend(text.lines().skip(1).map(|line| line.split_once(',').unwrap().1.parse::<u64>().unwrap()));
        }
        numbers
    }

    #[test]
    fn slices_are_whole_lines_from_all_over() {
        let all = 20_000;
        for texts in [
            vec![rows(0..all)],
            vec![rows(0..all).trim_end().to_owned()],
            (0..8).map(|i| rows(i * all / 8..(i + 1) * all / 8)).collect(),
            (0..2_000).map(|i| rows(i * all / 2_000..(i + 1) * all / 2_000)).collect(),
        ] {
            let made = made(&texts);
            for wanted in [1, 10, 1_000, 15_000, 19_000] {
                let wanted = Wanted { rows: wanted, seed: 5 };
                let plan = plan(&made.files, &made.sizes, &Pairs, wanted).unwrap();
                let numbers = taken(&made, &plan);
                let files = texts.len();
                // Where nearly all are wanted, the end may come before the last ones.
                let least = if wanted.rows > all * 9 / 10 { wanted.rows * 97 / 100 } else { wanted.rows };
                assert!((least..=wanted.rows).contains(&(numbers.len() as u64)), "{files} files: {}", numbers.len());
                assert!(numbers.windows(2).all(|two| two[0] < two[1]), "{files} files, {wanted:?}");
                if wanted.rows == 1_000 {
                    let tenth = |tenth: u64| numbers.iter().filter(|&n| n * 10 / all == tenth).count();
                    assert!(
                        (0..10).all(|i| tenth(i) >= 40),
                        "{files} files: {:?}",
                        (0..10).map(tenth).collect::<Vec<_>>()
                    );
                }
            }
        }
    }

    #[test]
    fn no_more_rows_than_are_wanted_are_all() {
        let made = made(&[rows(0..10), rows(10..20)]);
        let plan = |rows| plan(&made.files, &made.sizes, &Pairs, Wanted { rows, seed: 0 }).unwrap();
        assert_eq!(plan(21), Plan::Whole);
        assert_eq!(plan(1_000), Plan::Whole);
        assert_eq!(taken(&made, &plan(10)).len(), 10);
    }

    #[test]
    fn a_line_that_is_no_record_ends_it() {
        let quoted = rows(0..5_000) + "\"x\ny\",7\n" + &rows(0..5_000)[5..];
        let odd = rows(0..5_000) + &"one field\n".repeat(5_000);
        for text in [quoted, odd] {
            let made = made(&[text]);
            // Where the wanted rows are most of all, every line is looked at.
            let wanted = Wanted { rows: 9_000, seed: 0 };
            assert_eq!(plan(&made.files, &made.sizes, &Pairs, wanted).unwrap(), Plan::Start);
        }
    }

    #[test]
    fn places_are_told_in_words() {
        let section = |start, end, lines| Section { bytes: start..end, lines };
        let sections = [section(0, 10, 2), section(50, 90, 3)];
        assert_eq!(place(&sections, 2), "line 2");
        assert_eq!(place(&sections, 3), "line 1 after byte 50");
        assert_eq!(place(&sections, 5), "line 3 after byte 50");
    }
}
