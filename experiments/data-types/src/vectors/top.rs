//! The best few of many, kept while they come by.

/// A vector that a search found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Its number.
    pub id: u32,
    /// How near it is to the query, by the measure of the search: more is nearer.
    pub score: f32,
}

impl Hit {
    /// Whether it comes before another: a higher score, then a lower number, so that the order does not depend on threads.
    fn before(&self, other: &Self) -> bool {
        self.score > other.score || (self.score == other.score && self.id < other.id)
    }
}

/// The best `most` hits so far, in order.
#[derive(Clone, Debug)]
pub(super) struct Top {
    hits: Vec<Hit>,
    most: usize,
    /// What a hit must reach to be looked at: the score of the last one, once there are enough.
    threshold: f32,
}

impl Top {
    pub(super) fn new(most: usize) -> Self {
        Self { hits: Vec::with_capacity(most + 1), most, threshold: f32::NEG_INFINITY }
    }

    /// Takes a hit if it is among the best.
    #[inline]
    pub(super) fn offer(&mut self, id: u32, score: f32) {
        // Nearly every vector fails here; a score that is no number fails as well.
        if score >= self.threshold {
            self.take(Hit { id, score });
        }
    }

    /// The score below which nothing is taken.
    #[inline]
    pub(super) fn threshold(&self) -> f32 {
        self.threshold
    }

    fn take(&mut self, hit: Hit) {
        let place = self.hits.partition_point(|other| other.before(&hit));
        if place == self.most {
            return;
        }
        self.hits.insert(place, hit);
        self.hits.truncate(self.most);
        if self.hits.len() == self.most
            && let Some(last) = self.hits.last()
        {
            self.threshold = last.score;
        }
    }

    /// Takes the hits of another part of the vectors.
    pub(super) fn merge(&mut self, other: &Self) {
        for hit in &other.hits {
            self.offer(hit.id, hit.score);
        }
    }

    /// The hits, the best first.
    pub(super) fn into_hits(self) -> Vec<Hit> {
        self.hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_kept_whatever_the_order_and_the_parts() {
        let scores: Vec<f32> = (0..200).map(|i| ((i * 7919) % 101) as f32).collect();
        let mut expected: Vec<Hit> = scores.iter().enumerate().map(|(i, &score)| Hit { id: i as u32, score }).collect();
        expected.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
        for split in [1, 50, 199] {
            let (mut first, mut second) = (Top::new(10), Top::new(10));
            for (i, &score) in scores.iter().enumerate().rev() {
                if i < split { first.offer(i as u32, score) } else { second.offer(i as u32, score) }
            }
            second.merge(&first);
            assert_eq!(second.into_hits(), expected[..10]);
        }
    }

    #[test]
    fn fewer_than_asked_for_are_all_there() {
        let mut top = Top::new(5);
        top.offer(3, -1.0);
        top.offer(1, f32::NAN);
        assert_eq!(top.into_hits(), [Hit { id: 3, score: -1.0 }]);
        let mut none = Top::new(0);
        none.offer(1, 1.0);
        assert!(none.into_hits().is_empty());
    }
}
