//! Claims beside what was measured.

use analysis::{ClaimResult, ClaimVerdict, Reading};
use results::Outcome;

use crate::fixture::{Dress, analysed_with, case, chapter, point, with};

fn claim(csv: f64, parquet: f64, text: &str) -> ClaimResult {
    let at = point("scan", "warm");
    let run = with(vec![case("csv", &at, csv), case("parquet", &at, parquet)]);
    chapter(&analysed_with(&run, text)).claims[0].clone()
}

fn at_least(low: f64) -> String {
    format!(
        "[[claim]]\nid = \"c\"\nstatement = \"Parquet is {low} times as fast\"\nsource = \"a post\"\nlow = {low:?}\n\
         test = {{ variant = \"parquet\", point = {{ workload = \"scan\", cache = \"warm\" }} }}\n"
    )
}

#[test]
fn verdicts() {
    use ClaimVerdict::{CannotTell, Confirmed, Refuted, WeakerHere};
    for (csv, parquet, low, expected) in [
        (3.0, 1.0, 2.0, Confirmed),
        (1.5, 1.0, 2.0, WeakerHere),
        (1.0, 1.0, 2.0, Refuted),
        (1.0, 3.0, 2.0, Refuted),
        (1.05, 1.0, 2.0, CannotTell),
    ] {
        let result = claim(csv, parquet, &at_least(low));
        assert_eq!(result.verdict, expected, "{csv} to {parquet}");
        let Some(Reading::Factor(measured)) = result.measured else { panic!("{:?}", result.measured) };
        assert!((measured.estimate / (csv / parquet) - 1.0).abs() < 0.03);
    }
}

#[test]
fn what_cannot_be_tested_says_why() {
    let text = "[[claim]]\nid = \"c\"\nstatement = \"s\"\nsource = \"x\"\nuntestable = \"needs a cluster\"\n";
    let result = claim(1.0, 1.0, text);
    assert_eq!((result.verdict, result.reason.as_deref()), (ClaimVerdict::NotTestable, Some("needs a cluster")));

    let at = point("scan", "warm");
    let skipped = case("parquet", &at, 1.0).outcome(Outcome::Skipped { reason: "needs PyArrow".to_owned() });
    let run = with(vec![case("csv", &at, 1.0), skipped]);
    let result = chapter(&analysed_with(&run, &at_least(2.0))).claims[0].clone();
    assert_eq!((result.verdict, result.reason.as_deref()), (ClaimVerdict::NotTestable, Some("Parquet: needs PyArrow")));
    assert_eq!(result.measured, None);
}
