//! The choice of columns: which serves as filter, key, group and measure, and why.

use results::{Choice, Column, ColumnRole, Dataset};

/// Fewest distinct values with which a range around the middle can let few rows through.
const SELECTIVE: u64 = 20;
/// Most groups that a reader would look at.
const GROUPS: u64 = 10_000;

/// Chooses the columns. A purpose that no column can serve is left out; the workloads that need it are skipped.
///
/// # Errors
/// The reason, if the table has no row or no column that every format can store.
pub(crate) fn choose(dataset: &Dataset) -> Result<Vec<Choice>, String> {
    if dataset.rows_used == 0 {
        return Err("the table has no rows".to_owned());
    }
    let usable: Vec<&Column> = dataset.columns.iter().filter(|column| column.is_plain()).collect();
    if usable.is_empty() {
        return Err("the table has no column that every format can store".to_owned());
    }
    let rows = dataset.rows_used;
    let filter = filter(&usable, rows);
    let key = key(&usable);
    let busy: Vec<&str> = [&filter, &key].into_iter().flatten().map(|choice| choice.column.as_str()).collect();
    let measure = measure(&usable, &busy);
    let group = group(&usable, measure.as_ref().map(|choice| choice.column.as_str()));
    Ok([filter, key, group, measure].into_iter().flatten().collect())
}

/// A column with a selective range: time before numbers, and what the table lies sorted by before the rest.
fn filter(usable: &[&Column], rows: u64) -> Option<Choice> {
    let enough = SELECTIVE.min(rows);
    let selective = |column: &&&Column| {
        (column.is_time() || column.is_number() && column.dtype != "decimal")
            && column.distinct.is_none_or(|distinct| distinct >= enough)
            && column.nulls.is_none_or(|nulls| nulls < rows)
    };
    let candidates: Vec<&&Column> = usable.iter().filter(selective).collect();
    let pick = |wanted: &dyn Fn(&Column) -> bool| candidates.iter().find(|column| wanted(column)).copied();
    let found = [
        (pick(&|c| c.is_time() && c.is_sorted()), "a time column, and the rows lie in its order"),
        (pick(&|c| c.is_time()), "a time column"),
        (pick(&|c| c.is_number() && c.is_sorted()), "a number with a selective range, and the rows lie in its order"),
        (pick(&|c| c.has(ColumnRole::Filter)), "a number with a selective range"),
        (pick(&|c| c.is_number()), "the first number with many different values"),
    ];
    found.into_iter().find_map(|(column, why)| column.map(|column| Choice::new("filter", column, why)))
}

/// A nearly unique column: an integer before a text.
fn key(usable: &[&Column]) -> Option<Choice> {
    let keys = || usable.iter().filter(|column| column.has(ColumnRole::Key));
    keys()
        .find(|column| column.is_whole())
        .map(|column| Choice::new("key", column, "an integer that is nearly unique"))
        .or_else(|| {
            keys().find(|c| c.dtype == "text").map(|column| Choice::new("key", column, "a text that is nearly unique"))
        })
}

/// A column with few values, a text before a number.
fn group(usable: &[&Column], measure: Option<&str>) -> Option<Choice> {
    let few = |column: &&&Column| {
        column.has(ColumnRole::Category)
            && measure != Some(column.name.as_str())
            && column.distinct.is_none_or(|distinct| distinct <= GROUPS)
    };
    let categories: Vec<&&Column> = usable.iter().filter(few).collect();
    // Of two texts the one with more groups: grouping by yes and no would hardly be work.
    let text = categories.iter().filter(|c| c.is_text());
    text.max_by_key(|c| c.distinct.unwrap_or(0))
        .map(|column| Choice::new("group", column, "a text with few different values"))
        .or_else(|| categories.first().map(|column| Choice::new("group", column, "a column with few different values")))
}

/// A number to add up that is not the filter or the key: a float before an integer.
fn measure(usable: &[&Column], busy: &[&str]) -> Option<Choice> {
    let free = || usable.iter().filter(|column| column.is_number() && !busy.contains(&column.name.as_str()));
    free()
        .find(|column| column.has(ColumnRole::Measure))
        .map(|column| Choice::new("measure", column, "a number to add up"))
        .or_else(|| {
            free()
                .find(|c| c.is_float())
                .map(|column| Choice::new("measure", column, "the first number with a fraction"))
        })
        .or_else(|| {
            free().next().map(|column| Choice::new("measure", column, "the first number that serves for nothing else"))
        })
}

#[cfg(test)]
mod tests {
    use results::Sortedness;
    use testing::{column, dataset, pairs};

    use super::*;

    #[test]
    fn a_log_serves_every_purpose() {
        let mut sorted = column("at", "datetime", 900, &[ColumnRole::Time, ColumnRole::Filter]);
        sorted.sorted = Some(Sortedness::Ascending);
        let table = dataset(
            1000,
            vec![
                column("id", "i64", 1000, &[ColumnRole::Key]),
                column("delivered", "date", 300, &[ColumnRole::Time]),
                sorted,
                column("paid", "bool", 2, &[ColumnRole::Category]),
                column("country", "text", 7, &[ColumnRole::Category]),
                column("price", "f64", 500, &[ColumnRole::Measure]),
                column("tags", "list", 5, &[]),
            ],
        );
        let expected = [("filter", "at"), ("key", "id"), ("group", "country"), ("measure", "price")];
        assert_eq!(pairs(&choose(&table).unwrap()), expected);
    }

    #[test]
    fn what_no_column_can_serve_is_left_out() {
        let texts = dataset(10, vec![column("note", "text", 10, &[ColumnRole::Text])]);
        assert_eq!(pairs(&choose(&texts).unwrap()), []);
        let number = dataset(10, vec![column("x", "i64", 10, &[ColumnRole::Key])]);
        assert_eq!(pairs(&choose(&number).unwrap()), [("filter", "x"), ("key", "x")]);
        let constant = dataset(1000, vec![column("x", "f32", 1, &[])]);
        assert_eq!(pairs(&choose(&constant).unwrap()), [("measure", "x")]);
    }

    #[test]
    fn a_table_without_rows_or_storable_columns_is_refused() {
        assert!(choose(&dataset(0, vec![column("x", "i64", 0, &[])])).unwrap_err().contains("no rows"));
        assert!(choose(&dataset(1, vec![column("x", "struct", 1, &[])])).unwrap_err().contains("no column"));
    }
}
