//! Many draws of a way, each judged against the whole table: what is recorded as trials.

use std::collections::BTreeMap;

use results::{Cell, RecordedTable, Unit};

use crate::distance::{categories, group_error, group_sums, kolmogorov_smirnov, mean};
use crate::models::Models;
use crate::population::Population;
use crate::truth::Truth;
use crate::way::{Wanted, Way};

/// Draws of a launch: as many as this many looks at values pay for, between these bounds.
const LOOKS: usize = 8_000_000;
const DRAWS: std::ops::RangeInclusive<usize> = 8..=16;

/// What the draws of a launch came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trials {
    /// By name, a value for each draw.
    pub(crate) values: BTreeMap<&'static str, Vec<f64>>,
    /// For each judged column the mean distance over the draws.
    pub(crate) columns: Vec<f64>,
}

/// How many draws a launch makes.
pub(crate) fn draws(rows: usize, wanted: Wanted, columns: usize) -> u32 {
    let each = rows + wanted.rows * (columns + 200);
    let draws = (LOOKS / each.max(1)).clamp(*DRAWS.start(), *DRAWS.end());
    u32::try_from(draws).unwrap_or(u32::MAX)
}

/// Draws once for each seed and judges what comes out. `original` gives the row of the table at a place.
///
/// # Errors
/// Why the way cannot draw from this table, as a sentence.
pub(crate) fn run(
    way: Way,
    population: &Population,
    judge: &Judge<'_>,
    original: Option<&[u32]>,
    seeds: &[u64],
    wanted: Wanted,
) -> Result<Trials, String> {
    let mut trials = Trials { columns: vec![0.0; judge.truth.known.columns.len()], ..Trials::default() };
    for &seed in seeds {
        let rows = draw(way, population, original, seed, wanted)?;
        judge.look(&rows, wanted, &mut trials);
    }
    trials.columns.iter_mut().for_each(|distance| *distance /= seeds.len().max(1) as f64);
    Ok(trials)
}

/// The rows of the table that a way draws.
fn draw(
    way: Way,
    population: &Population,
    original: Option<&[u32]>,
    seed: u64,
    wanted: Wanted,
) -> Result<Vec<u32>, String> {
    let mut rows = way.select(population, seed, wanted)?;
    if let Some(original) = original {
        rows.iter_mut().for_each(|place| *place = original[*place as usize]);
    }
    Ok(rows)
}

/// Sizes that are tried to find out how many rows are enough.
const SIZES: [usize; 6] = [100, 300, 1_000, 3_000, 10_000, 30_000];
/// Draws of a launch for it: each takes a sample of every size.
const ENOUGH_DRAWS: usize = 8;

/// For each seed the smallest size from which on every larger sample ranks the models as the table does, and finds the fault; all
/// rows of the table if no sample does.
///
/// # Errors
/// Why the way cannot draw from this table, as a sentence.
pub(crate) fn enough(
    way: Way,
    population: &Population,
    judge: &Judge<'_>,
    original: Option<&[u32]>,
    seeds: &[u64],
) -> Result<BTreeMap<&'static str, Vec<f64>>, String> {
    let all = judge.truth.known.rows;
    let mut values: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    for &seed in seeds.iter().take(ENOUGH_DRAWS) {
        let sizes = SIZES.into_iter().filter(|size| size * 2 <= all);
        let draws = sizes.map(|size| Ok((size, draw(way, population, original, seed, Wanted::rows(size, all))?)));
        let samples = draws.collect::<Result<Vec<_>, String>>()?;
        let least = |right: &dyn Fn(&[u32]) -> bool| {
            let wrong = samples.iter().rposition(|(_, rows)| !right(rows));
            samples.get(wrong.map_or(0, |wrong| wrong + 1)).map_or(all, |(size, _)| *size) as f64
        };
        let mut put = |name: &'static str, value: f64| values.entry(name).or_default().push(value);
        if let Some(models) = &judge.models {
            put("enough_ranking", least(&|rows| models.same_order(rows)));
        }
        if judge.fault.is_some() {
            put("enough_found", least(&|rows| judge.finds(rows)));
        }
    }
    Ok(values)
}

/// What every draw is compared with.
pub(crate) struct Judge<'a> {
    truth: &'a Truth,
    codes: Vec<&'a [u16]>,
    measure: Option<&'a [f64]>,
    strata: Option<&'a [u16]>,
    group_sums: Vec<(f64, u64)>,
    fault: Option<&'a [u16]>,
    models: Option<Models<'a>>,
}

