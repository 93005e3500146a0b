//! Where labels go so that none covers another: along a column, and around points.

/// Heights for labels in a column: as near as possible to where they belong, at least `distance` apart, within
/// `top..=bottom`. `wanted` may be in any order; the answer is in the same order.
///
/// This is the exact least-squares answer: labels that collide form a block at their mean, and blocks that collide are
/// merged (pool adjacent violators).
pub(super) fn column(wanted: &[f64], distance: f64, top: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    // Without the distances, labels only have to keep their order.
    let span = distance * wanted.len().saturating_sub(1) as f64;
    let last = (bottom - span).max(top);
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (rank, i) in order.iter().enumerate() {
        let mut block = (wanted[*i] - distance * rank as f64, 1);
        while let Some((sum, count)) = blocks.last().copied() {
            if sum / count as f64 <= block.0 / block.1 as f64 {
                break;
            }
            blocks.pop();
            block = (block.0 + sum, block.1 + count);
        }
        blocks.push(block);
    }
    let starts = blocks.iter().flat_map(|(sum, count)| std::iter::repeat_n(sum / *count as f64, *count));
    let mut places = vec![0.0; wanted.len()];
    for ((rank, i), start) in order.iter().enumerate().zip(starts) {
        places[*i] = start.clamp(top, last) + distance * rank as f64;
    }
    places
}

/// A rectangle that a label or a point takes up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Box {
    /// Left edge.
    pub(super) left: f64,
    /// Upper edge.
    pub(super) top: f64,
    /// Right edge.
    pub(super) right: f64,
    /// Lower edge.
    pub(super) bottom: f64,
}

impl Box {
    /// A rectangle around a middle.
    pub(super) fn around((x, y): (f64, f64), width: f64, height: f64) -> Self {
        Self { left: x - width / 2.0, top: y - height / 2.0, right: x + width / 2.0, bottom: y + height / 2.0 }
    }

    /// The area that two rectangles share.
    pub(super) fn overlap(&self, other: &Self) -> f64 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        if width > 0.0 && height > 0.0 { width * height } else { 0.0 }
    }

    /// The middle.
    pub(super) fn middle(&self) -> (f64, f64) {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    /// Where a line from a point meets the rectangle, if it is farther away than `reach`.
    pub(super) fn leader(&self, (x, y): (f64, f64), reach: f64) -> Option<(f64, f64)> {
        let end = (x.clamp(self.left, self.right), y.clamp(self.top, self.bottom));
        ((end.0 - x).hypot(end.1 - y) > reach).then_some(end)
    }

    fn inside(&self, other: &Self) -> bool {
        self.left >= other.left && self.right <= other.right && self.top >= other.top && self.bottom <= other.bottom
    }
}

/// Boxes for labels beside points: each as near to its point as it can be without covering a label or a point.
/// `sizes` are widths and heights in the order of `points`; all boxes lie within `bounds`.
///
/// Labels of crowded points are placed first. Where nothing is free, the place with the least overlap is taken.
pub(super) fn around(points: &[(f64, f64)], sizes: &[(f64, f64)], radius: f64, bounds: &Box) -> Vec<Box> {
    let marks: Vec<Box> = points.iter().map(|point| Box::around(*point, 2.4 * radius, 2.4 * radius)).collect();
    let crowd = |i: &usize| {
        let near = |other: &&(f64, f64)| (other.0 - points[*i].0).abs() < 60.0 && (other.1 - points[*i].1).abs() < 24.0;
        points.iter().filter(near).count()
    };
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(crowd(i)));
    let mut placed: Vec<Option<Box>> = vec![None; points.len()];
    for i in order {
        let cost = |candidate: &Box| -> f64 {
            let labels = placed.iter().flatten().map(|other| candidate.overlap(other)).sum::<f64>();
            let others = marks.iter().map(|mark| candidate.overlap(mark)).sum::<f64>();
            labels * 4.0 + others
        };
        let candidates = candidates(points[i], sizes[i], radius).filter(|candidate| candidate.inside(bounds));
        let mut best: Option<(f64, Box)> = None;
        for candidate in candidates {
            let cost = cost(&candidate);
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, candidate));
            }
            if cost == 0.0 {
                break;
            }
        }
        // A label wider than the bounds fits nowhere: it is set beside its point all the same.
        let (width, height) = sizes[i];
        placed[i] = Some(best.map_or_else(|| Box::around(points[i], width, height), |(_, found)| found));
    }
    placed.into_iter().flatten().collect()
}

/// Places for a label, the best first: right, left, above, below, the corners, then ever wider around the point.
fn candidates((x, y): (f64, f64), (width, height): (f64, f64), radius: f64) -> impl Iterator<Item = Box> {
    let rings = (0..24).map(move |ring| radius + 3.0 + 9.0 * f64::from(ring));
    rings.flat_map(move |reach| {
        let (dx, dy) = (reach + width / 2.0, reach + height / 2.0);
        let steps = [(1.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (0.0, 1.0)];
        let corners =
            [(0.8, -0.8), (0.8, 0.8), (-0.8, -0.8), (-0.8, 0.8), (0.5, -1.0), (-0.5, -1.0), (0.5, 1.0), (-0.5, 1.0)];
        steps
            .into_iter()
            .chain(corners)
            .map(move |(right, down)| Box::around((x + right * dx, y + down * dy), width, height))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_moves_labels_no_more_than_it_must() {
        assert_eq!(column(&[10.0, 50.0, 30.0], 15.0, 0.0, 100.0), [10.0, 50.0, 30.0]);
        assert_eq!(column(&[40.0, 40.0, 40.0], 15.0, 0.0, 100.0), [25.0, 40.0, 55.0]);
        assert_eq!(column(&[0.0, 2.0], 15.0, 5.0, 100.0), [5.0, 20.0]);
        assert_eq!(column(&[99.0, 100.0, 10.0], 15.0, 0.0, 100.0), [85.0, 100.0, 10.0]);
        assert!(column(&[], 15.0, 0.0, 100.0).is_empty());
    }

    #[test]
    fn a_column_never_overlaps_whatever_is_asked() {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1_u32 << 31)
        };
        for n in 1..14 {
            let wanted: Vec<f64> = (0..n).map(|_| next() * 260.0).collect();
            let mut places = column(&wanted, 17.0, 8.0, 252.0);
            places.sort_by(f64::total_cmp);
            assert!(places.windows(2).all(|pair| pair[1] - pair[0] > 16.999), "{places:?}");
            assert!(places[0] >= 8.0 && places[n - 1] <= 252.001, "{places:?}");
        }
    }

    #[test]
    fn labels_around_points_cover_nothing() {
        // Four clusters of four points that nearly coincide.
        let points: Vec<(f64, f64)> = (0..16)
            .map(|i| (120.0 + 150.0 * f64::from(i / 4) + f64::from(i % 4) * 3.0, 150.0 + f64::from(i % 4) * 4.0))
            .collect();
        let sizes = vec![(110.0, 16.0); 16];
        let bounds = Box { left: 0.0, top: 0.0, right: 760.0, bottom: 360.0 };
        let boxes = around(&points, &sizes, 4.2, &bounds);
        for (i, a) in boxes.iter().enumerate() {
            assert!(a.inside(&bounds));
            assert!(boxes[i + 1..].iter().all(|b| a.overlap(b) == 0.0), "label {i} is covered");
            assert!(points.iter().all(|p| a.overlap(&Box::around(*p, 8.0, 8.0)) == 0.0), "label {i} covers a point");
        }
    }
}
