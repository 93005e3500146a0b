//! Files and archives hold the same samples.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use loading::{Bucket, Files, Shuffle, Source, Tar, write_tar};

use crate::{knobs, pass, pictures, same};

#[test]
fn an_archive_holds_what_the_files_hold() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::new(pictures(folder.path(), 23));
    let path = folder.path().join("all.tar");
    write_tar(&files, &path).unwrap();
    let tar = Tar::open(&path).unwrap();
    assert_eq!(tar.samples(), 23);
    // In a row, in any order, and one twice: reads are joined where members lie beside each other.
    for samples in [(0..23).collect::<Vec<u32>>(), vec![22, 3, 4, 5, 0, 0, 21], vec![9]] {
        let (mut one, mut other) = (Bucket::default(), Bucket::default());
        files.fetch(&samples, &mut one);
        tar.fetch(&samples, &mut other);
        for place in 0..samples.len() {
            assert_eq!(one.sample(place).unwrap(), other.sample(place).unwrap(), "{samples:?} {place}");
        }
    }
    let expected = pass(Arc::new(files), 5, Shuffle::Full, knobs(2, 2)).check;
    for shuffle in [Shuffle::None, Shuffle::Full, Shuffle::Buffer(6)] {
        same(pass(Arc::new(Tar::open(&path).unwrap()), 5, shuffle, knobs(2, 1)).check, expected);
    }
}

#[test]
fn what_is_no_whole_archive_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::new(pictures(folder.path(), 3));
    let path = folder.path().join("all.tar");
    write_tar(&files, &path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for length in [100, 700, whole.len() / 2] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let opened = Tar::open(&path);
        assert!(opened.is_err(), "{length} of {} bytes: {opened:?}", whole.len());
    }
}

/// An archive that notes what is read ahead and what is fetched.
struct Watched(Tar, Mutex<Vec<Read>>);

#[derive(Debug)]
enum Read {
    Ahead(Range<u32>),
    Fetched(Vec<u32>),
}

impl Source for Watched {
    fn samples(&self) -> usize {
        self.0.samples()
    }

    fn fetch(&self, samples: &[u32], bucket: &mut Bucket) {
        self.1.lock().unwrap().push(Read::Fetched(samples.to_vec()));
        self.0.fetch(samples, bucket);
    }

    fn read_ahead(&self, samples: Range<u32>, bucket: &mut Bucket) {
        self.0.read_ahead(samples.clone(), bucket);
        assert!(bucket.bytes.is_empty() && bucket.places.is_empty());
        self.1.lock().unwrap().push(Read::Ahead(samples));
    }

    fn name(&self, sample: u32) -> String {
        self.0.name(sample)
    }
}

#[test]
fn through_a_buffer_an_archive_is_read_in_sequence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.tar");
    write_tar(&Files::new(pictures(folder.path(), 23)), &path).unwrap();
    for (size, batch) in [(6, 5), (1, 4), (23, 8), (100, 3), (7, 23)] {
        let source = Arc::new(Watched(Tar::open(&path).unwrap(), Mutex::default()));
        assert_eq!(pass(source.clone(), batch, Shuffle::Buffer(size), knobs(0, 0)).check.samples, 23);
        let mut end = 0;
        for read in source.1.lock().unwrap().drain(..) {
            match read {
                Read::Ahead(samples) => {
                    assert_eq!(samples.start, end, "{size} {batch}: one read goes on where the one before ended");
                    end = samples.end;
                }
                Read::Fetched(samples) => {
                    assert!(samples.iter().all(|sample| *sample < end), "{size} {batch}: {samples:?} before {end}");
                }
            }
        }
        assert_eq!(end, 23, "{size} {batch}");
    }
    // In any other order there is no such sequence.
    for shuffle in [Shuffle::None, Shuffle::Full] {
        let source = Arc::new(Watched(Tar::open(&path).unwrap(), Mutex::default()));
        pass(source.clone(), 5, shuffle, knobs(0, 0));
        assert!(source.1.lock().unwrap().iter().all(|read| matches!(read, Read::Fetched(_))), "{shuffle:?}");
    }
}
