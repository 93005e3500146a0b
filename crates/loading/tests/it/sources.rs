//! Files and archives hold the same samples.

use std::sync::Arc;

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
