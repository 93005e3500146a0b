//! The rows of a batch as vectors.

use polars::prelude::*;
use polars_arrow::array::{Array, PrimitiveArray};

use super::{FEWEST_DIMS, MOST_DIMS};
use crate::read::{ColumnType, Nested};

/// A row.
pub(crate) enum Cell<'a> {
    /// A null.
    Missing,
    /// Numbers.
    Vector(&'a [f32]),
    /// A list with something else in it.
    Other,
}

/// Whether a column may hold vectors: lists of floats, or lists of JSON, whose values no type tells.
pub(crate) fn could_be(column: &ColumnType) -> bool {
    match (&column.dtype, column.nested) {
        (_, Some(nested)) => nested == Nested::List,
        (DataType::List(inner) | DataType::Array(inner, _), None) => inner.is_float(),
        _ => false,
    }
}

/// Hands on row after row until `take` wants no more.
///
/// # Errors
/// The engine's, for a column that is neither of lists of numbers nor of texts.
pub(crate) fn each(column: &Column, mut take: impl FnMut(Cell<'_>) -> bool) -> PolarsResult<()> {
    let series = column.as_materialized_series();
    if *series.dtype() == DataType::String {
        for text in series.str()?.iter() {
            let vector = text.map(serde_json::from_str::<Vec<f32>>);
            let cell = match &vector {
                None => Cell::Missing,
                Some(Ok(vector)) => Cell::Vector(vector),
                Some(Err(_)) => Cell::Other,
            };
            if !take(cell) {
                return Ok(());
            }
        }
        return Ok(());
    }
    let lists = series.cast(&DataType::List(Box::new(DataType::Float32)))?;
    for array in lists.list()?.downcast_iter() {
        let numbers = array.values().as_any().downcast_ref::<PrimitiveArray<f32>>();
        let numbers = numbers.ok_or_else(|| polars_err!(SchemaMismatch: "lists of float32 hold something else"))?;
        for row in 0..array.len() {
            let (start, end) = array.offsets().start_end(row);
            let holes = numbers.validity().map_or(0, |valid| valid.null_count_range(start, end - start));
            let cell = match array.is_null(row) {
                true => Cell::Missing,
                false if holes > 0 => Cell::Other,
                false => Cell::Vector(&numbers.values()[start..end]),
            };
            if !take(cell) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// What the rows of a column have in common so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Shape {
    dims: Option<usize>,
    uneven: bool,
    fractions: bool,
}

impl Shape {
    /// Takes a row; `false` if the column holds no vectors, whatever comes.
    pub(crate) fn take(&mut self, cell: &Cell<'_>) -> bool {
        match cell {
            Cell::Missing => {}
            Cell::Other => self.uneven = true,
            Cell::Vector(vector) => {
                let dims = *self.dims.get_or_insert(vector.len());
                self.uneven |= dims != vector.len() || !(FEWEST_DIMS..=MOST_DIMS).contains(&dims);
                self.fractions |= vector.iter().any(|value| value.fract() != 0.0);
            }
        }
        !self.uneven
    }

    /// Numbers of every vector; `None` if the lists differ in length, or hold whole numbers alone, as lists of identifiers do.
    pub(crate) fn dims(&self) -> Option<usize> {
        self.dims.filter(|_| !self.uneven && self.fractions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(column: &Column) -> Option<usize> {
        let mut shape = Shape::default();
        each(column, |cell| shape.take(&cell)).unwrap();
        shape.dims()
    }

    fn lists(rows: &[Option<&[f64]>]) -> Column {
        let rows: ListChunked = rows.iter().map(|row| row.map(|row| Series::new("".into(), row))).collect();
        rows.into_series().into_column()
    }

    #[test]
    fn lists_of_one_length_are_vectors() {
        assert_eq!(shape(&lists(&[Some(&[0.5, 1.0, 2.0]), None, Some(&[1.0, 2.0, 3.5])])), Some(3));
        assert_eq!(shape(&lists(&[Some(&[0.5, 1.0]), Some(&[1.0])])), None);
        assert_eq!(shape(&lists(&[Some(&[0.5]), Some(&[1.5])])), None, "too short");
        assert_eq!(shape(&lists(&[Some(&[1.0, 2.0]), Some(&[3.0, 4.0])])), None, "whole numbers");
        assert_eq!(shape(&lists(&[Some(&[0.5, f64::NAN])])), Some(2));
        let hole = Series::new("".into(), [Some(0.5), None]);
        assert_eq!(shape(&Series::new("".into(), [hole]).into_column()), None, "a null inside");
    }

    #[test]
    fn arrays_of_a_slice_are_vectors() {
        let array = lists(&[Some(&[0.25, 1.0]), None, Some(&[0.5, 2.0])])
            .cast(&DataType::Array(Box::new(DataType::Float64), 2))
            .unwrap();
        let mut seen = Vec::new();
        each(&array.slice(1, 2), |cell| {
            seen.push(if let Cell::Vector(vector) = cell { Some(vector.to_vec()) } else { None });
            true
        })
        .unwrap();
        assert_eq!(seen, [None, Some(vec![0.5, 2.0])]);
    }

    #[test]
    fn lists_of_json_are_vectors() {
        let texts = |rows: &[Option<&str>]| shape(&Column::new("x".into(), rows));
        assert_eq!(texts(&[Some("[0.5, 1]"), None, Some("[1e-3,2]")]), Some(2));
        assert_eq!(texts(&[Some("[1, 2]"), Some("[3, 4]")]), None);
        assert_eq!(texts(&[Some("[0.5, null]")]), None);
        assert_eq!(texts(&[Some("[[0.5, 1]]")]), None);
        assert_eq!(texts(&[None]), None);
    }
}
