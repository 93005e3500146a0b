//! Types of columns in field terms, as a profile states them: what kind of values they are.

/// Whether it holds lists or objects: such a column is not in the working table.
#[must_use]
pub fn is_nested(dtype: &str) -> bool {
    matches!(dtype, "list" | "struct")
}

/// Whether it holds whole numbers.
#[must_use]
pub fn is_whole(dtype: &str) -> bool {
    matches!(dtype, "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64")
}

/// Whether it holds floating-point numbers.
#[must_use]
pub fn is_float(dtype: &str) -> bool {
    matches!(dtype, "f16" | "f32" | "f64")
}

/// Whether it holds numbers: whole ones, floats or decimals.
#[must_use]
pub fn is_number(dtype: &str) -> bool {
    is_whole(dtype) || has_fraction(dtype)
}

/// Whether it holds numbers with a fraction: floats or decimals.
#[must_use]
pub fn has_fraction(dtype: &str) -> bool {
    is_float(dtype) || dtype == "decimal"
}

/// Whether it holds texts, in full or as codes of categories.
#[must_use]
pub fn is_text(dtype: &str) -> bool {
    matches!(dtype, "text" | "category")
}

/// Whether it holds days or moments.
#[must_use]
pub fn is_time(dtype: &str) -> bool {
    matches!(dtype, "date" | "datetime")
}

/// Whether every format can store it as it is: numbers, times, texts, yes and no.
#[must_use]
pub fn is_plain(dtype: &str) -> bool {
    is_number(dtype) || is_time(dtype) || is_text(dtype) || dtype == "bool"
}

#[cfg(test)]
mod tests {
    use super::*;

    type Kind = (&'static str, fn(&str) -> bool);

    #[test]
    fn every_type_is_of_the_kinds_that_it_should_be() {
        let kinds = |dtype: &str| {
            let kinds: [Kind; 8] = [
                ("nested", is_nested),
                ("whole", is_whole),
                ("float", is_float),
                ("fraction", has_fraction),
                ("number", is_number),
                ("text", is_text),
                ("time", is_time),
                ("plain", is_plain),
            ];
            kinds.iter().filter(|(_, is)| is(dtype)).map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
        };
        for (dtype, expected) in [
            ("i8", "whole number plain"),
            ("i64", "whole number plain"),
            ("u16", "whole number plain"),
            ("f32", "float fraction number plain"),
            ("f64", "float fraction number plain"),
            ("decimal", "fraction number plain"),
            ("bool", "plain"),
            ("text", "text plain"),
            ("category", "text plain"),
            ("date", "time plain"),
            ("datetime", "time plain"),
            ("list", "nested"),
            ("struct", "nested"),
            ("time", ""),
            ("duration", ""),
            ("binary", ""),
            ("other", ""),
        ] {
            assert_eq!(kinds(dtype), expected, "{dtype}");
        }
    }
}
