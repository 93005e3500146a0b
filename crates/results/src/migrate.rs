//! From earlier schemas to today's, line by line.
//!
//! Each step turns the records of one schema into those of the next, as JSON, so that the types know only today's form.

use serde_json::{Value, json};

/// Turns a record of schema `from` into one of [`crate::SCHEMA`].
pub(crate) fn migrate(from: u64, mut record: Value) -> Value {
    if from < 2 {
        one_to_two(&mut record);
    }
    if from < 3 {
        two_to_three(&mut record);
    }
    if from < 4 {
        three_to_four(&mut record);
    }
    record
}

/// Schema 2 records the looks of the stopping rule; builds that wrote schema 1 had the same ones for every budget.
fn one_to_two(record: &mut Value) {
    if record.get("kind").and_then(Value::as_str) == Some("run") {
        record["schema"] = json!(2);
        record["looks"] = json!([5, 10, 20]);
    }
}

/// Schema 3 adds the trials of a launch and the tables of a case; without them nothing is different.
fn two_to_three(record: &mut Value) {
    if record.get("kind").and_then(Value::as_str) == Some("run") {
        record["schema"] = json!(3);
    }
}

/// Schema 4 says which rows of the data were used; without it they are the first ones.
fn three_to_four(record: &mut Value) {
    if record.get("kind").and_then(Value::as_str) == Some("run") {
        record["schema"] = json!(4);
    }
}
