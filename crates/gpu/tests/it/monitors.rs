//! Time lines of the GPU's counters, and its link.

use gpu::{Link, Moment, binned};

fn moment(seconds: f64, utilisation: Option<f64>) -> Moment {
    Moment { seconds, utilisation, ..Moment::default() }
}

#[test]
fn a_time_line_is_cut_to_means_and_what_is_missing_stays_missing() {
    let short: Vec<_> = (0..5).map(|i| moment(f64::from(i), None)).collect();
    assert_eq!(binned(&short, 200), short);

    let long: Vec<_> = (0..=1000).map(|i| moment(f64::from(i) / 100.0, Some(f64::from(i % 2)))).collect();
    let cut = binned(&long, 100);
    assert!((99..=100).contains(&cut.len()), "{}", cut.len());
    assert!(cut.windows(2).all(|pair| pair[0].seconds < pair[1].seconds));
    assert!(cut.iter().all(|moment| (moment.utilisation.unwrap() - 0.5).abs() < 0.06 && moment.watts.is_none()));

    let half: Vec<_> = (0..100).map(|i| moment(f64::from(i), (i < 50).then_some(1.0))).collect();
    let cut = binned(&half, 10);
    assert_eq!((cut[0].utilisation, cut[9].utilisation), (Some(1.0), None));
    assert!(binned(&[], 10).is_empty());
}

#[test]
fn a_links_ceiling_follows_from_its_generation() {
    for (generation, width, gigabytes) in [(3, 16, 15.75), (4, 16, 31.5), (5, 16, 63.0), (4, 8, 15.75)] {
        let bytes = Link { generation, width }.bytes_per_second().unwrap();
        assert!((bytes / 1e9 - gigabytes).abs() < 0.02, "{generation} × {width}: {bytes}");
    }
    assert_eq!(Link { generation: 9, width: 16 }.bytes_per_second(), None);
}
