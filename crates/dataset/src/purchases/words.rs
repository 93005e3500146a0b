//! The words of the default table: names of categories, and what reviews are made of.

/// Kinds of goods, the most common first.
pub(super) const CATEGORIES: &str = "books electronics clothing home toys sports beauty garden groceries music shoes games \
    office pets baby tools jewelry health movies art luggage software outdoor automotive";

/// Countries, the most common first, each with its currency.
pub(super) const COUNTRIES: &str = "US-USD DE-EUR GB-GBP FR-EUR JP-JPY CA-CAD IT-EUR ES-EUR NL-EUR AU-AUD BR-BRL IN-INR \
    SE-SEK CH-CHF PL-PLN AT-EUR BE-EUR MX-MXN NO-NOK DK-DKK FI-EUR IE-EUR PT-EUR CZ-CZK KR-KRW NZ-NZD SG-SGD ZA-ZAR \
    GR-EUR HU-HUF RO-RON TR-TRY AR-ARS CL-CLP IL-ILS TH-THB";

/// Devices, by how common they are.
pub(super) const DEVICES: [(&str, f64); 4] = [("phone", 58.0), ("desktop", 31.0), ("tablet", 9.0), ("tv", 2.0)];

/// Systems of each device.
pub(super) const SYSTEMS: [&[&str]; 4] =
    [&["android", "ios"], &["windows", "macos", "linux"], &["ios", "android"], &["android", "tizen"]];

/// Browsers, by how common they are.
pub(super) const BROWSERS: [(&str, f64); 6] =
    [("chrome", 60.0), ("safari", 20.0), ("firefox", 8.0), ("edge", 7.0), ("samsung", 3.0), ("opera", 2.0)];

/// Ways to pay, by how common they are.
pub(super) const PAYMENTS: [(&str, f64); 7] = [
    ("card", 44.0),
    ("paypal", 24.0),
    ("invoice", 12.0),
    ("applepay", 9.0),
    ("googlepay", 6.0),
    ("giftcard", 4.0),
    ("transfer", 1.0),
];

/// Where a visit came from, by how common it is.
pub(super) const CHANNELS: [(&str, f64); 6] =
    [("search", 38.0), ("direct", 27.0), ("email", 14.0), ("social", 11.0), ("ads", 8.0), ("partner", 2.0)];

/// Levels of users, by how common they are.
pub(super) const TIERS: [(&str, f64); 4] = [("bronze", 60.0), ("silver", 25.0), ("gold", 12.0), ("platinum", 3.0)];

/// Starts, middles and ends of made-up names.
const SYLLABLES: [[&str; 16]; 3] = [
    ["Al", "Ber", "Cor", "Dan", "Er", "Fen", "Gar", "Hol", "Iv", "Jun", "Kel", "Lor", "Mar", "Nor", "Os", "Pel"],
    ["ba", "ce", "di", "fo", "ga", "he", "ki", "lo", "mu", "na", "pe", "qui", "ro", "su", "ta", "vi"],
    [
        "", "burg", "dale", "field", "ford", "ham", "land", "mont", "port", "ra", "son", "ton", "ville", "wick", "x",
        "zen",
    ],
];

/// A made-up name, different for every number below 4096.
pub(super) fn name(number: usize) -> String {
    let [starts, middles, ends] = &SYLLABLES;
    [starts[number % 16], middles[number / 16 % 16], ends[number / 256 % 16]].concat()
}

/// The words of reviews, the most common first.
pub(super) const REVIEW: &str = "the and a is it I very to was good not for this of with my but as great in quality on \
    product have well so price are works delivery too really fast they would from just one like buy again nice no small be \
    after than had bad arrived perfect at size out day came time recommend color used all much little first love only fits \
    money bought easy cheap has broken use look looks happy even could better item order box will return returned expected \
    what which when two week weeks months still worth every big light heavy material soft hard feels solid made strong poor \
    late service friendly packaging damaged missing part parts manual instructions clear simple battery charge screen sound \
    loud quiet warm cold kitchen garden children son daughter gift birthday present wife husband friend second third seller \
    shipping refund support answer quickly slow disappointed excellent awful okay fine amazing terrible stars five three \
    overall definitely";

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_and_words_are_all_different() {
        assert_eq!((0..4096).map(name).collect::<HashSet<_>>().len(), 4096);
        for list in [REVIEW, CATEGORIES, COUNTRIES] {
            let words: Vec<_> = list.split_whitespace().collect();
            assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len());
        }
    }
}
