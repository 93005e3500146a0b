//! Work shared out to threads.

use kernels::Team;
use kernels::team::{by_entries, evenly, pieces};

use crate::support::Random;

#[test]
fn every_item_is_worked_on_once_by_any_number_of_threads() {
    for threads in 0..6 {
        let team = Team::new(threads).unwrap();
        assert_eq!(team.threads(), threads.max(1));
        for items in [0, 1, 2, 7, 100] {
            let squares = team.map((0..items).collect(), |item: usize| item * item);
            assert_eq!(squares, (0..items).map(|item| item * item).collect::<Vec<_>>());
            let mut seen = vec![0; items];
            team.each(seen.iter_mut().collect(), |seen: &mut i32| *seen += 1);
            assert!(seen.iter().all(|seen| *seen == 1));
        }
    }
}

#[test]
fn a_team_may_be_asked_from_within_its_own_work() {
    let team = Team::new(3).unwrap();
    let sums: Vec<usize> =
        team.map((0..8).collect(), |outer: usize| team.map((0..8).collect(), |i: usize| i * outer).iter().sum());
    assert_eq!(sums, (0..8).map(|outer| 28 * outer).collect::<Vec<usize>>());
}

#[test]
fn a_panic_in_the_work_reaches_whoever_asked() {
    for threads in [1, 3] {
        let team = Team::new(threads).unwrap();
        let work = || team.each((0..10).collect(), |item: i32| assert!(item != 7, "seven"));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err());
        assert_eq!(team.map(vec![1, 2], |item| item), [1, 2], "the team still works");
    }
}

#[test]
fn rows_are_shared_out_once_each_and_evenly() {
    let mut random = Random(4);
    for parts in [1, 2, 3, 7, 100] {
        for rows in [0, 1, 5, 1000] {
            let mut starts = vec![0_u32];
            for row in 0..rows {
                // One row holds as much as all others together.
                let entries = if row == rows / 2 { 5 * rows as u32 } else { random.below(10) as u32 };
                starts.push(starts[row] + entries);
            }
            for ranges in [by_entries(&starts, parts), evenly(rows, parts)] {
                assert!(ranges.len() <= parts.max(1), "{parts} parts of {rows}");
                let covered: Vec<usize> = ranges.iter().flat_map(Clone::clone).collect();
                assert_eq!(covered, (0..rows).collect::<Vec<_>>(), "{parts} parts of {rows}");
                let mut whole = vec![0; rows * 2];
                for (range, piece) in pieces(&mut whole, &ranges, 2) {
                    assert_eq!(piece.len(), range.len() * 2);
                    piece.fill(1);
                }
                assert!(whole.iter().all(|seen| *seen == 1));
            }
        }
    }
}
