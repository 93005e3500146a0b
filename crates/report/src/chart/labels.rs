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

    /// A line along an axis, as thick as a pen.
    pub(super) fn along(a: (f64, f64), b: (f64, f64)) -> Self {
        let (left, right, top, bottom) = (a.0.min(b.0), a.0.max(b.0), a.1.min(b.1), a.1.max(b.1));
        Self { left: left - 1.0, top: top - 1.0, right: right + 1.0, bottom: bottom + 1.0 }
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

    /// The place in the rectangle that is nearest to a point.
    fn nearest(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (x.clamp(self.left, self.right), y.clamp(self.top, self.bottom))
    }

    /// Where a line from a point meets the rectangle, if it is farther away than `reach`.
    pub(super) fn leader(&self, from: (f64, f64), reach: f64) -> Option<(f64, f64)> {
        let end = self.nearest(from);
        ((end.0 - from.0).hypot(end.1 - from.1) > reach).then_some(end)
    }

    /// Whether the line between two places goes through the rectangle.
    fn crossed_by(&self, from: (f64, f64), to: (f64, f64)) -> bool {
        // Liang and Barsky: the part of the line that lies between both pairs of sides.
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        for (start, end, low, high) in [(from.0, to.0, self.left, self.right), (from.1, to.1, self.top, self.bottom)] {
            let length = end - start;
            if length == 0.0 {
                if start < low || start > high {
                    return false;
                }
                continue;
            }
            let (a, b) = ((low - start) / length, (high - start) / length);
            enter = enter.max(a.min(b));
            leave = leave.min(a.max(b));
        }
        enter < leave
    }

    fn inside(&self, other: &Self) -> bool {
        self.left >= other.left && self.right <= other.right && self.top >= other.top && self.bottom <= other.bottom
    }
}

/// What labels beside points have to get along with.
pub(super) struct Surroundings<'a> {
    /// Where the points are.
    pub(super) points: &'a [(f64, f64)],
    /// Radius of their marks.
    pub(super) radius: f64,
    /// Lines that a label should rather not cover.
    pub(super) lines: &'a [Box],
    /// What all labels lie within.
    pub(super) bounds: Box,
}

/// How often all labels are placed anew at most.
const SWEEPS: usize = 8;

/// Boxes for labels beside points: each as near to its point as it can be without covering a label or a point.
/// `sizes` are widths and heights in the order of the points.
///
/// Every label takes the cheapest place given the others, several times over, so that one that was placed early moves
/// when a later one has fewer choices. Where that ends depends on who starts, so several orders are tried.
pub(super) fn around(sizes: &[(f64, f64)], surroundings: &Surroundings<'_>) -> Vec<Box> {
    let points = surroundings.points;
    let order = |key: &dyn Fn(&(f64, f64)) -> f64| {
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by(|a, b| key(&points[*a]).total_cmp(&key(&points[*b])));
        order
    };
    let orders = [order(&|p| p.0), order(&|p| -p.0), order(&|p| p.1), order(&|p| -p.1), order(&|_| 0.0)];
    let tries = orders.iter().map(|order| settle(sizes, surroundings, order));
    let best = tries.min_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or_else(Vec::new, |(_, placed)| placed)
}

/// Places labels in an order until none wants to move; gives the cost of all places.
fn settle(sizes: &[(f64, f64)], surroundings: &Surroundings<'_>, order: &[usize]) -> (f64, Vec<Box>) {
    let Surroundings { points, radius, bounds, .. } = *surroundings;
    let mut scene = Scene {
        surroundings,
        marks: points.iter().map(|point| Box::around(*point, 2.6 * radius, 2.6 * radius)).collect(),
        placed: vec![None; points.len()],
    };
    for _ in 0..SWEEPS {
        let before = scene.placed.clone();
        for &i in order {
            scene.placed[i] = None;
            let mut best: Option<(f64, Box)> = None;
            for (reach, candidate) in candidates(points[i], sizes[i], radius) {
                let limit = best.map_or(f64::INFINITY, |(least, _)| least);
                // A place costs at least its distance, and from here on all are farther away.
                if limit <= reach {
                    break;
                }
                if candidate.inside(&bounds)
                    && let Some(cost) = scene.cost(&candidate, i, limit)
                {
                    best = Some((cost, candidate));
                }
            }
            // A label wider than the bounds fits nowhere: it is set on its point all the same.
            let alone = || Box::around(points[i], sizes[i].0, sizes[i].1);
            scene.placed[i] = Some(best.map_or_else(alone, |(_, found)| found));
        }
        if scene.placed == before {
            break;
        }
    }
    let boxes: Vec<Box> = scene.placed.iter().flatten().copied().collect();
    let mut total = 0.0;
    for (i, found) in boxes.iter().enumerate() {
        scene.placed[i] = None;
        total += scene.cost(found, i, f64::INFINITY).unwrap_or(0.0);
        scene.placed[i] = Some(*found);
    }
    (total, boxes)
}

