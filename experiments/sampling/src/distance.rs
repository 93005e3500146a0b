//! How far a sample is from the table: distances between distributions, errors of means, what is missing.

/// The largest difference between two cumulative distributions (Kolmogorov and Smirnov), 0 to 1.
///
/// `codes` are the sample's, `below` is the share of the table's rows with each code or one below. An empty sample is as
/// far away as can be.
pub(crate) fn kolmogorov_smirnov(codes: &mut [u16], below: &[f64]) -> f64 {
    if codes.is_empty() {
        return 1.0;
    }
    codes.sort_unstable();
    let share = |rows: usize| rows as f64 / codes.len() as f64;
    let mut largest: f64 = 0.0;
    let mut seen = 0;
    // The sample's distribution is flat between its codes, so the largest difference is at one of them or right before it.
    for same in codes.chunk_by(|a, b| a == b) {
        let code = usize::from(same[0]);
        let before = if code == 0 { 0.0 } else { below[code - 1] };
        largest = largest.max((share(seen) - before).abs());
        seen += same.len();
        largest = largest.max((share(seen) - below[code]).abs());
    }
    largest
}

/// How the sample's categories compare with the table's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Categories {
    /// Half the sum of the differences of shares (total variation), 0 to 1.
    pub(crate) variation: f64,
    /// Categories of the table that the sample lacks.
    pub(crate) missed: usize,
    /// Categories of the table.
    pub(crate) all: usize,
}

/// Compares the sample's categories with the table's; `below` as for [`kolmogorov_smirnov`].
pub(crate) fn categories(codes: &[u16], below: &[f64]) -> Categories {
    let mut counts = vec![0_usize; below.len()];
    codes.iter().for_each(|&code| counts[usize::from(code)] += 1);
    let rows = codes.len().max(1) as f64;
    let mut found = Categories::default();
    for (code, &count) in counts.iter().enumerate() {
        let share = below[code] - if code == 0 { 0.0 } else { below[code - 1] };
        found.variation += (count as f64 / rows - share).abs() / 2.0;
        if share > 0.0 {
            found.all += 1;
            found.missed += usize::from(count == 0);
        }
    }
    found
}

/// The mean of those that are numbers.
pub(crate) fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = numbers.filter(|number| !number.is_nan()).fold((0.0, 0_u64), |(s, n), v| (s + v, n + 1));
    (count > 0).then(|| sum / count as f64)
}

/// Sum and number of the measure in each group.
pub(crate) fn group_sums(rows: impl Iterator<Item = (u16, f64)>, groups: usize) -> Vec<(f64, u64)> {
    let mut sums = vec![(0.0, 0); groups];
    for (group, number) in rows.filter(|(_, number)| !number.is_nan()) {
        let sum = &mut sums[usize::from(group)];
        *sum = (sum.0 + number, sum.1 + 1);
    }
    sums
}

/// The mean error of the groups' means, each weighted by its rows in the table, as a share of `scale`. A group that the sample
/// lacks is wrong by the whole of it.
pub(crate) fn group_error(sample: &[(f64, u64)], table: &[(f64, u64)], scale: f64) -> Option<f64> {
    let rows: u64 = table.iter().map(|(_, count)| count).sum();
    if rows == 0 {
        return None;
    }
    let error = |(&(sum, count), &(all, of)): (&(f64, u64), &(f64, u64))| match (count, of) {
        (_, 0) => 0.0,
        (0, of) => of as f64,
        _ => of as f64 * (sum / count as f64 - all / of as f64).abs() / scale,
    };
    Some(sample.iter().zip(table).map(error).sum::<f64>() / rows as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, over every code.
    fn slow(codes: &[u16], below: &[f64]) -> f64 {
        (0..below.len())
            .map(|code| {
                let share = codes.iter().filter(|&&c| usize::from(c) <= code).count() as f64 / codes.len() as f64;
                (share - below[code]).abs()
            })
            .fold(0.0, f64::max)
    }

    #[test]
    fn the_distance_is_that_of_the_definition() {
        let below: Vec<f64> = (1..=50).map(|i| (f64::from(i) / 50.0).sqrt()).collect();
        for seed in 0..50_u64 {
            let places = crate::random::Places::new(seed);
            let mut codes: Vec<u16> = (0..1 + seed).map(|i| (places.at(i) % 50) as u16).collect();
            let expected = slow(&codes, &below);
            assert!((kolmogorov_smirnov(&mut codes, &below) - expected).abs() < 1e-12);
        }
        assert_eq!(kolmogorov_smirnov(&mut [], &below), 1.0);
        assert_eq!(kolmogorov_smirnov(&mut [0, 1], &[0.5, 1.0]), 0.0);
        assert_eq!(kolmogorov_smirnov(&mut [1, 1], &[0.5, 1.0]), 0.5);
    }

    #[test]
    fn categories_that_are_missing_are_counted() {
        let below = [0.0, 0.5, 0.75, 1.0];
        let same = categories(&[1, 1, 2, 3], &below);
        assert_eq!(same, Categories { variation: 0.0, missed: 0, all: 3 });
        assert_eq!(categories(&[1, 1], &below), Categories { variation: 0.5, missed: 2, all: 3 });
        assert_eq!(categories(&[], &below).missed, 3);
    }

    #[test]
    fn group_errors_are_weighted_and_missing_groups_wrong() {
        let table = [(30.0, 3), (20.0, 1), (0.0, 0)];
        assert_eq!(group_error(&table, &table, 10.0), Some(0.0));
        // The first group is off by 5 of 10 on three quarters of the rows, the second is missing.
        let error = group_error(&[(15.0, 1), (0.0, 0), (0.0, 0)], &table, 10.0).unwrap();
        assert!((error - (0.5 * 0.75 + 0.25)).abs() < 1e-12);
        assert_eq!(group_error(&[], &[], 1.0), None);
    }

    #[test]
    fn means_leave_out_what_is_missing() {
        assert_eq!(mean([1.0, f64::NAN, 3.0].into_iter()), Some(2.0));
        assert_eq!(mean([f64::NAN].into_iter()), None);
    }
}
