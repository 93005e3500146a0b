//! Answers: a table folded into a few numbers that are equal in every format, and that show none of its values.
//!
//! A column's *weight* is the sum of the magnitudes of its numbers (or the bytes of its texts, or its trues). Magnitudes cannot
//! cancel out, so the order in which threads add them does not matter beyond the last digits: a column of standardised
//! features adds up to nearly nothing, and its relative error would be noise. Weights are divided by the
//! weight of the same column in the whole table, which keeps the reader's values out of the results file.

use polars::prelude::*;
use polars_arrow::array::{Array, PrimitiveArray, Utf8ViewArray};
use polars_arrow::types::NativeType;
use polars_core::runtime::RAYON;
use rayon::prelude::*;
use results::Answer;

/// Most numbers in the answer of a wide table; columns share them in turn.
const VALUES: usize = 32;

/// What a column amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Weight {
    /// Rows without a value.
    pub(crate) missing: f64,
    /// Sum of magnitudes, bytes or trues.
    pub(crate) total: f64,
}

/// What a column amounts to in the whole table: what its part is divided by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    /// Rows of the table, at least 1.
    pub(crate) rows: f64,
    /// Its weight there; 1 if it has none.
    pub(crate) total: f64,
}

impl Scale {
    /// The scale of a column that weighs `weight` in a table of `rows`.
    pub(crate) fn new(rows: u64, weight: f64) -> Self {
        Self { rows: rows.max(1) as f64, total: if weight > 0.0 { weight } else { 1.0 } }
    }

    /// A sum of signed values as a number near 1, so that a relative tolerance is one of the column's whole weight.
    pub(crate) fn signed(self, sum: f64) -> f64 {
        1.0 + sum / self.total
    }
}

/// Adds up every column of a frame: touches each of its values.
///
/// # Errors
/// If a column has a type that the normal form does not know.
pub(crate) fn fold(frame: &DataFrame, scales: &[Scale]) -> PolarsResult<Answer> {
    let weights: Vec<Weight> =
        RAYON.install(|| frame.columns().par_iter().map(weigh).collect::<PolarsResult<Vec<_>>>())?;
    Ok(Answer { rows: frame.height() as u64, values: values(&weights, scales), digest: None })
}

/// The numbers of an answer from the weights of the columns in order.
fn values(weights: &[Weight], scales: &[Scale]) -> Vec<f64> {
    let mut values = vec![0.0; weights.len().min(VALUES)];
    for (i, (weight, scale)) in weights.iter().zip(scales).enumerate() {
        values[i % VALUES] += weight.total / scale.total + weight.missing / scale.rows;
    }
    values
}

/// What a column amounts to.
///
/// # Errors
/// If it has a type that the normal form does not know.
pub(crate) fn weigh(column: &Column) -> PolarsResult<Weight> {
    let series = column.as_materialized_series();
    let physical = series.to_physical_repr();
    let missing = series.null_count() as f64;
    macro_rules! numbers {
        ($chunks:expr, $magnitude:expr) => {
            $chunks.downcast_iter().map(|array| sum(array, $magnitude)).sum()
        };
    }
    let total: f64 = match physical.dtype() {
        DataType::Boolean => physical.bool()?.sum().unwrap_or_default().into(),
        DataType::Int8 => numbers!(physical.i8()?, |v| f64::from(v.unsigned_abs())),
        DataType::Int16 => numbers!(physical.i16()?, |v| f64::from(v.unsigned_abs())),
        DataType::Int32 => numbers!(physical.i32()?, |v| f64::from(v.unsigned_abs())),
        DataType::Int64 => numbers!(physical.i64()?, |v| v.unsigned_abs() as f64),
        DataType::UInt8 => numbers!(physical.u8()?, f64::from),
        DataType::UInt16 => numbers!(physical.u16()?, f64::from),
        DataType::UInt32 => numbers!(physical.u32()?, f64::from),
        DataType::UInt64 => numbers!(physical.u64()?, |v| v as f64),
        DataType::Float32 => numbers!(physical.f32()?, |v| f64::from(v.abs())),
        DataType::Float64 => numbers!(physical.f64()?, f64::abs),
        DataType::Int128 => {
            let scale = if let DataType::Decimal(_, scale) = series.dtype() { *scale } else { 0 };
            let digits: f64 = numbers!(physical.i128()?, |v| v.unsigned_abs() as f64);
            digits / 10_f64.powi(i32::try_from(scale).unwrap_or(0))
        }
        DataType::String => physical.str()?.downcast_iter().map(bytes).sum(),
        other => polars_bail!(ComputeError: "a column of type {other} cannot be added up"),
    };
    Ok(Weight { missing, total })
}

fn sum<T: NativeType>(array: &PrimitiveArray<T>, magnitude: impl Fn(T) -> f64 + Copy) -> f64 {
    if array.null_count() > 0 {
        return array.non_null_values_iter().map(magnitude).sum();
    }
    // Eight running sums, since one would wait for itself.
    let mut sums = [0.0; 8];
    let mut chunks = array.values().chunks_exact(8);
    for chunk in &mut chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += magnitude(*value);
        }
    }
    sums.iter().sum::<f64>() + chunks.remainder().iter().copied().map(magnitude).sum::<f64>()
}

fn bytes(array: &Utf8ViewArray) -> f64 {
    if array.null_count() == 0 {
        return array.views().iter().map(|view| u64::from(view.length)).sum::<u64>() as f64;
    }
    array.non_null_values_iter().map(|text| text.len() as u64).sum::<u64>() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_do_not_cancel_and_do_not_depend_on_chunks() {
        let whole =
            Column::new("x".into(), (0..1003).map(|i| if i % 2 == 0 { 0.5 } else { -0.5 }).collect::<Vec<f32>>());
        let mut parts = whole.slice(0, 7);
        parts.append(&whole.slice(7, 996)).unwrap();
        assert_eq!(weigh(&whole).unwrap(), Weight { missing: 0.0, total: 501.5 });
        assert_eq!(weigh(&parts).unwrap(), weigh(&whole).unwrap());
    }

    #[test]
    fn every_type_has_a_weight() {
        let frame = df!(
            "bool" => [Some(true), None, Some(true)],
            "i8" => [Some(-128_i8), None, Some(1)],
            "i64" => [Some(i64::MIN), None, Some(1)],
            "u64" => [Some(u64::MAX), None, None],
            "text" => [Some("é"), None, Some("a text that is longer than a view")],
        )
        .unwrap();
        let totals: Vec<f64> = frame.columns().iter().map(|c| weigh(c).unwrap().total).collect();
        assert_eq!(totals, [2.0, 129.0, 9_223_372_036_854_775_809.0, 18_446_744_073_709_551_615.0, 35.0]);
        let decimal = frame.column("i8").unwrap().cast(&DataType::Decimal(10, 2)).unwrap();
        assert_eq!(weigh(&decimal).unwrap().total, 129.0);
    }

    #[test]
    fn wide_tables_have_short_answers_that_still_notice_one_value() {
        let columns: Vec<Column> = (0..100).map(|i| Column::new(format!("c{i}").into(), [1.0, 2.0])).collect();
        let frame = DataFrame::new_infer_height(columns).unwrap();
        let scales = vec![Scale::new(2, 3.0); 100];
        let answer = fold(&frame, &scales).unwrap();
        assert_eq!((answer.rows, answer.values.len()), (2, VALUES));
        let mut other = frame.clone();
        other.with_column(Column::new("c99".into(), [Some(1.0), None])).unwrap();
        assert!(fold(&other, &scales).unwrap().disagreement(&answer, 1e-9).is_some());
    }
}
