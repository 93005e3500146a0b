//! A filter's ends as values of the column that the tables store.

use std::sync::Arc;

use anyhow::{Context, bail};
use deltalake::arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Datum, Decimal128Array, Float32Array, Float64Array, Int32Array,
    Int64Array, Scalar, StringArray, TimestampMicrosecondArray,
};
use deltalake::arrow::compute::kernels::cmp::{gt_eq, lt_eq};
use deltalake::arrow::compute::{and, cast};
use deltalake::arrow::datatypes::DataType;

use crate::asked::{Filter, Value};

/// A range of a column, both ends included.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    /// The column.
    pub(crate) column: String,
    /// The lower end.
    pub(crate) low: End,
    /// The upper end.
    pub(crate) high: End,
}

/// An end of a range, in the type that the tables store.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// Yes or no.
    Bool(bool),
    /// 32 bits.
    Int(i32),
    /// 64 bits.
    Long(i64),
    /// Single precision.
    Float(f32),
    /// Double precision.
    Double(f64),
    /// Text.
    Text(String),
    /// Days since 1970.
    Date(i32),
    /// Microseconds since 1970, UTC.
    Instant(i64),
    /// An unscaled decimal, with its precision and scale.
    Decimal(i128, u8, i8),
}

impl Bounds {
    /// The filter on a column of type `dtype`, which is one of [`stored_as`](crate::source::stored_as).
    ///
    /// # Errors
    /// If the type cannot hold the ends.
    pub(crate) fn new(filter: &Filter, dtype: &DataType) -> anyhow::Result<Self> {
        let end = |value: &Value, upper: bool| {
            End::new(value, &filter.kind, dtype, upper)
                .with_context(|| format!("a column of type {dtype} cannot be compared with its filter"))
        };
        Ok(Self { column: filter.column.clone(), low: end(&filter.low, false)?, high: end(&filter.high, true)? })
    }

    /// Which values lie inside; none that is missing.
    ///
    /// # Errors
    /// If the values are of another type.
    pub(crate) fn inside(&self, values: &dyn Array) -> anyhow::Result<BooleanArray> {
        let (low, high) = (self.low.array(), self.high.array());
        let values = if values.data_type() == low.data_type() { None } else { Some(cast(values, low.data_type())?) }
            .unwrap_or_else(|| deltalake::arrow::array::make_array(values.to_data()));
        Ok(and(&gt_eq(&values, &scalar(low))?, &lt_eq(&values, &scalar(high))?)?)
    }

    /// Whether ranges leave open that a value of theirs lies inside, given the smallest and the largest of each; an unknown
    /// one leaves it open.
    ///
    /// # Errors
    /// If the values are of another type.
    pub(crate) fn may_pass(&self, least: &ArrayRef, most: &ArrayRef) -> anyhow::Result<Vec<bool>> {
        let (low, high) = (self.low.array(), self.high.array());
        let (least, most) = (cast(least, high.data_type())?, cast(most, low.data_type())?);
        let (below, above) = (lt_eq(&least, &scalar(high))?, gt_eq(&most, &scalar(low))?);
        let open = |sides: &BooleanArray, i: usize| sides.is_null(i) || sides.value(i);
        Ok((0..below.len()).map(|i| open(&below, i) && open(&above, i)).collect())
    }
}

fn scalar(array: ArrayRef) -> impl Datum {
    Scalar::new(array)
}

impl End {
    fn new(value: &Value, kind: &str, dtype: &DataType, upper: bool) -> anyhow::Result<Self> {
        Ok(match (dtype, value) {
            (DataType::Boolean, Value::Bool(v)) => Self::Bool(*v),
            (DataType::Utf8, Value::Text(v)) => Self::Text(v.clone()),
            (DataType::Int32, Value::Int(v)) => Self::Int(i32::try_from(*v)?),
            (DataType::Int64, Value::Int(v)) => Self::Long(*v),
            (DataType::Date32, Value::Int(v)) => Self::Date(i32::try_from(*v)?),
            (DataType::Timestamp(..), Value::Int(v)) => Self::Instant(match kind {
                "ms" => v.saturating_mul(1_000),
                "us" => *v,
                // Stored in microseconds: the first one within the range, and the last one.
                "ns" if upper => v.div_euclid(1_000),
                "ns" => v.div_euclid(1_000) + i64::from(v.rem_euclid(1_000) > 0),
                other => bail!("instants in {other:?}"),
            }),
            (DataType::Decimal128(precision, scale), Value::Int(v)) => {
                Self::Decimal(i128::from(*v), *precision, *scale)
            }
            (DataType::Decimal128(precision, scale), Value::UInt(v)) => {
                Self::Decimal(i128::from(*v), *precision, *scale)
            }
            (DataType::Float32 | DataType::Float64, Value::Float(v)) => {
                // Arrow orders zeros by their sign, and the range holds both.
                let v = if *v == 0.0 { if upper { 0.0 } else { -0.0 } } else { *v };
                if *dtype == DataType::Float32 { Self::Float(v as f32) } else { Self::Double(v) }
            }
            (_, value) => bail!("{value:?} is no value of it"),
        })
    }

