//! Workers that are threads of this process: they claim batches by number, and a bounded queue puts them in order again.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::{Batch, Consumer, Feed, Knobs, Pass, Trouble, Work, pass};

/// One pass over all batches of `work`.
///
/// # Errors
/// Those of the consumer.
pub fn pass<W: Work>(work: &W, knobs: Knobs, consumer: &mut dyn Consumer) -> anyhow::Result<Pass> {
    passes(work, knobs, consumer, 1)
}

/// So many passes as one: the queue is not drained between them.
///
/// # Errors
/// Those of the consumer.
pub fn passes<W: Work>(work: &W, knobs: Knobs, consumer: &mut dyn Consumer, count: usize) -> anyhow::Result<Pass> {
    with_feed(work, knobs, work.batches().saturating_mul(count), |feed| pass::drive(feed, consumer))
}

/// The first `batches` batches; after the last one of a pass comes the first one again, and workers go on making them until the
/// end, so that the queue is never drained for want of work.
///
/// # Errors
/// Those of the consumer.
pub fn some<W: Work>(work: &W, knobs: Knobs, consumer: &mut dyn Consumer, batches: usize) -> anyhow::Result<Pass> {
    with_feed(work, knobs, usize::MAX, |feed| pass::drive_some(feed, consumer, batches))
}

/// Runs `body` with a feed of `total` batches; when it returns, the workers are gone.
pub fn with_feed<W: Work, R>(work: &W, knobs: Knobs, total: usize, body: impl FnOnce(&mut dyn Feed) -> R) -> R {
    if knobs.workers == 0 {
        let tools = work.tools();
        return body(&mut Inline { work, tools, next: 0, total, spare: None });
    }
    let queue = Queue {
        state: Mutex::new(State::default()),
        room: Condvar::new(),
        ready: Condvar::new(),
        ahead: knobs.ahead(),
        total,
    };
    std::thread::scope(|scope| {
        // Dropped before the scope waits for the threads, also when `body` panics.
        let mut feed = Threads { queue: &queue };
        let queue = &queue;
        // Where the system refuses another thread, those that started do the work.
        let start =
            || std::thread::Builder::new().name("loader".to_owned()).spawn_scoped(scope, || serve(work, queue)).is_ok();
        let started = (0..knobs.workers).take_while(|_| start()).count();
        if started == 0 {
            return body(&mut Inline { work, tools: work.tools(), next: 0, total, spare: None });
        }
        body(&mut feed)
    })
}

struct Queue {
    state: Mutex<State>,
    /// A batch was taken: there is room for another one.
    room: Condvar,
    /// A batch became ready.
    ready: Condvar,
    ahead: usize,
    total: usize,
}

#[derive(Default)]
struct State {
    /// The next batch to be claimed.
    next: usize,
    /// Batches that the consumer took.
    taken: usize,
    done: BTreeMap<usize, Batch>,
    spare: Vec<Batch>,
    stop: bool,
    depths: Vec<(Instant, usize)>,
}

impl State {
    fn note_depth(&mut self) {
        self.depths.push((Instant::now(), self.done.len()));
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock leaves it half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Claims the next batch when there is room for it.
    fn claim<W: Work>(&self, work: &W) -> Option<(usize, Batch)> {
        let mut state = self.lock();
        while !state.stop && state.next < self.total && state.next >= state.taken + self.ahead {
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.stop || state.next >= self.total {
            return None;
        }
        let number = state.next;
        state.next += 1;
        Some((number, state.spare.pop().unwrap_or_else(|| work.batch())))
    }
}

fn serve<W: Work>(work: &W, queue: &Queue) {
    let mut tools = work.tools();
    while let Some((number, mut batch)) = queue.claim(work) {
        fill(work, &mut tools, number, &mut batch);
        let mut state = queue.lock();
        state.done.insert(number, batch);
        state.note_depth();
        drop(state);
        queue.ready.notify_one();
    }
}

/// Makes a batch; if that panics, the batch is empty, and the worker starts afresh.
fn fill<W: Work>(work: &W, tools: &mut W::Tools, number: usize, batch: &mut Batch) {
    batch.clear();
    batch.number = number;
    let made = catch_unwind(AssertUnwindSafe(|| work.make(number % work.batches().max(1), tools, batch)));
    if made.is_err() {
        batch.clear();
        batch.troubles.add(Trouble::WorkerDied, format!("at batch {number}"));
        *tools = work.tools();
    }
}

struct Threads<'a> {
    queue: &'a Queue,
}

impl Feed for Threads<'_> {
    fn next(&mut self) -> anyhow::Result<Option<Batch>> {
        let mut state = self.queue.lock();
        let number = state.taken;
        if number >= self.queue.total {
            return Ok(None);
        }
        loop {
            if let Some(batch) = state.done.remove(&number) {
                state.taken += 1;
                state.note_depth();
                drop(state);
                self.queue.room.notify_one();
                return Ok(Some(batch));
            }
            state = self.queue.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give_back(&mut self, batch: Batch) {
        self.queue.lock().spare.push(batch);
    }

    fn depths(&mut self) -> Vec<(Instant, usize)> {
        std::mem::take(&mut self.queue.lock().depths)
    }
}

impl Drop for Threads<'_> {
    fn drop(&mut self) {
        self.queue.lock().stop = true;
        self.queue.room.notify_all();
    }
}

/// No workers: each batch is made when it is asked for.
struct Inline<'a, W: Work> {
    work: &'a W,
    tools: W::Tools,
    next: usize,
    total: usize,
    spare: Option<Batch>,
}

impl<W: Work> Feed for Inline<'_, W> {
    fn next(&mut self) -> anyhow::Result<Option<Batch>> {
        if self.next >= self.total {
            return Ok(None);
        }
        let mut batch = self.spare.take().unwrap_or_else(|| self.work.batch());
        fill(self.work, &mut self.tools, self.next, &mut batch);
        self.next += 1;
        Ok(Some(batch))
    }

    fn give_back(&mut self, batch: Batch) {
        self.spare = Some(batch);
    }

    fn depths(&mut self) -> Vec<(Instant, usize)> {
        Vec::new()
    }
}
