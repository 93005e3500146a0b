//! The published answers of two TPC-H queries at scale factor 1, to check what an experiment computes.

use tpchgen::q_and_a::answers_sf1::{Q1_ANSWER, Q6_ANSWER};

/// A row of query 1, the pricing summary.
#[derive(Clone, Debug, PartialEq)]
pub struct PricingSummary {
    /// `l_returnflag`.
    pub return_flag: String,
    /// `l_linestatus`.
    pub line_status: String,
    /// Sum of `l_quantity`.
    pub sum_quantity: f64,
    /// Sum of `l_extendedprice`.
    pub sum_base_price: f64,
    /// Sum of `l_extendedprice * (1 - l_discount)`.
    pub sum_discounted_price: f64,
    /// Sum of `l_extendedprice * (1 - l_discount) * (1 + l_tax)`.
    pub sum_charge: f64,
    /// Mean of `l_quantity`.
    pub mean_quantity: f64,
    /// Mean of `l_extendedprice`.
    pub mean_price: f64,
    /// Mean of `l_discount`.
    pub mean_discount: f64,
    /// Number of rows.
    pub count: u64,
}

/// The published rows of query 1 (`l_shipdate <= 1998-09-02`), in order of flag and status.
#[must_use]
pub fn pricing_summary() -> Vec<PricingSummary> {
    let row = |line: &str| {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let number = |index: usize| fields.get(index)?.parse::<f64>().ok();
        Some(PricingSummary {
            return_flag: (*fields.first()?).to_owned(),
            line_status: (*fields.get(1)?).to_owned(),
            sum_quantity: number(2)?,
            sum_base_price: number(3)?,
            sum_discounted_price: number(4)?,
            sum_charge: number(5)?,
            mean_quantity: number(6)?,
            mean_price: number(7)?,
            mean_discount: number(8)?,
            count: fields.get(9)?.parse().ok()?,
        })
    };
    // The head is no row, because its fields are no numbers.
    Q1_ANSWER.lines().filter_map(row).collect()
}

/// The published answer of query 6: the revenue of 1994 (`l_shipdate` in 1994, `l_discount` from 0.05 to 0.07,
/// `l_quantity` below 24).
#[must_use]
pub fn revenue() -> f64 {
    Q6_ANSWER.lines().find_map(|line| line.trim().parse().ok()).unwrap_or(f64::NAN)
}

/// Compares rows of query 1 at scale factor 1, in any order, with the published ones.
///
/// # Errors
/// The first value that differs by more than rounding, as a sentence.
pub fn check_pricing_summary(rows: &[PricingSummary]) -> Result<(), String> {
    let published = pricing_summary();
    if rows.len() != published.len() {
        return Err(format!("query 1 has {} groups, not {}", published.len(), rows.len()));
    }
    for expected in &published {
        let group = format!("{}/{}", expected.return_flag, expected.line_status);
        let same =
            |row: &&PricingSummary| row.return_flag == expected.return_flag && row.line_status == expected.line_status;
        let Some(row) = rows.iter().find(same) else { return Err(format!("query 1 has a group {group}")) };
        if row.count != expected.count {
            return Err(format!("the count of {group} is {}, not {}", expected.count, row.count));
        }
        for (name, found, expected) in [
            ("quantity", row.sum_quantity, expected.sum_quantity),
            ("base price", row.sum_base_price, expected.sum_base_price),
            ("discounted price", row.sum_discounted_price, expected.sum_discounted_price),
            ("charge", row.sum_charge, expected.sum_charge),
            ("mean quantity", row.mean_quantity, expected.mean_quantity),
            ("mean price", row.mean_price, expected.mean_price),
            ("mean discount", row.mean_discount, expected.mean_discount),
        ] {
            close(&format!("{name} of {group}"), found, expected)?;
        }
    }
    Ok(())
}

/// Compares the answer of query 6 at scale factor 1 with the published one.
///
/// # Errors
/// Both values, if they differ by more than rounding.
pub fn check_revenue(found: f64) -> Result<(), String> {
    close("revenue", found, revenue())
}

/// The published values have two digits after the point; sums of a million floats are exact to ten digits or so.
fn close(name: &str, found: f64, expected: f64) -> Result<(), String> {
    let off = (found - expected).abs();
    if off <= 0.005_001 + expected.abs() * 1e-9 { Ok(()) } else { Err(format!("{name} is {expected}, not {found}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_answers_are_read() {
        let rows = pricing_summary();
        let groups: Vec<String> = rows.iter().map(|row| format!("{}{}", row.return_flag, row.line_status)).collect();
        assert_eq!(groups, ["AF", "NF", "NO", "RF"]);
        assert_eq!((rows[0].count, rows[0].sum_base_price), (1_478_493, 56_586_554_400.73));
        assert!((revenue() - 123_141_078.23).abs() < 1e-6);
    }

    #[test]
    fn a_wrong_answer_is_named() {
        let mut rows = pricing_summary();
        assert_eq!(check_pricing_summary(&rows), Ok(()));
        rows.reverse();
        assert_eq!(check_pricing_summary(&rows), Ok(()));
        rows[1].sum_charge += 1000.0;
        assert!(check_pricing_summary(&rows).unwrap_err().contains("charge of N/O"));
        rows[1].count += 1;
        assert!(check_pricing_summary(&rows).unwrap_err().contains("count of N/O"));
        assert!(check_pricing_summary(&rows[1..]).is_err());
        assert!(check_revenue(123_141_078.0).is_err());
        assert!(check_revenue(f64::NAN).is_err());
    }
}
