//! The area under the ROC curve: how often a model ranks a positive row above a negative one.

/// The area, 0 to 1; ties count half. 0.5 where one of the classes is missing.
pub(super) fn auc(scores: &[f64], labels: &[bool]) -> f64 {
    let mut order: Vec<(f64, bool)> = scores.iter().copied().zip(labels.iter().copied()).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut won) = (0.0, 0.0);
    for equal in order.chunk_by(|a, b| a.0 == b.0) {
        let positive = equal.iter().filter(|(_, label)| *label).count() as f64;
        let negative = equal.len() as f64 - positive;
        won += positive * (below + negative / 2.0);
        below += negative;
    }
    let positive = labels.iter().filter(|label| **label).count() as f64;
    if below == 0.0 || positive == 0.0 { 0.5 } else { won / (below * positive) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_the_share_of_pairs_in_order() {
        let table: [(&[f64], &[bool], f64); 5] = [
            (&[0.1, 0.2, 0.8, 0.9], &[false, false, true, true], 1.0),
            (&[0.9, 0.8, 0.2, 0.1], &[false, false, true, true], 0.0),
            (&[0.5, 0.5, 0.5, 0.5], &[false, true, false, true], 0.5),
            (&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true], 0.75),
            (&[0.1, 0.4], &[true, true], 0.5),
        ];
        for (scores, labels, expected) in table {
            assert_eq!(auc(scores, labels), expected, "{scores:?} {labels:?}");
        }
    }
}
