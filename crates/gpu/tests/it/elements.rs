//! Numbers as they lie on the GPU.

use gpu::{E4M3_MAX, Element};

/// Every number of e4m3, computed from its definition.
fn all_e4m3() -> Vec<(u8, f32)> {
    (0..=0x7e_u8)
        .map(|code| {
            let (exponent, mantissa) = (i32::from(code >> 3), f32::from(code & 7) / 8.0);
            let number =
                if exponent == 0 { mantissa * 2_f32.powi(-6) } else { (1.0 + mantissa) * 2_f32.powi(exponent - 7) };
            (code, number)
        })
        .collect()
}

#[test]
fn e4m3_has_the_numbers_of_its_definition() {
    let all = all_e4m3();
    assert_eq!(all.last().unwrap().1, E4M3_MAX);
    for (code, number) in &all {
        assert_eq!(Element::E4m3.encode(&[*number, -*number]), [*code, code | 0x80], "{number}");
        assert_eq!(Element::E4m3.decode(&[*code, code | 0x80]), [*number, -*number], "{code}");
    }
    assert!(Element::E4m3.decode(&[0x7f])[0].is_nan());
}

#[test]
fn e4m3_rounds_to_the_nearest_and_between_two_to_even() {
    for pair in all_e4m3().windows(2) {
        let [(below, low), (above, high)] = [pair[0], pair[1]];
        let middle = (low + high) / 2.0;
        let even = if below % 2 == 0 { below } else { above };
        let (under, over) = (f32::from_bits(middle.to_bits() - 1), f32::from_bits(middle.to_bits() + 1));
        assert_eq!(Element::E4m3.encode(&[under, middle, over]), [below, even, above], "between {low} and {high}");
    }
    assert_eq!(Element::E4m3.rounded(&[1e9, f32::NEG_INFINITY, 460.0]), [E4M3_MAX, -E4M3_MAX, E4M3_MAX]);
    assert!(Element::E4m3.rounded(&[f32::NAN])[0].is_nan());
}

#[test]
fn halves_are_those_of_the_crate_half() {
    let numbers = [0.0, -0.0, 1.0, 0.1, -3.75e-7, 65_504.0, 1e6, 1e-40, f32::INFINITY];
    let by_half: Vec<f32> = numbers.iter().map(|number| half::f16::from_f32(*number).to_f32()).collect();
    assert_eq!(Element::F16.rounded(&numbers), by_half);
    let by_half: Vec<f32> = numbers.iter().map(|number| half::bf16::from_f32(*number).to_f32()).collect();
    assert_eq!(Element::Bf16.rounded(&numbers), by_half);
    assert_eq!(Element::F32.rounded(&numbers), numbers);
}

#[test]
fn rounding_is_no_worse_than_stated() {
    for element in [Element::F16, Element::Bf16, Element::E4m3] {
        let worst = (1..4000)
            .map(|i| 0.02 + i as f32 * 0.001)
            .map(|number| (element.rounded(&[number])[0] - number).abs() / number)
            .fold(0.0, f32::max);
        assert!(worst <= element.rounding() && worst > 0.4 * element.rounding(), "{element:?}: {worst}");
    }
}
