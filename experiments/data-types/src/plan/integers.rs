//! The width that a range of whole numbers needs.

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::Small;

/// A type of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Width {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
}

impl Width {
    /// From the smallest; of two of one size the signed one first, since differences of unsigned numbers go wrong below zero.
    const ALL: [(Self, i128, i128); 8] = [
        (Self::I8, i8::MIN as i128, i8::MAX as i128),
        (Self::U8, 0, u8::MAX as i128),
        (Self::I16, i16::MIN as i128, i16::MAX as i128),
        (Self::U16, 0, u16::MAX as i128),
        (Self::I32, i32::MIN as i128, i32::MAX as i128),
        (Self::U32, 0, u32::MAX as i128),
        (Self::I64, i64::MIN as i128, i64::MAX as i128),
        (Self::U64, 0, u64::MAX as i128),
    ];

    /// The smallest that holds all from `low` to `high`.
    pub(crate) fn of(low: i128, high: i128) -> Option<Self> {
        Self::ALL.iter().find(|(_, least, most)| low >= *least && high <= *most).map(|(width, ..)| *width)
    }

    pub(crate) fn dtype(self) -> DataType {
        match self {
            Self::I8 => DataType::Int8,
            Self::U8 => DataType::UInt8,
            Self::I16 => DataType::Int16,
            Self::U16 => DataType::UInt16,
            Self::I32 => DataType::Int32,
            Self::U32 => DataType::UInt32,
            Self::I64 => DataType::Int64,
            Self::U64 => DataType::UInt64,
        }
    }

    /// Bytes of a value.
    pub(crate) fn bytes(self) -> u64 {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 => 4,
            Self::I64 | Self::U64 => 8,
        }
    }

    /// Its name in Polars.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::I8 => "Int8",
            Self::U8 => "UInt8",
            Self::I16 => "Int16",
            Self::U16 => "UInt16",
            Self::I32 => "Int32",
            Self::U32 => "UInt32",
            Self::I64 => "Int64",
            Self::U64 => "UInt64",
        }
    }
}

/// The smallest type of a column of whole numbers; one without any value keeps its type.
pub(super) fn smallest(column: &Series) -> PolarsResult<Small> {
    let unsigned = *column.dtype() == DataType::UInt64;
    let range: Option<(i128, i128)> = if unsigned {
        let values = column.u64()?;
        values.min().zip(values.max()).map(|(low, high)| (low.into(), high.into()))
    } else {
        let wide = column.cast(&DataType::Int64)?;
        let values = wide.i64()?;
        values.min().zip(values.max()).map(|(low, high)| (low.into(), high.into()))
    };
    let Some((low, high)) = range else { return Ok(Small::Same) };
    if (low, high) == (0, 1) {
        return Ok(Small::Boolean);
    }
    Ok(match Width::of(low, high) {
        Some(width) if width.dtype() != *column.dtype() => Small::Int(width),
        _ => Small::Same,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_widths() {
        for (low, high, width) in [
            (0, 127, Width::I8),
            (-128, 127, Width::I8),
            (0, 128, Width::U8),
            (-1, 128, Width::I16),
            (0, 65_535, Width::U16),
            (-1, 65_535, Width::I32),
            (0, 4_294_967_295, Width::U32),
            (-1, 4_294_967_295, Width::I64),
            (0, i128::from(u64::MAX), Width::U64),
        ] {
            assert_eq!(Width::of(low, high), Some(width), "{low} to {high}");
        }
        assert_eq!(Width::of(-1, i128::from(u64::MAX)), None);
    }
}
