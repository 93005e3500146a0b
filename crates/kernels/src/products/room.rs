//! Room for copied panels, kept from call to call.

use std::sync::{Mutex, PoisonError};

use super::pack::Packed;

/// Room of each task that is under way.
#[derive(Debug, Default)]
pub(super) struct Rooms<P> {
    free: Mutex<Vec<Room<P>>>,
}

impl<P> Rooms<P> {
    /// Runs a task with room of its own.
    pub(super) fn with(&self, task: impl FnOnce(&mut Room<P>))
    where
        P: Default,
    {
        let free = || self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut room = free().pop().unwrap_or_default();
        task(&mut room);
        free().push(room);
    }
}

/// Room of a task.
#[derive(Debug, Default)]
pub(super) struct Room<P> {
    pub(super) first: Lines<P>,
    pub(super) second: Lines<P>,
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
