//! How good a search is, beside the exact one.

use super::Hit;

/// The share of the true neighbours that were found, 0 to 1; the order does not matter.
#[must_use]
pub fn recall(found: &[Hit], truth: &[u32]) -> f64 {
    if truth.is_empty() {
        return 1.0;
    }
    let hits = found.iter().take(truth.len()).filter(|hit| truth.contains(&hit.id)).count();
    hits as f64 / truth.len() as f64
}

/// Normalised discounted cumulative gain, 0 to 1: the nearest neighbour is worth most, and a place further down the list
/// makes it worth less. Of `n` true neighbours the first is worth `n` and the last 1.
#[must_use]
pub fn ndcg(found: &[Hit], truth: &[u32]) -> f64 {
    let discount = |place: usize| 1.0 / (place as f64 + 2.0).log2();
    let worth = |rank: usize| (truth.len() - rank) as f64;
    let ideal: f64 = (0..truth.len()).map(|rank| worth(rank) * discount(rank)).sum();
    if ideal == 0.0 {
        return 1.0;
    }
    let gained: f64 = found
        .iter()
        .take(truth.len())
        .enumerate()
        .filter_map(|(place, hit)| Some(worth(truth.iter().position(|&id| id == hit.id)?) * discount(place)))
        .sum();
    gained / ideal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(ids: &[u32]) -> Vec<Hit> {
        ids.iter().enumerate().map(|(i, &id)| Hit { id, score: -(i as f32) }).collect()
    }

    #[test]
    fn recall_counts_and_ndcg_weighs() {
        let truth = [5, 3, 9, 1];
        assert_eq!((recall(&hits(&truth), &truth), ndcg(&hits(&truth), &truth)), (1.0, 1.0));
        assert_eq!((recall(&hits(&[7, 8]), &truth), ndcg(&hits(&[7, 8]), &truth)), (0.0, 0.0));
        assert_eq!(recall(&hits(&[1, 9, 3, 5]), &truth), 1.0);
        assert!(ndcg(&hits(&[1, 9, 3, 5]), &truth) < 1.0);
        assert!(ndcg(&hits(&[5, 7, 8, 0]), &truth) > ndcg(&hits(&[1, 7, 8, 0]), &truth));
        // By hand: worth 4, 3, 2, 1 at places with logarithms 1, 1.585, 2, 2.322.
        let ideal = 4.0 + 3.0 / 3_f64.log2() + 2.0 / 2.0 + 1.0 / 5_f64.log2();
        assert!((ndcg(&hits(&[3, 5, 0, 0]), &truth) - (3.0 + 4.0 / 3_f64.log2()) / ideal).abs() < 1e-12);
    }

    #[test]
    fn nothing_to_find_is_found() {
        assert_eq!((recall(&[], &[]), ndcg(&[], &[])), (1.0, 1.0));
    }
}
