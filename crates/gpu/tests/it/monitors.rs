//! Time lines of the GPU's counters, and its link.

use gpu::{Link, Moment, last_at};

#[test]
fn between_two_words_of_the_driver_the_first_one_holds() {
    let moments = [0.5, 1.0, 2.0].map(|seconds| Moment { seconds, watts: Some(100.0 * seconds), ..Moment::default() });
    for (seconds, watts) in [(0.0, None), (0.5, Some(50.0)), (0.9, Some(50.0)), (1.0, Some(100.0)), (9.0, Some(200.0))]
    {
        assert_eq!(last_at(&moments, seconds).and_then(|moment| moment.watts), watts, "{seconds}");
    }
    assert_eq!(last_at(&[], 1.0), None);
}

#[test]
fn a_links_ceiling_follows_from_its_generation() {
    for (generation, width, gigabytes) in [(3, 16, 15.75), (4, 16, 31.5), (5, 16, 63.0), (4, 8, 15.75)] {
        let bytes = Link { generation, width }.bytes_per_second().unwrap();
        assert!((bytes / 1e9 - gigabytes).abs() < 0.02, "{generation} × {width}: {bytes}");
    }
    assert_eq!(Link { generation: 9, width: 16 }.bytes_per_second(), None);
}
