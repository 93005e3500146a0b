//! Profiles made by hand.

use results::{Choice, Column, ColumnRole, Dataset, Source};

/// A column without nulls, of so many different values, with the roles that a profile would find.
#[must_use]
pub fn column(name: &str, dtype: &str, distinct: u64, roles: &[ColumnRole]) -> Column {
    Column {
        name: name.to_owned(),
        dtype: dtype.to_owned(),
        nulls: Some(0),
        distinct: Some(distinct),
        sorted: None,
        zero_share: None,
        mean_bytes: None,
        roles: roles.to_vec(),
    }
}

/// The profile of a reader's table, all of whose rows are used.
#[must_use]
pub fn dataset(rows: u64, columns: Vec<Column>) -> Dataset {
    Dataset {
        id: "test".to_owned(),
        name: "test".to_owned(),
        source: Source::User,
        format: None,
        files: 1,
        bytes: 1,
        rows,
        rows_used: rows,
        part: None,
        columns,
        notes: Vec::new(),
    }
}

/// What was chosen: purposes and columns.
#[must_use]
pub fn pairs(choices: &[Choice]) -> Vec<(&str, &str)> {
    choices.iter().map(|choice| (choice.purpose.as_str(), choice.column.as_str())).collect()
}
