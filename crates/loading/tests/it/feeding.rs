//! Workers, queues, and the order of batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use loading::{Accelerator, Batch, Consumer, Data, Files, Images, Ready, Shuffle, Work, drive, threads};

use crate::{files, knobs, pictures, same};

/// Makes empty batches, and counts those under way.
struct Counting {
    batches: usize,
    made: AtomicUsize,
}

impl Work for Counting {
    type Tools = ();

    fn tools(&self) {}

    fn batches(&self) -> usize {
        self.batches
    }

    fn make(&self, _number: usize, _tools: &mut (), batch: &mut Batch) {
        batch.samples = 1;
        self.made.fetch_add(1, Ordering::SeqCst);
    }
}

/// Notes which batches come, and how far ahead the loader was at most.
struct Watching<'a> {
    work: &'a Counting,
    numbers: Vec<usize>,
    ahead: usize,
}

impl Consumer for Watching<'_> {
    fn take(&mut self, batch: &Batch) -> anyhow::Result<()> {
        // Time for the workers to run ahead as far as they may.
        std::thread::sleep(std::time::Duration::from_millis(2));
        self.numbers.push(batch.number);
        self.ahead = self.ahead.max(self.work.made.load(Ordering::SeqCst) - self.numbers.len());
        Ok(())
    }
}

#[test]
fn batches_come_in_order_and_the_queue_is_bounded() {
    for (workers, prefetch) in [(0, 0), (1, 1), (2, 1), (3, 4), (8, 2)] {
        let work = Counting { batches: 40, made: AtomicUsize::new(0) };
        let mut consumer = Watching { work: &work, numbers: Vec::new(), ahead: 0 };
        let pass = threads::pass(&work, knobs(workers, prefetch), &mut consumer).unwrap();
        assert_eq!(pass.batches, 40);
        assert_eq!(consumer.numbers, (0..40).collect::<Vec<_>>());
        assert!(consumer.ahead <= workers * prefetch, "{workers} x {prefetch}: {} ahead", consumer.ahead);
        assert!(pass.depths.iter().all(|(_, depth)| *depth <= workers * prefetch));
    }
}

#[test]
fn a_part_of_a_pass_ends_when_it_is_told_to_and_goes_round() {
    let work = Counting { batches: 3, made: AtomicUsize::new(0) };
    let mut consumer = Watching { work: &work, numbers: Vec::new(), ahead: 0 };
    let pass = threads::some(&work, knobs(2, 2), &mut consumer, 11).unwrap();
    assert_eq!((pass.batches, consumer.numbers.len()), (11, 11));
    assert!(pass.rate(2).unwrap() > 0.0);
    assert_eq!(pass.rate(11), None);
}

#[test]
fn several_passes_are_one_without_a_pause() {
    for (workers, prefetch) in [(0, 0), (3, 2)] {
        let work = Counting { batches: 4, made: AtomicUsize::new(0) };
        let mut consumer = Watching { work: &work, numbers: Vec::new(), ahead: 0 };
        let pass = threads::passes(&work, knobs(workers, prefetch), &mut consumer, 3).unwrap();
        assert_eq!((pass.batches, work.made.load(Ordering::SeqCst)), (12, 12), "nothing is made in vain");
        assert_eq!(consumer.numbers, (0..12).collect::<Vec<_>>());
        assert!(consumer.ahead <= workers * prefetch);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn no_thread_is_left_whatever_ends_a_pass() {
    /// Threads of this process that load, whichever test started them.
    fn loaders() -> usize {
        let names = std::fs::read_dir("/proc/self/task").unwrap().flatten();
        names.filter(|task| std::fs::read_to_string(task.path().join("comm")).is_ok_and(|c| c == "loader\n")).count()
    }
    struct Ending(usize, &'static str);
    impl Consumer for Ending {
        fn take(&mut self, _batch: &Batch) -> anyhow::Result<()> {
            self.0 = self.0.max(loaders());
            match self.1 {
                "error" => anyhow::bail!("no more"),
                "panic" => panic!("on purpose"),
                _ => Ok(()),
            }
        }
    }
    // Other tests have threads of that name, too: what stays is what is looked for.
    let gone = |expected: usize| {
        (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            loaders() <= expected
        })
    };
    for end in ["good", "error", "panic"] {
        let work = Counting { batches: 50, made: AtomicUsize::new(0) };
        let mut consumer = Ending(0, end);
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            threads::pass(&work, knobs(4, 2), &mut consumer).is_ok()
        }));
        assert_eq!(ended.unwrap_or(false), end == "good", "{end}");
        assert!(consumer.0 > 0, "there were threads to look for");
    }
    assert!(gone(0), "{} threads are left", loaders());
}

