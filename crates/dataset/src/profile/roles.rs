//! What a column can serve as, from its profile. The rules are few and stated, so that a choice can be explained.

use results::{ColumnRole, dtype};

use super::ColumnProfile;

/// Most different values of a column to group by.
const MAX_CATEGORIES: u64 = 1000;

/// Most different values of a column of whole numbers to group by.
const MAX_NUMBER_CATEGORIES: u64 = 100;

/// Fewest different values of a column with a selective range.
const MIN_FILTER_VALUES: u64 = 50;

/// Share of zeros from which a feature is sparse.
const SPARSE: f64 = 0.9;

/// Most bytes of a text that is an identifier.
const MAX_KEY_BYTES: f64 = 64.0;

/// Words of a text from which it is prose.
const MIN_WORDS: f64 = 2.0;

/// Names of labels.
const LABELS: [&str; 14] = [
    "label",
    "target",
    "y",
    "class",
    "outcome",
    "is_fraud",
    "fraud",
    "churn",
    "churned",
    "clicked",
    "click",
    "converted",
    "conversion",
    "response",
];

/// Ends of names of identifiers and the like: numbers that nobody adds up.
const CODES: [&str; 9] = ["id", "key", "code", "zip", "zipcode", "uuid", "hash", "year", "index"];

/// Ends and parts of names of times that are stored as numbers.
const TIMES: [&str; 6] = ["time", "timestamp", "ts", "date", "at", "epoch"];

/// The roles of a column in a table of `rows`; `whole` is its range if it holds whole numbers.
pub(super) fn roles(column: &ColumnProfile, rows: u64, whole: Option<(i64, i64)>) -> Vec<ColumnRole> {
    let values = rows - column.nulls;
    let distinct = column.distinct.unwrap_or(0);
    if values < 2 || distinct < 2 {
        return Vec::new();
    }
    let dtype = column.dtype.as_str();
    let (is_whole, is_number) = (dtype::is_whole(dtype), dtype::is_number(dtype));
    let is_text = dtype::is_text(dtype);
    let words: Vec<String> = words(&column.name);
    let last = words.last().map_or("", String::as_str);

    let time = dtype::is_time(dtype)
        || (words.iter().any(|word| TIMES.contains(&word.as_str())) && whole.is_some_and(is_epoch));
    let label = is_label(&words) && (is_number || is_text || dtype == "bool");
    let prose = is_text && column.mean_words.is_some_and(|words| words >= MIN_WORDS);
    let short = !is_text || column.mean_bytes.is_some_and(|bytes| bytes <= MAX_KEY_BYTES);
    // A sketch is off by a percent or so; an order or a small table is counted exactly.
    let unique = distinct as f64 >= values as f64 * if column.distinct_is_exact { 1.0 } else { 0.97 };
    let key = unique && column.nulls == 0 && !prose && short && (is_whole || is_text);
    let few = match dtype {
        "bool" => true,
        "text" | "category" => distinct <= MAX_CATEGORIES,
        _ => is_whole && distinct <= MAX_NUMBER_CATEGORIES,
    };
    let category = few && distinct * 2 <= values;
    let sparse = is_number && column.zero_share.is_some_and(|share| share >= SPARSE) && !label;
    let code = is_whole && (CODES.contains(&last) || last.ends_with("key") || last.ends_with("code"));
    let measure = is_number && !key && !sparse && !label && !code && !time;
    let ranged = (is_number && !sparse && !label) || time;
    let filter = ranged && distinct >= MIN_FILTER_VALUES && values * 2 >= rows;
    let text = prose && !category && distinct > MIN_FILTER_VALUES.min(values / 2);

    [
        (time, ColumnRole::Time),
        (key, ColumnRole::Key),
        (category && !label, ColumnRole::Category),
        (measure, ColumnRole::Measure),
        (filter, ColumnRole::Filter),
        (text, ColumnRole::Text),
        (sparse, ColumnRole::Sparse),
        (label, ColumnRole::Label),
    ]
    .into_iter()
    .filter_map(|(is, role)| is.then_some(role))
    .collect()
}

/// The words of a name: `userId`, `user_id` and `USER-ID` have two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_is_lower = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && before_is_lower) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (letter.is_alphanumeric(), words.last_mut()) {
            word.extend(letter.to_lowercase());
        }
        before_is_lower = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_label(words: &[String]) -> bool {
    let name = words.join("_");
    let ends = words.last().is_some_and(|word| matches!(word.as_str(), "label" | "target"));
    LABELS.contains(&name.as_str()) || ends
}

