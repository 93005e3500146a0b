//! The default table: a log of purchases as an ML team has it, made from a seed.
//!
//! Rows come in blocks, and every column of a block has its own stream of random values: the table is the same for any
//! number of threads, and on any machine.

mod block;
pub(crate) mod random;
mod words;
mod world;

use std::path::PathBuf;

use polars::prelude::DataFrame;
use rayon::prelude::*;

use self::block::{BLOCK, block};
use self::world::World;
use crate::Error;
use crate::read::{ColumnType, Progress, Reader, Stop};

/// Version of the table's definition: another version, other values.
pub(crate) const VERSION: u32 = 1;

/// The table's name.
pub(crate) const NAME: &str = "purchases";

/// The identity of the table of `rows` rows from `seed`.
pub(crate) fn id(seed: u64, rows: u64) -> String {
    results::fingerprint(&[NAME, &VERSION.to_string(), &seed.to_string(), &rows.to_string()])
}

/// Makes the table in batches.
pub(crate) struct Purchases {
    world: World,
    columns: Vec<ColumnType>,
    next_block: u64,
}

impl Purchases {
    /// A table of `rows` rows.
    pub(crate) fn new(seed: u64, rows: u64) -> Result<Self, Error> {
        let columns = block(&World::new(seed, 1), 0).map_err(failed)?;
        let columns = columns.columns().iter();
        Ok(Self {
            columns: columns.map(|column| ColumnType::plain(column.name().clone(), column.dtype().clone())).collect(),
            world: World::new(seed, rows.max(1)),
            next_block: 0,
        })
    }
}

fn failed(source: polars::prelude::PolarsError) -> Error {
    Error::Engine { path: NAME.into(), source }
}

impl Reader for Purchases {
    fn columns(&self) -> Vec<ColumnType> {
        self.columns.clone()
    }

    fn next(&mut self) -> Result<Option<DataFrame>, Stop> {
        let end = self.world.rows.div_ceil(BLOCK).min(self.next_block + rayon::current_num_threads() as u64);
        let blocks: Vec<_> = (self.next_block..end).into_par_iter().map(|number| block(&self.world, number)).collect();
        self.next_block = end;
        let mut batch: Option<DataFrame> = None;
        for block in blocks {
            let block = block.map_err(failed)?;
            match &mut batch {
                Some(batch) => batch.vstack_mut_owned(block).map(|_| ()).map_err(failed)?,
                None => batch = Some(block),
            }
        }
        Ok(batch)
    }

    fn restart(&mut self) -> Result<(), Error> {
        self.next_block = 0;
        Ok(())
    }

    fn progress(&self) -> Progress {
        let rows = (self.next_block * BLOCK).min(self.world.rows);
        Progress { rows, share: rows as f64 / self.world.rows as f64 }
    }

    fn total_rows(&self) -> Option<u64> {
        Some(self.world.rows)
    }

    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    fn file(&self) -> usize {
        0
    }

    fn place(&self) -> PathBuf {
        NAME.into()
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{CsvWriter, SerWriter};

    use super::*;

    fn table(seed: u64, rows: u64, threads: usize) -> DataFrame {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut reader = Purchases::new(seed, rows).unwrap();
            let mut whole: Option<DataFrame> = None;
            while let Ok(Some(batch)) = reader.next() {
                match &mut whole {
                    Some(whole) => whole.vstack_mut_owned(batch).map(|_| ()).unwrap(),
                    None => whole = Some(batch),
                }
            }
            whole.unwrap()
        })
    }

    #[test]
    fn the_table_does_not_depend_on_threads() {
        let rows = BLOCK * 2 + 100;
        let one = table(7, rows, 1);
        assert_eq!(one.height() as u64, rows);
        assert!(one.equals_missing(&table(7, rows, 3)));
        assert!(!one.equals_missing(&table(8, rows, 1)));
    }

    #[test]
    fn the_definition_has_not_changed() {
        // A failure here means other values for the same seed: raise VERSION, then take over the new number.
        let mut table = table(1, 2000, 2);
        let mut bytes = Vec::new();
        CsvWriter::new(&mut bytes).finish(&mut table).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!((VERSION, results::fingerprint(&[&text]).as_str()), (1, "426ec3a4ae55e31e"), "{}", &text[..2000]);
    }

    #[test]
    fn identities_tell_tables_apart() {
        let ids = [id(1, 100), id(2, 100), id(1, 200)];
        assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2]);
        assert_eq!(id(1, 100), ids[0]);
    }
}
