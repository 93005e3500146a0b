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
const DRAWS: std::ops::RangeInclusive<usize> = 8..=32;

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
/// Why the way cannot draw from this table, as a sentence; or that codes cannot be read.
pub(crate) fn run(
    way: Way,
    population: &Population,
    truth: &Truth,
    original: Option<&[u32]>,
    seeds: &[u64],
    wanted: Wanted,
) -> anyhow::Result<Result<Trials, String>> {
    let judge = Judge::new(truth)?;
    let mut trials = Trials { columns: vec![0.0; truth.known.columns.len()], ..Trials::default() };
    for &seed in seeds {
        let mut rows = match way.select(population, seed, wanted) {
            Ok(places) => places,
            Err(reason) => return Ok(Err(reason)),
        };
        if let Some(original) = original {
            rows.iter_mut().for_each(|place| *place = original[*place as usize]);
        }
        judge.look(&rows, wanted, &mut trials);
    }
    trials.columns.iter_mut().for_each(|distance| *distance /= seeds.len().max(1) as f64);
    Ok(Ok(trials))
}

/// Sizes that are tried to find out how many rows are enough.
const SIZES: [usize; 6] = [100, 300, 1_000, 3_000, 10_000, 30_000];
/// Draws of a launch for it: each takes a sample of every size.
const ENOUGH_DRAWS: usize = 8;

/// For each seed the smallest size from which on every larger sample ranks the models as the table does, and finds the fault; all
/// rows of the table if no sample does.
///
/// # Errors
/// If codes cannot be read.
pub(crate) fn enough(
    way: Way,
    population: &Population,
    truth: &Truth,
    original: Option<&[u32]>,
    seeds: &[u64],
) -> anyhow::Result<BTreeMap<&'static str, Vec<f64>>> {
    let judge = Judge::new(truth)?;
    let rows = truth.known.rows;
    let mut values: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    for &seed in seeds.iter().take(ENOUGH_DRAWS) {
        let mut samples = Vec::new();
        for size in SIZES.into_iter().filter(|size| size * 2 <= rows) {
            let Ok(mut places) = way.select(population, seed, Wanted::rows(size, rows)) else { return Ok(values) };
            if let Some(original) = original {
                places.iter_mut().for_each(|place| *place = original[*place as usize]);
            }
            samples.push((size, places));
        }
        let least = |right: &dyn Fn(&[u32]) -> bool| {
            let wrong = samples.iter().rposition(|(_, places)| !right(places));
            samples.get(wrong.map_or(0, |wrong| wrong + 1)).map_or(rows, |(size, _)| *size) as f64
        };
        let mut put = |name: &'static str, value: f64| values.entry(name).or_default().push(value);
        if let Some(models) = &judge.models {
            put("enough_ranking", least(&|places| models.same_order(places)));
        }
        if let Some(fault) = judge.fault {
            put("enough_found", least(&|places| places.iter().any(|&row| fault[row as usize] == 1)));
        }
    }
    Ok(values)
}

/// What every draw is compared with.
struct Judge<'a> {
    truth: &'a Truth,
    codes: Vec<&'a [u16]>,
    measure: Option<&'a [f64]>,
    strata: Option<&'a [u16]>,
    group_sums: Vec<(f64, u64)>,
    fault: Option<&'a [u16]>,
    models: Option<Models<'a>>,
}

impl<'a> Judge<'a> {
    fn new(truth: &'a Truth) -> anyhow::Result<Self> {
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

    fn look(&self, rows: &[u32], wanted: Wanted, trials: &mut Trials) {
        let known = &self.truth.known;
        let (mut largest, mut variations, mut kinds) = (None::<f64>, 0.0, 0_u32);
        let (mut missed, mut all) = (0, 0);
        let mut own: Vec<u16> = Vec::with_capacity(rows.len());
        let Trials { values, columns } = trials;
        let mut put = |name: &'static str, value: f64| values.entry(name).or_default().push(value);
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
        if let Some(fault) = self.fault {
            put("found", f64::from(u8::from(rows.iter().any(|&row| fault[row as usize] == 1))));
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
        vec![Cell::Column(judged.name.clone()), Cell::from(measured), Cell::from(*distance)]
    };
    let rows = truth.known.columns.iter().zip(&trials.columns).map(row).collect();
    RecordedTable::new(
        &[("Column", Unit::Number), ("Distance", Unit::Number), ("Mean over the draws", Unit::Number)],
        rows,
    )
}
