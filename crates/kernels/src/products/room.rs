//! Room for copied panels, kept from call to call.

use std::sync::atomic::AtomicU8;
use std::sync::{Mutex, PoisonError};

use super::columns::Columns;
use super::pack::Packed;

/// Room of a product.
#[derive(Debug, Default)]
pub(super) struct Room<P> {
    columns: Lines<P>,
    states: Vec<AtomicU8>,
    own: Own<P>,
}

impl<P: Packed> Room<P> {
    /// So many panels of columns for all tasks, and what each of them needs beside these.
    pub(super) fn panels(&mut self, count: usize, len: usize) -> (Columns<'_, P>, &Own<P>) {
        (Columns::new(self.columns.get(count * len), len, &mut self.states), &self.own)
    }
}

/// Room of each task that is under way.
#[derive(Debug, Default)]
pub(super) struct Own<P> {
    free: Mutex<Vec<OfTask<P>>>,
}

/// Room of a task.
#[derive(Debug, Default)]
pub(super) struct OfTask<P> {
    /// For its rows.
    pub(super) rows: Lines<P>,
    /// For columns that another thread is copying.
    pub(super) columns: Lines<P>,
}

impl<P: Default> Own<P> {
    /// Runs a task with room of its own.
    pub(super) fn with(&self, task: impl FnOnce(&mut OfTask<P>)) {
        let free = || self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut room = free().pop().unwrap_or_default();
        task(&mut room);
        free().push(room);
    }
}

/// Numbers of which the first one starts a cache line, so that no register is read from two.
#[derive(Debug, Default)]
pub(super) struct Lines<P> {
    numbers: Vec<P>,
}

impl<P: Packed> Lines<P> {
    /// As many numbers; they hold whatever was there.
    pub(super) fn get(&mut self, len: usize) -> &mut [P] {
        const LINE: usize = 64;
        let slack = LINE / size_of::<P>();
        if self.numbers.len() < len + slack {
            self.numbers = vec![P::default(); len + slack];
        }
        // Where the start cannot be reached in whole numbers, speed is lost and nothing else.
        let skip = self.numbers.as_ptr().align_offset(LINE).min(slack);
        &mut self.numbers[skip..skip + len]
    }
}
