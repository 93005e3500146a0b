//! Which generation can do what.

use gpu::{Capability, Precision};

#[test]
fn generations_and_their_matrix_units() {
    use Precision::{Bf16, F16, F32, Fp8, Tf32};
    for (major, minor, expected) in [
        (6, 1, vec![F32]),
        (7, 0, vec![F32, F16]),
        (7, 5, vec![F32, F16]),
        (8, 0, vec![F32, Tf32, F16, Bf16]),
        (8, 6, vec![F32, Tf32, F16, Bf16]),
        (8, 9, vec![F32, Tf32, F16, Bf16, Fp8]),
        (9, 0, vec![F32, Tf32, F16, Bf16, Fp8]),
        (12, 0, vec![F32, Tf32, F16, Bf16, Fp8]),
    ] {
        let capability = Capability { major, minor };
        let supported: Vec<_> = Precision::ALL.into_iter().filter(|one| one.supported(capability).is_ok()).collect();
        assert_eq!(supported, expected, "{capability}");
    }
}

#[test]
fn a_refusal_names_both_generations() {
    let why = Precision::Fp8.supported(Capability { major: 8, minor: 6 }).unwrap_err();
    assert!(why.contains("fp8") && why.contains("8.9") && why.contains("8.6 (Ampere)"), "{why}");
}

#[test]
fn ids_lead_back() {
    for precision in Precision::ALL {
        assert_eq!(Precision::of(precision.id()), Some(precision));
    }
    assert_eq!(Precision::of("f64"), None);
}