impl<'a> Judge<'a> {
    /// Reads the codes of a table and finds out how models rank on it.
    ///
    /// # Errors
    /// If codes cannot be read.
    pub(crate) fn new(truth: &'a Truth) -> anyhow::Result<Self> {
        let codes = (0..truth.known.columns.len()).map(|number| truth.codes(number)).collect::<anyhow::Result<_>>()?;
        let (measure, strata) = (truth.measure()?, truth.strata()?);
        let sums = match (measure, strata) {
            (Some(measure), Some(strata)) => {
                let groups = strata.iter().max().map_or(0, |&last| usize::from(last) + 1);
                group_sums(strata.iter().copied().zip(measure.iter().copied()), groups)
            }
            _ => Vec::new(),
        };
        let models = Models::new(truth)?.ok();
        Ok(Self { truth, codes, measure, strata, group_sums: sums, fault: truth.fault()?, models })
    }

    /// Whether a row with the planted fault is among these.
    fn finds(&self, rows: &[u32]) -> bool {
        self.fault.is_some_and(|fault| rows.iter().any(|&row| fault[row as usize] == 1))
    }

    fn look(&self, rows: &[u32], wanted: Wanted, trials: &mut Trials) {
        let known = &self.truth.known;
        let (mut largest, mut variations, mut kinds) = (None::<f64>, 0.0, 0_u32);
        let (mut missed, mut all) = (0, 0);
        let mut own: Vec<u16> = Vec::with_capacity(rows.len());
        let Trials { values, columns } = trials;
        // Five decimals are finer than any draw can tell, and keep the results file short.
        let mut put =
            |name: &'static str, value: f64| values.entry(name).or_default().push((value * 1e5).round() / 1e5);
        for (number, judged) in known.columns.iter().enumerate() {
            own.clear();
            own.extend(rows.iter().map(|&row| self.codes[number][row as usize]));
            let below = &self.truth.levels[number].below;
            columns[number] += if judged.is_number {
                let distance = kolmogorov_smirnov(&mut own, below);
                largest = Some(largest.unwrap_or(0.0).max(distance));
                distance
            } else {
                let found = categories(&own, below);
                (variations, kinds) = (variations + found.variation, kinds + 1);
                (missed, all) = (missed + found.missed, all + found.all);
                if known.label.as_deref() == Some(&judged.name) {
                    put("label_error", found.variation);
                }
                found.variation
            };
        }
        largest.into_iter().for_each(|distance| put("ks", distance));
        if kinds > 0 {
            put("tv", variations / f64::from(kinds));
            put("missed", missed as f64 / f64::from(u32::try_from(all).unwrap_or(u32::MAX)).max(1.0));
        }
        put("size_error", (rows.len() as f64 - wanted.rows as f64).abs() / wanted.rows as f64);
        if let (Some(measure), Some(numbers)) = (&known.measure, self.measure) {
            let found = mean(rows.iter().map(|&row| numbers[row as usize]));
            // A sample without a single number says nothing: it is wrong by all there is.
            put("mean_error", found.map_or(1.0, |found| (found - measure.mean).abs() / measure.scale));
            if let Some(strata) = self.strata {
                let pairs = rows.iter().map(|&row| (strata[row as usize], numbers[row as usize]));
                let sums = group_sums(pairs, self.group_sums.len());
                if let Some(error) = group_error(&sums, &self.group_sums, measure.scale) {
                    put("group_error", error);
                }
            }
        }
        if self.fault.is_some() {
            put("found", f64::from(u8::from(self.finds(rows))));
        }
        if let Some(models) = &self.models {
            put("ranking", f64::from(u8::from(models.same_order(rows))));
        }
    }
}

/// A row for each judged column: how far the samples were from the table on average.
pub(crate) fn table(truth: &Truth, trials: &Trials) -> RecordedTable {
    let row = |(judged, distance): (&crate::truth::Judged, &f64)| {
        let measured = if judged.is_number { "Kolmogorov–Smirnov" } else { "total variation" };
        vec![Cell::Column(judged.name.clone()), Cell::from(measured), Cell::from((distance * 1e5).round() / 1e5)]
    };
    let rows = truth.known.columns.iter().zip(&trials.columns).map(row).collect();
    RecordedTable::new(
        &[("Column", Unit::Number), ("Distance", Unit::Number), ("Mean over the draws", Unit::Number)],
        rows,
    )
}
