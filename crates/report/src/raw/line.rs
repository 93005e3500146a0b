//! Lines of CSV, and the numbers in them and in JSON.

use serde_json::Value;

/// Six significant digits are more than any timer gives, and keep the files small.
pub(super) fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return format!("{value:.0}");
    }
    format!("{value:.5e}").parse::<f64>().map(|rounded| rounded.to_string()).unwrap_or_default()
}

pub(super) fn rounded(value: f64) -> Value {
    number(value).parse::<f64>().map_or(Value::Null, Value::from)
}

/// A line of CSV; RFC 4180 quoting, and text that a spreadsheet would take for a formula is quoted as text.
pub(super) fn line(fields: &[String]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|field| {
            let formula = field.starts_with(['=', '+', '@', '\t', '\r'])
                || (field.starts_with('-') && field.parse::<f64>().is_err());
            let field = if formula { format!("'{field}") } else { field.clone() };
            if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
        })
        .collect();
    fields.join(",") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_fields_stay_fields() {
        let fields = ["a,b", "\"q\"", "=1+1", "-3.5", "-x", "<b>", "é\nf"].map(str::to_owned);
        assert_eq!(line(&fields), "\"a,b\",\"\"\"q\"\"\",'=1+1,-3.5,'-x,<b>,\"é\nf\"\n");
    }

    #[test]
    fn samples_keep_six_digits() {
        assert_eq!(number(0.000_123_456_789), "0.000123457");
        assert_eq!(number(1_234_567_890.0), "1234567890");
        assert_eq!(number(12.345_678_9), "12.3457");
    }
}
