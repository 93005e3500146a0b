//! Models that compete on a sample: does it put them in the same order as the whole table does?
//!
//! Four candidates explain the label (or the measure) by least squares, from fewer or more features. They differ in what people
//! try first: numbers, categories, both, both with products. Each is fitted on the sample and judged on rows that were set
//! aside; its skill is the share of the variance that it explains there (of a label of two values: the Brier skill score).
//! All that fitting and judging need are sums of products of features, so a trial passes over its rows once.

use anyhow::Context;

use crate::random::mix;
use crate::truth::Truth;

/// Most numbers, categories and levels of a category among the features.
const NUMBERS: usize = 8;
const CATEGORIES: usize = 5;
const LEVELS: usize = 3;
/// Numbers of which products are taken.
const PRODUCTS: usize = 4;
/// One row in so many is set aside to judge by.
const ASIDE: u64 = 5;
/// Most rows that the order on the whole table is found with.
const MOST_ROWS: usize = 200_000;
/// Weight of the penalty on coefficients: it only keeps what is constant in a small sample from dividing by zero.
const PENALTY: f64 = 1.0;
/// Candidates closer than this in skill on the whole table have no order.
const TIE: f64 = 0.002;

/// The features of the table and the candidates on them.
#[derive(Clone, Debug)]
pub(crate) struct Models<'a> {
    numbers: Vec<(&'a [u16], &'a [f32])>,
    levels: Vec<(&'a [u16], u16)>,
    target: Target<'a>,
    /// Sums over the rows that were set aside.
    aside: Sums,
    /// Skill of each candidate, fitted on the whole table.
    skills: [f64; 4],
}

#[derive(Clone, Copy, Debug)]
enum Target<'a> {
    /// 1 for the rows with this code.
    Is(&'a [u16], u16),
    /// A standardised number.
    Number(&'a [u16], &'a [f32]),
}

/// Sums of products of all features, the last of which is the target, row by row of the triangle.
#[derive(Clone, Debug)]
struct Sums {
    size: usize,
    rows: usize,
    products: Vec<f64>,
}

impl Sums {
    fn new(size: usize) -> Self {
        Self { size, rows: 0, products: vec![0.0; size * size] }
    }

    fn add(&mut self, row: &[f64]) {
        self.rows += 1;
        for (i, &left) in row.iter().enumerate().filter(|(_, left)| **left != 0.0) {
            let line = &mut self.products[i * self.size..][..=i];
            line.iter_mut().zip(row).for_each(|(sum, &right)| *sum += left * right);
        }
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        self.products[i.max(j) * self.size + i.min(j)]
    }
}

