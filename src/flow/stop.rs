//! The reader's Ctrl-C.

use std::sync::atomic::{AtomicUsize, Ordering};

static STOPS: AtomicUsize = AtomicUsize::new(0);

/// The first Ctrl-C ends the run after the current sample, the second one at once.
pub(super) fn listen() {
    // A second call in one process fails, and the first handler goes on working.
    let _ = ctrlc::set_handler(|| {
        if STOPS.fetch_add(1, Ordering::SeqCst) > 0 {
            std::process::exit(i32::from(crate::failure::INTERRUPTED));
        }
    });
}

/// Whether the run is to end.
pub(super) fn stopped() -> bool {
    STOPS.load(Ordering::SeqCst) > 0
}
