//! Some rows of each file, where the format lets nobody begin in the middle: compressed texts, Avro, Arrow streams.

use std::path::PathBuf;

use polars::prelude::*;

use super::{ColumnType, FileReader, Progress, Reader, Stop};
use crate::slices::{Part, Wanted};

/// The first rows of files from all over the data, together at most as many as are wanted.
pub(crate) struct EachFile<R> {
    inner: R,
    /// Rows to take of each file.
    quotas: Vec<u64>,
    at: At,
    /// The last file that gave rows, and how many did.
    given: (Option<usize>, u64),
    /// Whether rows were left out.
    cut: bool,
}

/// How far the reading is.
#[derive(Clone, Copy)]
enum At {
    Start,
    /// In this file, of which so many more rows may be taken.
    File(usize, u64),
    End,
}

impl<R: FileReader> EachFile<R> {
    /// Shares the wanted rows out among the files that `inner` reads, whose sizes in bytes are `sizes`.
    pub(crate) fn new(inner: R, sizes: &[u64], wanted: Wanted) -> Self {
        Self { inner, quotas: quotas(sizes, wanted), at: At::Start, given: (None, 0), cut: false }
    }

    /// Goes on with the first file from this one on of which rows are to be taken.
    fn go_on(&mut self, from: usize) {
        let next = (from..self.quotas.len()).find(|&file| self.quotas[file] > 0);
        self.cut |= next.unwrap_or(self.quotas.len()) > from;
        self.at = next.map_or(At::End, |file| At::File(file, self.quotas[file]));
        if let Some(file) = next {
            self.inner.skip_to(file);
        }
    }
}

/// Rows to take of files of these `sizes`, in bytes.
pub(crate) fn quotas(sizes: &[u64], wanted: Wanted) -> Vec<u64> {
    let all = sizes.iter().sum::<u64>().max(1);
    let mut quotas = vec![0; sizes.len()];
    if sizes.len() as u64 <= wanted.slices() {
        let part = |bytes: u64| (u128::from(wanted.rows) * u128::from(bytes) / u128::from(all)) as u64;
        let mut before = 0;
        for (quota, size) in quotas.iter_mut().zip(sizes) {
            *quota = part(before + size) - part(before);
            before += size;
        }
        return quotas;
    }
    // More files than slices: a file gives the rows of the slices that begin in it, the first one in the first.
    for slice in 0..wanted.slices() {
        let share = wanted.share(all, slice);
        let place =
            share.start + if slice == 0 { 0 } else { wanted.place((share.end - share.start).max(1) - 1, slice) };
        let rows = wanted.share(wanted.rows, slice);
        let mut end = 0;
        let file = sizes.iter().position(|size| {
            end += size;
            place < end
        });
        quotas[file.unwrap_or(0)] += rows.end - rows.start;
    }
    quotas
}

impl<R: FileReader> Reader for EachFile<R> {
    fn columns(&self) -> Vec<ColumnType> {
        self.inner.columns()
    }

    fn next(&mut self) -> Result<Option<DataFrame>, Stop> {
        if let At::Start = self.at {
            self.go_on(0);
        }
        while let At::File(file, left) = self.at {
            let Some(batch) = self.inner.next()? else { break };
            let now = self.inner.file();
            // A file that ended before its rows were taken leaves them to the next one.
            let left = left + self.quotas[file + 1..=now].iter().sum::<u64>();
            let rows = left.min(batch.height() as u64);
            self.at = At::File(now, left - rows);
            if rows < batch.height() as u64 {
                self.cut = true;
                self.go_on(now + 1);
            }
            if rows > 0 {
                if self.given.0 != Some(now) {
                    self.given = (Some(now), self.given.1 + 1);
                }
                return Ok(Some(batch.slice(0, rows as usize)));
            }
        }
        self.at = At::End;
        Ok(None)
    }

    fn restart(&mut self) -> Result<(), crate::Error> {
        (self.at, self.given, self.cut) = (At::Start, (None, 0), false);
        self.inner.restart()
    }

    fn progress(&self) -> Progress {
        self.inner.progress()
    }

    fn total_rows(&self) -> Option<u64> {
        self.inner.total_rows()
    }

    fn notes(&self) -> Vec<String> {
        self.inner.notes()
    }

    /// The file of the last batch: the inner reader may be at the next one already.
    fn file(&self) -> usize {
        self.given.0.unwrap_or(0)
    }

    fn place(&self) -> PathBuf {
        self.inner.place()
    }

    fn part(&self) -> Part {
        if self.cut { Part::Files(self.given.1) } else { Part::All }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(rows: u64) -> Wanted {
        Wanted { rows, seed: 1 }
    }

    #[test]
    fn few_files_share_the_rows_by_their_bytes() {
        assert_eq!(quotas(&[100], wanted(1000)), [1000]);
        assert_eq!(quotas(&[100, 300], wanted(1000)), [250, 750]);
        assert_eq!(quotas(&[1, 1, 1], wanted(1000)), [333, 333, 334]);
        assert_eq!(quotas(&[0, 0], wanted(10)), [0, 0]);
    }

    #[test]
    fn of_many_files_some_give_rows_and_the_first_does() {
        let sizes = vec![1_000; 10_000];
        let quotas = quotas(&sizes, wanted(50_000));
        assert_eq!(quotas.iter().sum::<u64>(), 50_000);
        let giving: Vec<usize> = (0..sizes.len()).filter(|&file| quotas[file] > 0).collect();
        assert_eq!((giving.len(), giving[0]), (100, 0));
        assert!(giving.windows(2).all(|two| two[1] - two[0] < 250), "{giving:?}");
    }
}