/// The labels that are placed so far, among points and lines.
struct Scene<'a> {
    surroundings: &'a Surroundings<'a>,
    marks: Vec<Box>,
    placed: Vec<Option<Box>>,
}

impl Scene<'_> {
    /// What a place for the label of a point costs: distance in px, and far more for whatever it covers. `None` if that
    /// is not below `limit`.
    fn cost(&self, candidate: &Box, own: usize, limit: f64) -> Option<f64> {
        let Surroundings { points, lines, .. } = *self.surroundings;
        let (from, to) = (points[own], candidate.nearest(points[own]));
        let distance = (to.0 - from.0).hypot(to.1 - from.1);
        // Far labels are worse than far away: the eye loses the line.
        let mut cost = distance + distance * distance / 60.0;
        if cost >= limit {
            return None;
        }
        let covered = |boxes: &[Box]| boxes.iter().map(|other| candidate.overlap(other)).sum::<f64>();
        let labels = self.placed.iter().flatten();
        cost += 8.0 * labels.map(|other| candidate.overlap(other)).sum::<f64>();
        cost += 8.0 * covered(&self.marks) + 0.15 * covered(lines);
        if cost >= limit {
            return None;
        }
        for (i, point) in points.iter().enumerate().filter(|(i, _)| *i != own) {
            let end = candidate.nearest(*point);
            // A label that stands nearer to another point seems to be its name.
            if (end.0 - point.0).hypot(end.1 - point.1) < distance.min(12.0) {
                cost += 12.0;
            }
            // Its line through other labels and points, and the lines of others through it.
            let mut crossed = usize::from(self.marks[i].crossed_by(from, to));
            if let Some(other) = &self.placed[i] {
                crossed += usize::from(other.crossed_by(from, to));
                crossed += usize::from(candidate.crossed_by(*point, other.nearest(*point)));
            }
            cost += 40.0 * crossed as f64;
        }
        (cost < limit).then_some(cost)
    }
}

/// Places for a label, each with its least distance from the point: right and left, above and below, ever wider around.
fn candidates((x, y): (f64, f64), (width, height): (f64, f64), radius: f64) -> impl Iterator<Item = (f64, Box)> {
    const SIDES: [(f64, f64); 16] = [
        (1.0, 0.0),
        (-1.0, 0.0),
        (0.0, -1.0),
        (0.0, 1.0),
        (1.0, -0.5),
        (1.0, 0.5),
        (-1.0, -0.5),
        (-1.0, 0.5),
        (1.0, -1.0),
        (1.0, 1.0),
        (-1.0, -1.0),
        (-1.0, 1.0),
        (0.5, -1.0),
        (0.5, 1.0),
        (-0.5, -1.0),
        (-0.5, 1.0),
    ];
    let rings = (0..24).map(move |ring| radius + 2.0 + 5.0 * f64::from(ring));
    rings.flat_map(move |reach| {
        let (dx, dy) = (reach + width / 2.0, reach + height / 2.0);
        SIDES.map(move |(right, down)| {
            let found = Box::around((x + right * dx, y + down * dy), width, height);
            (reach, found)
        })
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
    fn a_line_crosses_a_box_or_does_not() {
        let found = Box { left: 10.0, top: 10.0, right: 20.0, bottom: 20.0 };
        assert!(found.crossed_by((0.0, 15.0), (30.0, 15.0)));
        assert!(found.crossed_by((0.0, 0.0), (30.0, 30.0)));
        assert!(!found.crossed_by((0.0, 15.0), (9.0, 15.0)));
        assert!(!found.crossed_by((0.0, 0.0), (30.0, 5.0)));
        assert!(!found.crossed_by((5.0, 0.0), (5.0, 30.0)));
    }

    #[test]
    fn labels_around_points_cover_nothing() {
        // Four clusters of four points that nearly coincide.
        let points: Vec<(f64, f64)> = (0..16)
            .map(|i| (120.0 + 150.0 * f64::from(i / 4) + f64::from(i % 4) * 3.0, 150.0 + f64::from(i % 4) * 4.0))
            .collect();
        let sizes = vec![(110.0, 16.0); 16];
        let bounds = Box { left: 0.0, top: 0.0, right: 760.0, bottom: 360.0 };
        let boxes = around(&sizes, &Surroundings { points: &points, radius: 4.2, lines: &[], bounds });
        for (i, a) in boxes.iter().enumerate() {
            assert!(a.inside(&bounds));
            assert!(boxes[i + 1..].iter().all(|b| a.overlap(b) == 0.0), "label {i} is covered");
            assert!(points.iter().all(|p| a.overlap(&Box::around(*p, 8.0, 8.0)) == 0.0), "label {i} covers a point");
        }
    }
}