impl<'a> Models<'a> {
    /// The candidates for a table, or why there are none.
    ///
    /// # Errors
    /// If the codes cannot be read.
    pub(crate) fn new(truth: &'a Truth) -> anyhow::Result<Result<Self, String>> {
        let target_name = truth.known.label.clone().or_else(|| truth.known.measure.as_ref().map(|m| m.name.clone()));
        let Some(target) = target_name.and_then(|name| truth.judged(&name)) else {
            return Ok(Err("The table has no label and no number for a model to explain.".to_owned()));
        };
        let known = &truth.known.columns;
        let codes = truth.codes(target)?;
        let own = if known[target].is_number {
            Target::Number(codes, &truth.levels[target].values)
        } else {
            let last = truth.levels[target].below.len() - 1;
            Target::Is(codes, common(&truth.levels[target].below).first().copied().unwrap_or(last as u16))
        };
        let mut numbers = Vec::new();
        let mut levels = Vec::new();
        let mut categories = 0;
        for (number, judged) in known.iter().enumerate().filter(|(number, _)| *number != target) {
            if judged.is_number && numbers.len() < NUMBERS {
                numbers.push((truth.codes(number)?, truth.levels[number].values.as_slice()));
            } else if !judged.is_number && categories < CATEGORIES {
                categories += 1;
                let codes = truth.codes(number)?;
                levels.extend(common(&truth.levels[number].below).into_iter().take(LEVELS).map(|level| (codes, level)));
            }
        }
        if numbers.is_empty() || levels.is_empty() {
            return Ok(
                Err("The table needs numbers and categories beside the target for models to differ.".to_owned()),
            );
        }
        let size = 1 + numbers.len() + levels.len() + products(numbers.len()) + 1;
        let mut models = Self { numbers, levels, target: own, aside: Sums::new(size), skills: [0.0; 4] };
        let rows = truth.known.rows;
        let step = rows.div_ceil(MOST_ROWS).max(1);
        let all: Vec<u32> = (0..u32::try_from(rows).context("the table has too many rows")?).step_by(step).collect();
        let mut row = vec![0.0; size];
        let mut whole = Sums::new(size);
        for &place in &all {
            models.features(place as usize, &mut row);
            if is_aside(place) { models.aside.add(&row) } else { whole.add(&row) }
        }
        models.skills = models.judge(&whole);
        let spread = models.skills.iter().copied().fold(f64::MIN, f64::max)
            - models.skills.iter().copied().fold(f64::MAX, f64::min);
        if spread < TIE {
            return Ok(Err(
                "No candidate explains the target better than another, so there is no order to find.".to_owned()
            ));
        }
        Ok(Ok(models))
    }

    /// Whether a sample of these rows puts the candidates in the order that the whole table does.
    pub(crate) fn same_order(&self, rows: &[u32]) -> bool {
        let mut sums = Sums::new(self.aside.size);
        let mut row = vec![0.0; self.aside.size];
        for &place in rows.iter().filter(|&&place| !is_aside(place)) {
            self.features(place as usize, &mut row);
            sums.add(&row);
        }
        let found = self.judge(&sums);
        let pairs = (0..4).flat_map(|a| (0..a).map(move |b| (a, b)));
        pairs.into_iter().all(|(a, b)| {
            let gap = self.skills[a] - self.skills[b];
            gap.abs() < TIE || (found[a] - found[b]) * gap > 0.0
        })
    }

    /// The features of a row: 1, the numbers, the levels, the products, the target.
    fn features(&self, row: usize, into: &mut [f64]) {
        into[0] = 1.0;
        let mut at = 1;
        for (codes, values) in &self.numbers {
            into[at] = f64::from(values[usize::from(codes[row])]);
            at += 1;
        }
        for (codes, level) in &self.levels {
            into[at] = f64::from(u8::from(codes[row] == *level));
            at += 1;
        }
        for i in 0..self.numbers.len().min(PRODUCTS) {
            for j in 0..=i {
                into[at] = into[1 + i] * into[1 + j];
                at += 1;
            }
        }
        into[at] = match self.target {
            Target::Is(codes, level) => f64::from(u8::from(codes[row] == level)),
            Target::Number(codes, values) => f64::from(values[usize::from(codes[row])]),
        };
    }

    /// Fits the candidates on these sums: their skill on the rows that were set aside.
    fn judge(&self, sums: &Sums) -> [f64; 4] {
        let (numbers, levels) = (self.numbers.len(), self.levels.len());
        let first = 1 + numbers;
        let with = |numbers: bool, levels_too: bool, products: bool| {
            let all = 0..self.aside.size - 1;
            all.filter(move |&i| match i {
                0 => true,
                _ if i < first => numbers,
                _ if i < first + levels => levels_too,
                _ => products,
            })
            .collect::<Vec<usize>>()
        };
        [with(true, false, false), with(false, true, false), with(true, true, false), with(true, true, true)]
            .map(|features| self.skill(sums, &features))
    }

