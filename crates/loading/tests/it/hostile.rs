//! What goes wrong is counted and named, and the rest comes through.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loading::{
    Accelerator, Batch, Consumer, Decoder, Files, Images, Shuffle, Source, Tar, Trouble, Work, picture, threads,
    write_tar,
};

use crate::{files, knobs, pass, pictures};

#[test]
fn corrupt_vanished_and_unreadable_files_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = pictures(folder.path(), 12);
    let good = std::fs::read(&paths[0]).unwrap();
    std::fs::write(&paths[1], b"this is no image").unwrap();
    std::fs::write(&paths[2], &good[..good.len() / 2]).unwrap();
    std::fs::write(&paths[3], b"").unwrap();
    std::fs::remove_file(&paths[4]).unwrap();
    paths[5] = folder.path().to_path_buf(); // a folder
    for workers in [0, 2] {
        let pass = files(&paths, knobs(workers, 1));
        assert_eq!((pass.check.samples, pass.batches), (7, 3));
        assert_eq!(pass.troubles.count(Trouble::Corrupt), 3);
        assert_eq!(pass.troubles.count(Trouble::Vanished), 1);
        assert_eq!(pass.troubles.count(Trouble::Unreadable), 1);
        assert_eq!(pass.troubles.0[&Trouble::Vanished].names, ["004.jpg"]);
    }
}

#[test]
fn what_vanishes_or_shrinks_while_it_is_read_is_left_out_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let paths = pictures(folder.path(), 12);
    let archive = folder.path().join("all.tar");
    write_tar(&Files::new(paths.clone()), &archive).unwrap();

    /// Takes something away once the pass is under way.
    struct Taking<'a>(usize, &'a dyn Fn());
    impl Consumer for Taking<'_> {
        fn take(&mut self, _batch: &Batch) -> anyhow::Result<()> {
            self.0 += 1;
            if self.0 == 1 {
                (self.1)();
            }
            Ok(())
        }
    }
    let run = |source: Arc<dyn Source>, take: &dyn Fn()| {
        let images = Images::new(source, 2, Shuffle::None, 9);
        threads::pass(&images, knobs(0, 0), &mut Taking(0, take)).unwrap()
    };

    // The last files: one is gone, of one there is half, one is a folder now.
    let pass = run(Arc::new(Files::new(paths.clone())), &|| {
        std::fs::remove_file(&paths[11]).unwrap();
        let half = std::fs::read(&paths[10]).unwrap();
        std::fs::write(&paths[10], &half[..half.len() / 2]).unwrap();
        std::fs::remove_file(&paths[9]).unwrap();
        std::fs::create_dir(&paths[9]).unwrap();
    });
    assert_eq!((pass.batches, pass.check.samples), (6, 9));
    for (trouble, name) in
        [(Trouble::Vanished, "011.jpg"), (Trouble::Corrupt, "010.jpg"), (Trouble::Unreadable, "009.jpg")]
    {
        let seen = &pass.troubles.0[&trouble];
        assert_eq!((seen.count, seen.names.as_slice()), (1, [name.to_owned()].as_slice()), "{trouble:?}");
    }

    // The archive is cut in the middle of a member.
    let source = Arc::new(Tar::open(&archive).unwrap());
    let length = archive.metadata().unwrap().len();
    let cut = || std::fs::File::options().write(true).open(&archive).unwrap().set_len(length / 2).unwrap();
    let pass = run(source, &cut);
    let lost = pass.troubles.count(Trouble::Unreadable);
    assert!((1..12).contains(&lost) && pass.check.samples + lost == 12, "{:?}", pass.troubles);
    assert!(pass.troubles.0[&Trouble::Unreadable].names.iter().all(|name| name.ends_with(".jpg")));
}

#[test]
fn no_samples_are_no_batches() {
    for workers in [0, 2] {
        let pass = pass(Arc::new(Files::new(Vec::new())), 4, Shuffle::Full, knobs(workers, 2));
        assert_eq!((pass.batches, pass.check.samples), (0, 0));
    }
}

#[test]
fn any_bytes_are_a_picture_or_a_trouble() {
    let jpeg = picture::jpeg(1, 1).unwrap();
    let mut decoder = Decoder::default();
    let mut state = 12345_u64;
    for _ in 0..200 {
        let mut broken = jpeg.clone();
        for _ in 0..3 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (state >> 33) as usize % broken.len();
            broken[at] = (state >> 20) as u8;
        }
        broken.truncate(broken.len() - (state >> 50) as usize % 64);
        match decoder.picture(&broken) {
            Ok(picture) => assert_eq!(picture.rgb.len(), picture.width * picture.height * 3),
            Err(trouble) => assert!(matches!(trouble, Trouble::Corrupt | Trouble::Panicked)),
        }
    }
    // And a good one still works afterwards.
    assert!(decoder.picture(&jpeg).is_ok());
}

/// A worker that panics at some batches.
struct Panicking(AtomicUsize);

impl Work for Panicking {
    type Tools = ();

    fn tools(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn batches(&self) -> usize {
        20
    }

    fn make(&self, number: usize, _tools: &mut (), batch: &mut Batch) {
        batch.check.add(number as u64, 0.0, 1);
        assert!(number % 7 != 3, "on purpose");
    }
}

#[test]
fn a_worker_that_dies_is_counted_and_replaced() {
    for workers in [0, 1, 3] {
        let work = Panicking(AtomicUsize::new(0));
        let mut nobody = Accelerator { per_batch: std::time::Duration::ZERO };
        let pass = threads::pass(&work, knobs(workers, 2), &mut nobody).unwrap();
        assert_eq!((pass.batches, pass.check.samples), (20, 17), "{workers} workers");
        assert_eq!(pass.troubles.count(Trouble::WorkerDied), 3);
        assert_eq!(work.0.load(Ordering::SeqCst), workers.max(1) + 3, "each death is followed by new tools");
    }
}

#[test]
fn troubles_add_up() {
    let mut all = loading::Troubles::default();
    for number in 0..5 {
        let mut more = loading::Troubles::default();
        more.add(Trouble::Corrupt, format!("{number}"));
        all.merge(more);
    }
    assert_eq!(all.count(Trouble::Corrupt), 5);
    assert_eq!(all.0[&Trouble::Corrupt].names, ["0", "1", "2"]);

    // Over the same samples again: what is wrong with a sample is one thing, a death each time another.
    let mut again = loading::Troubles::default();
    for name in ["x", "y"] {
        again.add(Trouble::Corrupt, name);
        again.add(Trouble::Vanished, name);
        again.add(Trouble::WorkerDied, name);
    }
    all.add(Trouble::WorkerDied, "w");
    all.again(again);
    assert_eq!([Trouble::Corrupt, Trouble::Vanished, Trouble::WorkerDied].map(|t| all.count(t)), [5, 2, 3]);
    assert_eq!(all.0[&Trouble::WorkerDied].names, ["w", "x", "y"]);
    assert_eq!(all.0[&Trouble::Vanished].names, ["x", "y"]);
}
