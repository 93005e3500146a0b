//! Where the records of a run go.

use results::{Record, Writer};

use crate::failure::{Failure, system};

/// Where records go: to the file at once, and kept for rendering.
pub(super) struct Sink {
    pub(super) writer: Writer,
    pub(super) records: Vec<Record>,
}

impl Sink {
    /// Writes a record.
    pub(super) fn put(&mut self, record: Record) -> Result<(), Failure> {
        self.writer.write(&record).map_err(|e| {
            let finished = self.records.iter().filter(|r| matches!(r, Record::Case(_))).count();
            system(format_args!(
                "{e}\n{finished} finished cases are kept in that file, and the next run resumes from them"
            ))
        })?;
        self.records.push(record);
        Ok(())
    }
}