/// Whether whole numbers lie between the years 1990 and 2100 as seconds, milli-, micro- or nanoseconds since 1970.
fn is_epoch((low, high): (i64, i64)) -> bool {
    const FROM: i64 = 631_152_000;
    const TO: i64 = 4_102_444_800;
    [1, 1_000, 1_000_000, 1_000_000_000]
        .into_iter()
        .any(|unit: i64| low >= FROM.saturating_mul(unit) && high <= TO.saturating_mul(unit))
}

#[cfg(test)]
mod tests {
    use ColumnRole::{Category, Filter, Key, Label, Measure, Sparse, Text, Time};
    use results::Sortedness;

    use super::*;

    const ROWS: u64 = 100_000;

    fn column(name: &str, dtype: &str, distinct: u64) -> ColumnProfile {
        let text = matches!(dtype, "text" | "category");
        ColumnProfile {
            name: name.to_owned(),
            dtype: dtype.to_owned(),
            nulls: 0,
            distinct: Some(distinct),
            distinct_is_exact: distinct == ROWS,
            sorted: Some(Sortedness::Unsorted),
            min: None,
            max: None,
            zero_share: Some(0.0),
            mean_bytes: text.then_some(10.0),
            mean_words: text.then_some(1.0),
            roles: Vec::new(),
        }
    }

    #[test]
    fn roles_follow_from_the_shape() {
        for (name, dtype, distinct, expected) in [
            ("created", "datetime", 90_000, vec![Time, Filter]),
            ("day", "date", 30, vec![Time]),
            ("order_id", "i64", ROWS, vec![Key, Filter]),
            ("session", "text", 99_000, vec![Key]),
            ("user_id", "i64", 10_000, vec![Filter]),
            ("userId", "i64", 10_000, vec![Filter]),
            ("country", "text", 40, vec![Category]),
            ("device", "category", 4, vec![Category]),
            ("is_member", "bool", 2, vec![Category]),
            ("quantity", "i64", 10, vec![Category, Measure]),
            ("price", "f64", 5_000, vec![Measure, Filter]),
            ("amount", "decimal", 5_000, vec![Measure, Filter]),
            ("label", "i64", 2, vec![Label]),
            ("user_target", "f64", 5_000, vec![Label]),
            ("Clicked", "bool", 2, vec![Label]),
            ("tags", "list", 0, vec![]),
            ("constant", "i64", 1, vec![]),
            ("city", "text", 5_000, vec![]),
            ("l_orderkey", "i64", 20_000, vec![Filter]),
        ] {
            assert_eq!(roles(&column(name, dtype, distinct), ROWS, None), expected, "{name}");
        }
    }

    #[test]
    fn sparse_prose_and_epochs_are_seen() {
        let sparse = ColumnProfile { zero_share: Some(0.95), ..column("f07", "f64", 5_000) };
        assert_eq!(roles(&sparse, ROWS, None), [Sparse]);
        let review =
            ColumnProfile { mean_words: Some(8.0), mean_bytes: Some(50.0), ..column("review", "text", 60_000) };
        assert_eq!(roles(&review, ROWS, None), [Text]);
        let phrases = ColumnProfile { mean_words: Some(3.0), ..column("instruction", "text", 4) };
        assert_eq!(roles(&phrases, ROWS, None), [Category]);
        let epoch = column("created_at", "i64", 90_000);
        assert_eq!(roles(&epoch, ROWS, Some((1_600_000_000_000, 1_700_000_000_000))), [Time, Filter]);
        assert_eq!(roles(&epoch, ROWS, Some((0, 100))), [Measure, Filter]);
    }

    #[test]
    fn a_tiny_table_has_few_roles() {
        let one = ColumnProfile { distinct: Some(1), ..column("price", "f64", 1) };
        assert_eq!(roles(&one, 1, None), []);
        let nulls = ColumnProfile { nulls: ROWS, distinct: Some(0), ..column("price", "f64", 0) };
        assert_eq!(roles(&nulls, ROWS, None), []);
    }

    #[test]
    fn names_have_words() {
        assert_eq!(words("userId"), ["user", "id"]);
        assert_eq!(words("USER-ID"), ["user", "id"]);
        assert_eq!(words("created_at"), ["created", "at"]);
        assert_eq!(words("🦀"), Vec::<String>::new());
    }
}