#[test]
fn a_consumer_that_fails_ends_the_pass_and_its_threads() {
    struct Failing(usize);
    impl Consumer for Failing {
        fn take(&mut self, _batch: &Batch) -> anyhow::Result<()> {
            self.0 += 1;
            anyhow::ensure!(self.0 < 3, "no more");
            Ok(())
        }
    }
    let work = Counting { batches: 1000, made: AtomicUsize::new(0) };
    let error = threads::pass(&work, knobs(3, 2), &mut Failing(0)).unwrap_err();
    assert_eq!(error.to_string(), "no more");
    assert!(work.made.load(Ordering::SeqCst) <= 3 + 3 * 2 + 3);
}

#[test]
fn every_setting_makes_the_same_samples() {
    let folder = tempfile::tempdir().unwrap();
    let paths = pictures(folder.path(), 18);
    let expected = files(&paths, knobs(0, 0));
    assert_eq!((expected.check.samples, expected.batches), (18, 5));
    for (workers, prefetch) in [(1, 1), (2, 3), (5, 1)] {
        same(files(&paths, knobs(workers, prefetch)).check, expected.check);
    }
    // Samples that are exchanged show.
    let mut exchanged = paths.clone();
    exchanged.swap(0, 1);
    assert_ne!(files(&exchanged, knobs(1, 1)).check.digest, expected.check.digest);
}

#[test]
fn a_batch_that_is_ready_costs_nothing_but_the_consumer() {
    let pass =
        drive(&mut Ready::new(Batch::default(), 7), &mut Accelerator { per_batch: std::time::Duration::ZERO }).unwrap();
    assert_eq!(pass.batches, 7);
}

#[test]
fn memory_is_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let images = Images::new(Arc::new(Files::new(pictures(folder.path(), 40))), 2, Shuffle::Full, 1);
    struct Addresses(std::collections::HashSet<usize>);
    impl Consumer for Addresses {
        fn take(&mut self, batch: &Batch) -> anyhow::Result<()> {
            self.0.insert(batch.data.values().as_ptr() as usize);
            Ok(())
        }
    }
    let mut addresses = Addresses(Default::default());
    threads::pass(&images, knobs(2, 2), &mut addresses).unwrap();
    assert!(addresses.0.len() <= 5, "{} buffers for 20 batches", addresses.0.len());
}

#[test]
fn batches_lie_in_memory_that_someone_gives_and_get_it_back() {
    /// Numbers that count how many of their kind are alive.
    struct Counted(Vec<f32>, Arc<AtomicUsize>);
    impl AsRef<[f32]> for Counted {
        fn as_ref(&self) -> &[f32] {
            &self.0
        }
    }
    impl AsMut<[f32]> for Counted {
        fn as_mut(&mut self) -> &mut [f32] {
            &mut self.0
        }
    }
    impl Drop for Counted {
        fn drop(&mut self) {
            self.1.fetch_sub(1, Ordering::Relaxed);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let files = Arc::new(Files::new(pictures(folder.path(), 12)));
    let images = Images::new(files, 2, Shuffle::Full, 1);
    let numbers = images.batch_bytes() / size_of::<f32>();
    let (alive, made) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counter, maker) = (Arc::clone(&alive), Arc::clone(&made));
    let plain = threads::pass(&images, knobs(0, 0), &mut Accelerator { per_batch: Duration::ZERO }).unwrap();
    let images = images.laid_in(Arc::new(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        maker.fetch_add(1, Ordering::Relaxed);
        Data::Shared(Box::new(Counted(vec![0.0; numbers], Arc::clone(&counter))))
    }));
    for (workers, most) in [(0, 1), (2, 5)] {
        made.store(0, Ordering::Relaxed);
        let pass = threads::pass(&images, knobs(workers, 2), &mut Accelerator { per_batch: Duration::ZERO }).unwrap();
        assert_eq!(pass.check.digest, plain.check.digest);
        assert!((1..=most).contains(&made.load(Ordering::Relaxed)), "{made:?} for {workers} workers");
        assert_eq!(alive.load(Ordering::Relaxed), 0);
    }
}

#[test]
fn what_a_consumer_puts_off_is_done_once_and_belongs_to_the_pass() {
    #[derive(Default)]
    struct Late(Vec<&'static str>);
    impl Consumer for Late {
        fn take(&mut self, _: &Batch) -> anyhow::Result<()> {
            self.0.push("take");
            Ok(())
        }

        fn finish(&mut self) -> anyhow::Result<()> {
            self.0.push("finish");
            std::thread::sleep(Duration::from_millis(5));
            Ok(())
        }
    }
    let mut late = Late::default();
    let pass = drive(&mut Ready::new(Batch::default(), 2), &mut late).unwrap();
    assert_eq!(late.0, ["take", "take", "finish"]);
    assert_eq!((pass.batches, pass.busy.len(), pass.busy[1].to), (2, 2, pass.seconds));
    assert!(pass.busy[1].to - pass.busy[1].from >= 0.005);
}
