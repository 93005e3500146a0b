//! How the numbers of a file are stored.

use half::f16;

/// How a number is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// Bytes of each.
    pub(super) bytes: usize,
    /// Whether the highest byte comes first.
    pub(super) big_endian: bool,
}

impl Number {
    /// The type that NumPy writes as `text`.
    pub(super) fn named(text: &str) -> Option<Self> {
        let (order, kind) = text.split_at_checked(1)?;
        let big_endian = match order {
            "<" => false,
            ">" => true,
            "=" => cfg!(target_endian = "big"),
            _ => return None,
        };
        let bytes = match kind {
            "f2" => 2,
            "f4" => 4,
            "f8" => 8,
            _ => return None,
        };
        Some(Self { bytes, big_endian })
    }

    /// Appends the numbers that `bytes` hold, in single precision.
    pub(super) fn decode(self, bytes: &[u8], out: &mut Vec<f32>) {
        fn ordered<const N: usize>(mut number: [u8; N], big_endian: bool) -> [u8; N] {
            if big_endian {
                number.reverse();
            }
            number
        }
        let big = self.big_endian;
        match self.bytes {
            2 => out.extend(bytes.as_chunks().0.iter().map(|&b| f16::from_le_bytes(ordered(b, big)).to_f32())),
            4 => out.extend(bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(ordered(b, big)))),
            _ => out.extend(bytes.as_chunks().0.iter().map(|&b| f64::from_le_bytes(ordered(b, big)) as f32)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_width_are_read() {
        let mut out = Vec::new();
        Number::named("<f2").unwrap().decode(&f16::from_f32(1.5).to_le_bytes(), &mut out);
        Number::named(">f2").unwrap().decode(&f16::from_f32(-2.0).to_be_bytes(), &mut out);
        Number::named("<f4").unwrap().decode(&0.25_f32.to_le_bytes(), &mut out);
        Number::named(">f4").unwrap().decode(&3.0_f32.to_be_bytes(), &mut out);
        Number::named("<f8").unwrap().decode(&1e-3_f64.to_le_bytes(), &mut out);
        Number::named(">f8").unwrap().decode(&1e300_f64.to_be_bytes(), &mut out);
        assert_eq!(out, [1.5, -2.0, 0.25, 3.0, 1e-3, f32::INFINITY]);
        assert!(Number::named("f4").is_none() && Number::named("<f16").is_none() && Number::named("").is_none());
    }
}
