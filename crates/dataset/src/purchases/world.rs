//! What does not change from row to row: users, items, seasons, and how common everything is.

use super::random::{Weighted, below, mix, unit};
use super::words;

/// Weeks that the table spans.
pub(super) const WEEKS: u64 = 12;

/// The first moment, a Monday: 2024-05-06, in microseconds since 1970.
pub(super) const START: i64 = 1_714_953_600_000_000;

/// Items on sale.
const ITEMS: usize = 20_000;

/// Purchases by the hour of the day, out of a thousand.
const HOURS: [u32; 24] = [15, 9, 6, 4, 4, 7, 15, 27, 38, 46, 52, 56, 58, 55, 52, 51, 53, 57, 63, 72, 80, 76, 62, 42];

/// Purchases by the day of the week, Monday first, out of a hundred.
const DAYS: [u32; 7] = [92, 88, 90, 95, 104, 118, 126];

/// Sums of the hourly weights of a week, so that a share of the week becomes an hour.
pub(super) struct Seasons {
    sums: Vec<f64>,
}

impl Seasons {
    fn new() -> Self {
        let weights = DAYS.iter().flat_map(|day| HOURS.iter().map(move |hour| f64::from(day * hour)));
        let mut sums = vec![0.0];
        for weight in weights {
            sums.push(sums[sums.len() - 1] + weight);
        }
        Self { sums }
    }

    /// The moment at a share of the whole span (0 up to 1), in microseconds since 1970, to the millisecond.
    pub(super) fn moment(&self, share: f64) -> i64 {
        let week_sum = self.sums[self.sums.len() - 1];
        let at = share * WEEKS as f64 * week_sum;
        let week = (at / week_sum).floor().min(WEEKS as f64 - 1.0);
        let within = (at - week * week_sum).clamp(0.0, week_sum);
        let hour = self.sums.partition_point(|&sum| sum <= within).clamp(1, self.sums.len() - 1) - 1;
        let part = (within - self.sums[hour]) / (self.sums[hour + 1] - self.sums[hour]);
        let millis = ((week * 168.0 + hour as f64 + part) * 3_600_000.0) as i64;
        START + millis * 1000
    }
}

/// Names with how common they are.
pub(super) struct Choice {
    names: Vec<String>,
    weights: Weighted,
}

impl Choice {
    fn of(names: &[(&str, f64)]) -> Self {
        let weights = Weighted::new(names.iter().map(|(_, weight)| *weight));
        Self { names: names.iter().map(|(name, _)| (*name).to_owned()).collect(), weights }
    }

    fn zipf(names: Vec<String>) -> Self {
        Self { weights: Weighted::zipf(names.len()), names }
    }

    /// The number of the name for these random bits.
    #[inline]
    pub(super) fn pick(&self, bits: u64) -> usize {
        self.weights.pick(bits)
    }

    /// The name with this number.
    #[inline]
    pub(super) fn name(&self, number: usize) -> &str {
        &self.names[number]
    }
}

/// All that rows are made from.
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) rows: u64,
    pub(super) seasons: Seasons,
    pub(super) users: Weighted,
    user_bits: u32,
    pub(super) items: Weighted,
    pub(super) categories: Choice,
    pub(super) brands: Choice,
    pub(super) countries: Choice,
    pub(super) cities: Choice,
    pub(super) devices: Choice,
    pub(super) browsers: Choice,
    pub(super) payments: Choice,
    pub(super) channels: Choice,
    pub(super) tiers: Choice,
    pub(super) words: Choice,
}

impl World {
    pub(super) fn new(seed: u64, rows: u64) -> Self {
        let list = |words: &str| words.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let users = usize::try_from(rows / 20).unwrap_or(usize::MAX).clamp(100, 200_000);
        Self {
            seed,
            rows,
            seasons: Seasons::new(),
            users: Weighted::zipf(users),
            user_bits: users.next_power_of_two().trailing_zeros(),
            items: Weighted::zipf(ITEMS),
            categories: Choice::zipf(list(words::CATEGORIES)),
            brands: Choice::zipf((0..300).map(words::name).collect()),
            countries: Choice::zipf(list(words::COUNTRIES)),
            cities: Choice::zipf((300..1100).map(words::name).collect()),
            devices: Choice::of(&words::DEVICES),
            browsers: Choice::of(&words::BROWSERS),
            payments: Choice::of(&words::PAYMENTS),
            channels: Choice::of(&words::CHANNELS),
            tiers: Choice::of(&words::TIERS),
            words: Choice::zipf(list(words::REVIEW)),
        }
    }

    /// The user of a rank: numbers without an order that tells the rank, different for different ranks.
    #[inline]
    pub(super) fn user(&self, rank: usize) -> i64 {
        // An odd factor permutes the numbers below a power of two.
        let shuffled = (rank as u64).wrapping_mul(2_654_435_761) & ((1 << self.user_bits) - 1);
        1_000_000 + shuffled as i64
    }

    /// The item of a rank.
    #[inline]
    pub(super) fn item(&self, rank: usize) -> i64 {
        let shuffled = (rank as u64).wrapping_mul(40_503) & 0x7fff;
        50_000 + shuffled as i64
    }

    /// Bits that belong to a user or an item and one trait of it.
    #[inline]
    pub(super) fn trait_of(&self, id: i64, number: u64) -> u64 {
        mix(self.seed ^ mix(id as u64 ^ (number << 40)))
    }

    /// The price of an item: most are cheap, a few are dear.
    #[inline]
    pub(super) fn price(&self, item: i64) -> f64 {
        let share = unit(self.trait_of(item, 1));
        // The square of a square bends a uniform share into a long tail.
        let bent = share * share;
        cents(2.0 + 40.0 * share + 900.0 * bent * bent * bent)
    }

    /// A number that belongs to an id, below `end`.
    #[inline]
    pub(super) fn number(&self, id: i64, number: u64, end: u64) -> u64 {
        below(self.trait_of(id, number), end)
    }
}

/// Money in whole cents.
#[inline]
pub(super) fn cents(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn moments_rise_and_follow_the_seasons() {
        let seasons = Seasons::new();
        let moments: Vec<i64> = (0..100_000).map(|i| seasons.moment(f64::from(i) / 1e5)).collect();
        assert!(moments.is_sorted());
        assert_eq!(moments[0], START);
        assert!(*moments.last().unwrap() < START + WEEKS as i64 * 7 * 86_400_000_000);
        let at_hour =
            |hour: i64| moments.iter().filter(|&&moment| (moment - START) / 3_600_000_000 % 24 == hour).count();
        assert!(at_hour(20) > 10 * at_hour(3));
        let on_day = |day: i64| moments.iter().filter(|&&moment| (moment - START) / 86_400_000_000 % 7 == day).count();
        assert!(on_day(6) > on_day(1));
    }

    #[test]
    fn ranks_have_different_ids() {
        let world = World::new(1, 100_000);
        assert_eq!((0..5000).map(|rank| world.user(rank)).collect::<HashSet<_>>().len(), 5000);
        assert_eq!((0..ITEMS).map(|rank| world.item(rank)).collect::<HashSet<_>>().len(), ITEMS);
    }
}
