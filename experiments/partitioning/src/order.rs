//! The order of the rows: as they come, at random, by a column, or along a Z-curve through two.

use polars::prelude::*;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;

/// The rows as they come.
pub(crate) fn as_is(rows: usize) -> anyhow::Result<Vec<IdxSize>> {
    Ok((0..IdxSize::try_from(rows)?).collect())
}

/// The rows at random.
pub(crate) fn shuffled(rows: usize, seed: u64) -> anyhow::Result<Vec<IdxSize>> {
    let mut order = as_is(rows)?;
    order.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
    Ok(order)
}

/// The rows by a column, missing values last, equal ones as they come.
pub(crate) fn sorted(column: &Column) -> Vec<IdxSize> {
    let options = SortOptions::default().with_nulls_last(true).with_maintain_order(true);
    column.as_materialized_series().arg_sort(options).into_no_null_iter().collect()
}

/// The rows along a Z-curve: each column is cut into ranks of equally many rows, and the bits of the ranks take turns.
///
/// # Errors
/// If a column cannot be compared.
pub(crate) fn z_curve(a: &Column, b: &Column) -> anyhow::Result<Vec<IdxSize>> {
    let (a, b) = (ranks(a)?, ranks(b)?);
    let places: Vec<u32> = a.iter().zip(&b).map(|(&a, &b)| spread(a) << 1 | spread(b)).collect();
    let mut order = as_is(places.len())?;
    order.sort_by_key(|&row| places[row as usize]);
    Ok(order)
}

/// The rank of each row, scaled to 16 bits; equal values have the same one.
fn ranks(column: &Column) -> anyhow::Result<Vec<u16>> {
    let order = sorted(column);
    let ordered = column.as_materialized_series().take(&IdxCa::from_slice(PlSmallStr::EMPTY, &order))?;
    let is_new = ordered.not_equal_missing(&ordered.shift(1))?;
    let mut ranks = vec![0; order.len()];
    let mut rank = 0;
    for (place, (&row, is_new)) in order.iter().zip(is_new.iter()).enumerate() {
        if is_new.unwrap_or(true) {
            rank = (place as u64 * (1 << 16) / order.len() as u64) as u16;
        }
        ranks[row as usize] = rank;
    }
    Ok(ranks)
}

/// The bits of a number with a gap behind each.
fn spread(number: u16) -> u32 {
    let mut bits = u32::from(number);
    for (shift, mask) in [(8, 0x00ff_00ff), (4, 0x0f0f_0f0f), (2, 0x3333_3333), (1, 0x5555_5555)] {
        bits = (bits | bits << shift) & mask;
    }
    bits
}

/// The rows of each part together, in the order that they have: the order, and the rows of each part.
pub(crate) fn grouped(order: &[IdxSize], part_of_row: &[u32], parts: usize) -> (Vec<IdxSize>, Vec<usize>) {
    let mut sizes = vec![0_usize; parts];
    for &part in part_of_row {
        sizes[part as usize] += 1;
    }
    let mut places: Vec<usize> = sizes
        .iter()
        .scan(0, |start, &size| {
            let place = *start;
            *start += size;
            Some(place)
        })
        .collect();
    let mut grouped = vec![0; order.len()];
    for &row in order {
        let place = &mut places[part_of_row[row as usize] as usize];
        grouped[*place] = row;
        *place += 1;
    }
    (grouped, sizes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column<T: AsRef<[P]>, P>(values: T) -> Column
    where
        Series: NamedFrom<T, [P]>,
    {
        Series::new("x".into(), values).into_column()
    }

    #[test]
    fn orders_hold_every_row_once() {
        let numbers = column([Some(3_i64), None, Some(1), Some(3), Some(2)]);
        assert_eq!(sorted(&numbers), [2, 4, 0, 3, 1]);
        let mut shuffled = shuffled(1000, 7).unwrap();
        assert_ne!(shuffled, as_is(1000).unwrap());
        assert_eq!(shuffled, super::shuffled(1000, 7).unwrap());
        shuffled.sort_unstable();
        assert_eq!(shuffled, as_is(1000).unwrap());
    }

    #[test]
    fn a_z_curve_keeps_neighbours_in_both_columns_together() {
        // A square of 16 × 16: each of its 16 runs of rows is a square of 4 × 4.
        let side = |i: i64| (i / 16, i % 16);
        let a = column((0..256).map(|i| side(i * 37 % 256).0).collect::<Vec<i64>>());
        let b = column((0..256).map(|i| side(i * 37 % 256).1).collect::<Vec<i64>>());
        let order = z_curve(&a, &b).unwrap();
        let (a, b) = (a.i64().unwrap(), b.i64().unwrap());
        for run in order.chunks(16) {
            for values in [a, b] {
                let of: Vec<i64> = run.iter().map(|&row| values.get(row as usize).unwrap()).collect();
                assert_eq!(of.iter().max().unwrap() - of.iter().min().unwrap(), 3, "{of:?}");
            }
        }
    }

    #[test]
    fn ranks_of_equal_and_missing_values() {
        let texts = column([Some("b"), Some("a"), None, Some("b")]);
        assert_eq!(ranks(&texts).unwrap(), [16_384, 0, 49_152, 16_384]);
        assert_eq!(spread(0b1011), 0b100_0101);
        assert_eq!(spread(u16::MAX), 0x5555_5555);
    }

    #[test]
    fn groups_keep_the_order_within() {
        let (order, sizes) = grouped(&[4, 3, 2, 1, 0], &[1, 0, 1, 2, 0], 4);
        assert_eq!((order, sizes), (vec![4, 1, 2, 0, 3], vec![2, 2, 1, 0]));
    }
}
