//! As much of JSON Schema as `results.schema.json` uses. A keyword that is not known here is an error, so that nothing in
//! the published schema goes unchecked. (A full validator would pull in half of Polars' dependencies with other features,
//! and every switch between test and build would compile Polars anew.)

use serde_json::Value;

/// What is wrong with `value`, each with the place; empty if it is valid.
pub(crate) fn errors(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, value, "", &mut found);
    found
}

fn check(schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    for (keyword, rule) in schema.as_object().expect("a schema is an object") {
        let fine = match keyword.as_str() {
            "$schema" | "$id" | "title" | "additionalProperties" => true,
            "type" => match rule {
                Value::Array(any) => any.iter().any(|name| has_type(name, value)),
                name => has_type(name, value),
            },
            "const" => rule == value,
            "enum" => list(rule).contains(value),
            "minimum" => value.as_f64().is_none_or(|n| n >= number(rule)),
            "maximum" => value.as_f64().is_none_or(|n| n <= number(rule)),
            "exclusiveMinimum" => value.as_f64().is_none_or(|n| n > number(rule)),
            "exclusiveMaximum" => value.as_f64().is_none_or(|n| n < number(rule)),
            "minLength" => value.as_str().is_none_or(|text| text.chars().count() as f64 >= number(rule)),
            "pattern" => value.as_str().is_none_or(|text| matches(rule.as_str().expect("a pattern"), text)),
            "required" => list(rule).iter().all(|name| value.get(name.as_str().expect("a name")).is_some()),
            "items" => {
                for (i, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(rule, item, &format!("{place}/{i}"), found);
                }
                true
            }
            "properties" => {
                for (name, field) in value.as_object().into_iter().flatten() {
                    let place = format!("{place}/{name}");
                    match rule.get(name) {
                        Some(rule) => check(rule, field, &place, found),
                        None if schema["additionalProperties"] == false => found.push(format!("{place} is not known")),
                        None => {}
                    }
                }
                true
            }
            "oneOf" => {
                let fits = list(rule).iter().filter(|option| errors(option, value).is_empty()).count();
                if fits != 1 {
                    let kind = value["kind"].as_str().or(value["status"].as_str()).unwrap_or("?");
                    let named = list(rule).iter().find(|o| o["properties"]["kind"]["const"] == kind);
                    found.extend(named.map(|option| errors(option, value)).unwrap_or_default());
                }
                fits == 1
            }
            other => panic!("the schema uses {other:?}, which this check does not know"),
        };
        if !fine {
            found.push(format!("{place}: {keyword} {rule} does not hold"));
        }
    }
    // Objects without named properties state the type of every field.
    if let (None, Some(rule), Some(fields)) =
        (schema.get("properties"), schema.get("additionalProperties").filter(|r| r.is_object()), value.as_object())
    {
        for (name, field) in fields {
            check(rule, field, &format!("{place}/{name}"), found);
        }
    }
}

fn has_type(name: &Value, value: &Value) -> bool {
    match name.as_str().expect("a type is a text") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("unknown type {other:?}"),
    }
}

fn list(rule: &Value) -> &Vec<Value> {
    rule.as_array().expect("a list")
}

fn number(rule: &Value) -> f64 {
    rule.as_f64().expect("a number")
}

/// The two patterns of the schema.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern {
        "^[0-9a-f]{16}$" => text.len() == 16 && text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)),
        r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$" => {
            let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
            shape == "9999-99-99T99:99:99Z"
        }
        other => panic!("the schema uses the pattern {other:?}, which this check does not know"),
    }
}
