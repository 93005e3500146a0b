//! Copied panels of the second matrix, which every thread needs: whoever comes first copies one, for all.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicU8, Ordering};

/// Nobody has copied it.
const MISSING: u8 = 0;
/// Somebody copies it.
const BUSY: u8 = 1;
/// It is there, and stays as it is.
const READY: u8 = 2;

/// Panels of the same length.
pub(super) struct Columns<'a, P> {
    numbers: *mut P,
    /// Numbers of a panel.
    len: usize,
    /// Of each panel.
    states: &'a [AtomicU8],
    room: PhantomData<&'a mut [P]>,
}

// SAFETY: a panel is written by the one thread that found it missing, and read by the others when that is done.
unsafe impl<P: Send + Sync> Sync for Columns<'_, P> {}

impl<'a, P> Columns<'a, P> {
    /// All panels that fit into the room, none of which is there.
    pub(super) fn new(numbers: &'a mut [P], len: usize, states: &'a mut Vec<AtomicU8>) -> Self {
        states.clear();
        states.resize_with(numbers.len() / len, || AtomicU8::new(MISSING));
        Self { numbers: numbers.as_mut_ptr(), len, states, room: PhantomData }
    }

    /// Whether nobody has begun to copy a panel.
    pub(super) fn is_missing(&self, panel: usize) -> bool {
        self.states[panel].load(Ordering::Relaxed) == MISSING
    }

    /// A panel, copied by `copy` if it is missing; none while another thread copies it, which may take as long as it pleases the system.
    pub(super) fn get(&self, panel: usize, copy: impl FnOnce(&mut [P])) -> Option<&[P]> {
        let state = &self.states[panel];
        // SAFETY: there are as many panels in the room as states.
        let first = unsafe { self.numbers.add(panel * self.len) };
        match state.compare_exchange(MISSING, BUSY, Ordering::Acquire, Ordering::Acquire) {
            Ok(_) => {
                // SAFETY: this thread alone has found the panel missing, and nobody reads it before it is ready.
                copy(unsafe { std::slice::from_raw_parts_mut(first, self.len) });
                state.store(READY, Ordering::Release);
            }
            Err(READY) => {}
            Err(_) => return None,
        }
        // SAFETY: it is ready, and from then on nobody writes it.
        Some(unsafe { std::slice::from_raw_parts(first, self.len) })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn a_panel_is_copied_once_and_read_by_all() {
        let (mut numbers, mut states) = (vec![0; 7 * 100], Vec::new());
        for round in 1..50 {
            // What was there before is missing again.
            let columns = Columns::new(&mut numbers, 7, &mut states);
            let copies = AtomicU8::new(0);
            std::thread::scope(|scope| {
                for thread in 0..4 {
                    let (columns, copies) = (&columns, &copies);
                    scope.spawn(move || {
                        for i in 0..100 {
                            let panel = (i + thread * 25) % 100;
                            let copy = |to: &mut [usize]| {
                                copies.fetch_add(1, Ordering::Relaxed);
                                to.fill(round * panel);
                            };
                            let there = columns.get(panel, copy);
                            assert!(there.is_none_or(|there| there == [round * panel; 7]));
                            assert!(!columns.is_missing(panel));
                        }
                    });
                }
            });
            assert_eq!(copies.into_inner(), 100);
        }
    }

    #[test]
    fn nobody_waits_for_a_panel() {
        let (mut numbers, mut states, meets) = (vec![0; 4], Vec::new(), Barrier::new(2));
        let columns = Columns::new(&mut numbers, 2, &mut states);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                columns.get(1, |to| {
                    meets.wait();
                    meets.wait();
                    to.fill(5);
                });
                meets.wait();
            });
            meets.wait();
            assert_eq!(columns.get(1, |_| unreachable!("two copies")), None);
            assert_eq!(columns.get(0, |to| to.fill(3)), Some(&[3, 3][..]), "others are free");
            meets.wait();
            meets.wait();
            assert_eq!(columns.get(1, |_| unreachable!("a second copy")), Some(&[5, 5][..]));
        });
    }
}