    /// The share of the target's variance among the rows set aside that the features explain, fitted on `sums`.
    fn skill(&self, sums: &Sums, features: &[usize]) -> f64 {
        let target = sums.size - 1;
        let Some(weights) = solve(sums, features, target) else { return f64::NEG_INFINITY };
        let rows = self.aside.rows.max(1) as f64;
        let aside = |i: usize, j: usize| self.aside.at(i, j) / rows;
        let mut error = aside(target, target);
        for (&i, &weight) in features.iter().zip(&weights) {
            error -= 2.0 * weight * aside(i, target);
            error += weight * features.iter().zip(&weights).map(|(&j, other)| other * aside(i, j)).sum::<f64>();
        }
        let mean = aside(0, target);
        1.0 - error / (aside(target, target) - mean * mean).max(f64::MIN_POSITIVE)
    }
}

/// Weights of the features by penalised least squares (Cholesky); `None` if the sums are no sums of squares.
fn solve(sums: &Sums, features: &[usize], target: usize) -> Option<Vec<f64>> {
    let n = features.len();
    let mut lower = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let penalty = if i == j && i > 0 { PENALTY } else { 0.0 };
            let dot: f64 = (0..j).map(|k| lower[i * n + k] * lower[j * n + k]).sum();
            let rest = sums.at(features[i], features[j]) + penalty - dot;
            lower[i * n + j] = if i != j {
                rest / lower[j * n + j]
            } else if rest > 0.0 {
                rest.sqrt()
            } else {
                return None;
            };
        }
    }
    let mut weights: Vec<f64> = features.iter().map(|&i| sums.at(i, target)).collect();
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| lower[i * n + k] * weights[k]).sum();
        weights[i] = (weights[i] - dot) / lower[i * n + i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| lower[k * n + i] * weights[k]).sum();
        weights[i] = (weights[i] - dot) / lower[i * n + i];
    }
    Some(weights)
}

fn products(numbers: usize) -> usize {
    let numbers = numbers.min(PRODUCTS);
    numbers * (numbers + 1) / 2
}

/// Whether a row is set aside to judge by.
fn is_aside(row: u32) -> bool {
    mix(u64::from(row) ^ 0xa51d).is_multiple_of(ASIDE)
}

/// The codes that are present, by falling share, without the last one, which the others imply.
fn common(below: &[f64]) -> Vec<u16> {
    let share = |code: usize| below[code] - if code == 0 { 0.0 } else { below[code - 1] };
    let mut codes: Vec<usize> = (0..below.len()).filter(|&code| share(code) > 0.0).collect();
    codes.sort_by(|&a, &b| share(b).total_cmp(&share(a)));
    codes.pop();
    codes.into_iter().map(|code| code as u16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_squares_finds_the_weights() {
        let mut sums = Sums::new(4);
        let places = crate::random::Places::new(3);
        let unit = |i: u64| (places.at(i) % 1_000) as f64 / 500.0 - 1.0;
        for i in 0..20_000 {
            let (a, b) = (unit(2 * i), unit(2 * i + 1));
            sums.add(&[1.0, a, b, 0.5 + 2.0 * a - 3.0 * b]);
        }
        let weights = solve(&sums, &[0, 1, 2], 3).unwrap();
        for (weight, expected) in weights.iter().zip([0.5, 2.0, -3.0]) {
            assert!((weight - expected).abs() < 1e-2, "{weights:?}");
        }
        assert!(solve(&Sums::new(4), &[0, 1], 3).is_none(), "no rows");
    }

    #[test]
    fn a_constant_feature_does_no_harm() {
        let mut sums = Sums::new(3);
        (0..10).for_each(|i| sums.add(&[1.0, 0.0, f64::from(i)]));
        let weights = solve(&sums, &[0, 1], 2).unwrap();
        assert!((weights[0] - 4.5).abs() < 1e-9 && weights[1] == 0.0, "{weights:?}");
    }

    #[test]
    fn common_levels_leave_one_out() {
        assert_eq!(common(&[0.0, 0.2, 0.9, 1.0]), [2, 1]);
        assert_eq!(common(&[1.0]), [0_u16; 0]);
        assert_eq!(products(2), 3);
        assert_eq!(products(9), 10);
    }
}
