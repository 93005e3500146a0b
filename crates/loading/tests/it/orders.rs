//! Orders of samples.

use loading::{Shuffle, displacement, order};

#[test]
fn every_order_has_each_sample_once() {
    for samples in [0, 1, 2, 7, 64, 1000] {
        for together in [1, 3, 16] {
            for shuffle in [Shuffle::None, Shuffle::Full, Shuffle::Buffer(1), Shuffle::Buffer(8), Shuffle::Buffer(5000)]
            {
                let mut numbers = order(samples, together, shuffle, 3);
                assert_eq!(numbers, order(samples, together, shuffle, 3), "the same seed, the same order");
                numbers.sort_unstable();
                assert_eq!(numbers, (0..samples as u32).collect::<Vec<_>>(), "{samples} {together} {shuffle:?}");
            }
        }
    }
}

#[test]
fn chunks_stay_together() {
    let numbers = order(100, 16, Shuffle::Full, 1);
    assert_ne!(numbers, order(100, 16, Shuffle::None, 1));
    for chunk in numbers.chunk_by(|one, other| one / 16 == other / 16) {
        assert!(chunk.windows(2).all(|pair| pair[1] == pair[0] + 1), "{chunk:?}");
        assert!(chunk.len() == 16 || chunk[0] == 96, "{chunk:?}");
    }
}

#[test]
fn a_buffer_draws_no_sample_before_it_was_read() {
    for (place, sample) in order(500, 1, Shuffle::Buffer(32), 4).into_iter().enumerate() {
        assert!((sample as usize) < place + 32, "sample {sample} at {place}");
    }
}

#[test]
fn displacement_tells_how_far_samples_move() {
    let of = |shuffle| displacement(&order(2000, 1, shuffle, 8));
    assert_eq!(of(Shuffle::None), 0.0);
    assert!((of(Shuffle::Full) - 1.0).abs() < 0.1, "{}", of(Shuffle::Full));
    let buffer = of(Shuffle::Buffer(64));
    assert!(buffer > 0.02 && buffer < 0.3, "{buffer}");
    assert_eq!(displacement(&[0]), 0.0);
}
