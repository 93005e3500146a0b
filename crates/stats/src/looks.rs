//! Preset looks: when the measuring may ask whether it is settled, and how sure it must be then.
//!
//! Asking after every launch until the answer pleases raises the rate of false verdicts. So the looks are preset numbers
//! of launches, and together they spend one error rate (α = 5 %): a look spends α in proportion to the launches that came
//! since the look before (linear α-spending, Kim and DeMets 1987, ρ = 1), and the last spends what is left. The looks'
//! shares add up to α, so by Bonferroni's inequality the rate of false verdicts over all looks is at most α, however
//! strongly the looks depend on each other. The intervals are those of Jennison and Turnbull's repeated intervals: all
//! looks' intervals together cover the truth with 95 %.

use serde::{Deserialize, Serialize};

use crate::{CONFIDENCE, Verdict, log_ratio};

/// Preset numbers of launches at which a measurement may stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looks(Vec<usize>);

/// What to do after a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// The interval clears the margin or lies within it: stop.
    Settled(Verdict),
    /// Not yet: go on to the next look.
    Continue,
    /// The last look has passed and nothing is settled: the verdict is *cannot tell*.
    Exhausted,
}

impl Looks {
    /// Looks at these numbers of launches; sorted, once each, none below 2, and at least one.
    #[must_use]
    pub fn new(launches: &[usize]) -> Self {
        let mut looks: Vec<usize> = launches.iter().map(|&n| n.max(2)).collect();
        looks.sort_unstable();
        looks.dedup();
        if looks.is_empty() {
            looks.push(2);
        }
        Self(looks)
    }

    /// The numbers of launches, in order.
    #[must_use]
    pub fn numbers(&self) -> Vec<usize> {
        self.0.clone()
    }

    /// The most launches that there can be.
    #[must_use]
    pub fn last(&self) -> usize {
        self.0.last().copied().unwrap_or(2)
    }

    /// The first look after `launches`, if there is one.
    #[must_use]
    pub fn next(&self, launches: usize) -> Option<usize> {
        self.0.iter().copied().find(|&look| look > launches)
    }

    /// Whether there is a look at exactly this number of launches.
    #[must_use]
    pub fn is_look(&self, launches: usize) -> bool {
        self.0.contains(&launches)
    }

    /// Confidence of the interval at a look after `launches`: 1 − its share of α.
    #[must_use]
    pub fn confidence(&self, launches: usize) -> f64 {
        let (before, last) = (self.before(launches) as f64, self.last() as f64);
        1.0 - (1.0 - CONFIDENCE) * (launches as f64 - before).max(0.0) / last
    }

    /// Confidence of the final interval of a measurement that ended with `launches`, for whatever reason: it may spend
    /// all that the earlier looks left. Whatever [`decide`](Self::decide) settled is settled at this confidence too.
    #[must_use]
    pub fn final_confidence(&self, launches: usize) -> f64 {
        let (before, last) = (self.before(launches) as f64, self.last() as f64);
        1.0 - (1.0 - CONFIDENCE) * (1.0 - before / last)
    }

    /// A p-value that pays for the looks before this one: above 5 % exactly if the interval of
    /// [`final_confidence`](Self::final_confidence) gives no verdict.
    #[must_use]
    pub fn adjusted(&self, p_value: f64, launches: usize) -> f64 {
        (p_value * (1.0 - CONFIDENCE) / (1.0 - self.final_confidence(launches))).min(1.0)
    }

    /// What to do now. Without a look at this number of launches: go on.
    #[must_use]
    pub fn decide(&self, variant: &[Vec<f64>], baseline: &[Vec<f64>], margin: f64) -> Decision {
        let launches = variant.len().min(baseline.len());
        let last = launches >= self.last();
        if !last && !self.is_look(launches) {
            return Decision::Continue;
        }
        let confidence = if last { self.final_confidence(launches) } else { self.confidence(launches) };
        match log_ratio(variant, baseline, confidence).map(|ratio| ratio.verdict(margin)) {
            Some(verdict) if verdict != Verdict::CannotTell => Decision::Settled(verdict),
            _ if last => Decision::Exhausted,
            _ => Decision::Continue,
        }
    }

    /// The look before this number of launches, or 0.
    fn before(&self, launches: usize) -> usize {
        let launches = launches.min(self.last());
        self.0.iter().copied().filter(|&look| look < launches).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_alpha() {
        for preset in [vec![5, 10, 20], vec![3], vec![3, 5], vec![2, 3, 4, 5, 6, 30]] {
            let looks = Looks::new(&preset);
            let spent: f64 = preset.iter().map(|&n| 1.0 - looks.confidence(n)).sum();
            assert!((spent - 0.05).abs() < 1e-12, "{preset:?} spend {spent}");
            assert_eq!(looks.confidence(looks.last()), looks.final_confidence(looks.last()));
        }
        let looks = Looks::new(&[20, 5, 10, 5]);
        for (launches, during, end) in [(5, 0.9875, 0.95), (10, 0.9875, 0.9625), (20, 0.975, 0.975), (7, 0.995, 0.9625)]
        {
            assert!((looks.confidence(launches) - during).abs() < 1e-12, "{launches}");
            assert!((looks.final_confidence(launches) - end).abs() < 1e-12, "{launches}");
        }
    }

    #[test]
    fn looks_in_order() {
        let looks = Looks::new(&[5, 10, 20]);
        assert_eq!([0, 5, 6, 20].map(|n| looks.next(n)), [Some(5), Some(10), Some(10), None]);
        assert_eq!((looks.last(), looks.is_look(10), looks.is_look(11)), (20, true, false));
        assert_eq!(Looks::new(&[]).last(), 2);
    }

    #[test]
    fn decisions() {
        let steady = |seconds: f64, n: usize| -> Vec<Vec<f64>> {
            (0..n).map(|i| (0..4).map(|j| seconds * (1.0 + 0.002 * ((i * 7 + j * 3) % 5) as f64)).collect()).collect()
        };
        let noisy =
            |n: usize| -> Vec<Vec<f64>> { (0..n).map(|i| vec![if i % 2 == 0 { 1.0 } else { 2.0 }; 4]).collect() };
        let looks = Looks::new(&[3, 6]);
        let decide = |v: &[Vec<f64>], b: &[Vec<f64>]| looks.decide(v, b, 0.05);
        assert_eq!(decide(&steady(0.5, 3), &steady(1.0, 3)), Decision::Settled(Verdict::Faster));
        assert_eq!(decide(&steady(2.0, 3), &steady(1.0, 3)), Decision::Settled(Verdict::Slower));
        assert_eq!(decide(&steady(1.0, 3), &steady(1.0, 3)), Decision::Settled(Verdict::Same));
        assert_eq!(decide(&steady(0.5, 2), &steady(1.0, 2)), Decision::Continue, "two launches are no look");
        assert_eq!(decide(&noisy(3), &steady(1.0, 3)), Decision::Continue);
        assert_eq!(decide(&noisy(6), &steady(1.0, 6)), Decision::Exhausted);
        assert_eq!(decide(&noisy(9), &steady(1.0, 9)), Decision::Exhausted);
        assert_eq!(decide(&[], &[]), Decision::Continue);
    }
}
