//! Time lines of passes that are made up: nothing here looks at a clock.

use loading::{Pass, Span, bins};

#[test]
fn bins_show_when_the_consumer_was_busy_and_what_waited() {
    let busy = [(0.1, 0.2), (0.2, 0.3), (0.5, 1.0)].map(|(from, to)| Span { from, to });
    let pass = Pass {
        seconds: 1.0,
        batches: 3,
        busy: busy.to_vec(),
        depths: vec![(0.0, 1), (0.1, 3), (0.5, 0)],
        ..Pass::default()
    };
    let bins = bins(&pass, 1.0, 10);
    let expected = [0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0];
    let depths = [1.0, 3.0, 3.0, 3.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    for (bin, (busy, depth)) in bins.iter().zip(expected.iter().zip(depths)) {
        assert!((bin.busy - busy).abs() < 1e-9 && (bin.depth - depth).abs() < 1e-9, "{bin:?}");
    }
    assert!((pass.utilisation() - 0.7).abs() < 1e-9);
    assert!((pass.rate(0).unwrap() - 2.0 / 0.4).abs() < 1e-9);
}

#[test]
fn nothing_happened_is_no_time_line() {
    assert!(bins(&Pass::default(), 0.0, 10).is_empty());
    assert!(bins(&Pass::default(), f64::NAN, 10).is_empty());
    assert!(bins(&Pass::default(), 1.0, 0).is_empty());
    assert_eq!(Pass::default().utilisation(), 0.0);
    assert_eq!(Pass::default().rate(0), None);
}
