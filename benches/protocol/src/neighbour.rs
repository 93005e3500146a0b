//! Another program on the same machine: keeps one core busy and the memory bus too.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// 64 MiB, beyond most caches.
const WORDS: usize = 8 << 20;

/// Runs until it is dropped.
pub(crate) struct Neighbour {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Neighbour {
    pub(crate) fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut buffer = vec![1_u64; WORDS];
            while !stopped.load(Ordering::Relaxed) {
                buffer.iter_mut().for_each(|word| *word = word.wrapping_mul(3).rotate_left(5));
                black_box(&buffer);
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic in it could only be one of allocation, which its own message has reported.
            let _ = thread.join();
        }
    }
}