    /// An array of this one value.
    pub(crate) fn array(&self) -> ArrayRef {
        match self {
            Self::Bool(v) => Arc::new(BooleanArray::from(vec![*v])),
            Self::Int(v) => Arc::new(Int32Array::from(vec![*v])),
            Self::Long(v) => Arc::new(Int64Array::from(vec![*v])),
            Self::Float(v) => Arc::new(Float32Array::from(vec![*v])),
            Self::Double(v) => Arc::new(Float64Array::from(vec![*v])),
            Self::Text(v) => Arc::new(StringArray::from(vec![v.as_str()])),
            Self::Date(v) => Arc::new(Date32Array::from(vec![*v])),
            Self::Instant(v) => Arc::new(TimestampMicrosecondArray::from(vec![*v]).with_timezone("UTC")),
            Self::Decimal(v, precision, scale) => {
                let array = Decimal128Array::from(vec![*v]);
                // Precision and scale come from a column that has them.
                Arc::new(array.clone().with_precision_and_scale(*precision, *scale).unwrap_or(array))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use deltalake::arrow::datatypes::TimeUnit;

    use super::*;

    fn bounds(kind: &str, low: Value, high: Value, dtype: &DataType) -> anyhow::Result<Bounds> {
        Bounds::new(&Filter { column: "x".to_owned(), kind: kind.to_owned(), low, high }, dtype)
    }

    #[test]
    fn instants_become_the_microseconds_within() {
        let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        for (kind, low, high, expected) in [
            ("ms", -5, 7, (-5_000, 7_000)),
            ("us", -5, 7, (-5, 7)),
            ("ns", 1, 1_999, (1, 1)),
            ("ns", -1_999, -1_000, (-1, -1)),
            ("ns", 2_000, 2_000, (2, 2)),
        ] {
            let bounds = bounds(kind, Value::Int(low), Value::Int(high), &instant).unwrap();
            assert_eq!((bounds.low, bounds.high), (End::Instant(expected.0), End::Instant(expected.1)), "{kind} {low}");
        }
    }

    #[test]
    fn both_ends_and_both_zeros_are_inside_and_nothing_missing_is() {
        let values = Float64Array::from(vec![Some(-0.0), Some(0.0), Some(1.5), Some(1.6), None, Some(f64::NAN)]);
        let bounds = bounds("number", Value::Float(0.0), Value::Float(1.5), &DataType::Float64).unwrap();
        let inside = bounds.inside(&values).unwrap();
        let inside: Vec<Option<bool>> = inside.iter().collect();
        assert_eq!(inside, [Some(true), Some(true), Some(true), Some(false), None, Some(false)]);
    }

    #[test]
    fn ranges_that_say_nothing_leave_it_open() {
        let bounds = bounds("number", Value::Int(10), Value::Int(20), &DataType::Int64).unwrap();
        let least: ArrayRef = Arc::new(Int64Array::from(vec![Some(0), Some(21), Some(20), None, Some(0)]));
        let most: ArrayRef = Arc::new(Int64Array::from(vec![Some(9), Some(30), Some(30), Some(5), Some(10)]));
        assert_eq!(bounds.may_pass(&least, &most).unwrap(), [false, false, true, false, true]);
        let unknown: ArrayRef = Arc::new(Int64Array::from(vec![None; 5]));
        assert_eq!(bounds.may_pass(&unknown, &unknown).unwrap(), [true; 5]);
    }

    #[test]
    fn values_that_the_column_cannot_hold_are_an_error() {
        for (value, dtype) in [
            (Value::Int(i64::MAX), DataType::Int32),
            (Value::Text("x".to_owned()), DataType::Int64),
            (Value::Int(1), DataType::Binary),
        ] {
            assert!(bounds("number", value.clone(), value, &dtype).is_err(), "{dtype}");
        }
    }
}
