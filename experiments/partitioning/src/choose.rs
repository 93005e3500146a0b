//! The choice of columns: which serves as time, cluster, category, other filter and measure, and why.

use results::{Choice, Column, ColumnRole, Dataset};

/// Fewest distinct values with which a range around the middle can let few rows through.
const SELECTIVE: u64 = 20;
/// Most folders that one level of a category may make.
const MOST_CATEGORIES: u64 = 1_000;
/// Longest text, on average, that anybody sorts a table by.
const SHORT: f64 = 64.0;

/// Chooses the columns. A purpose that no column can serve is left out; what needs it is skipped.
///
/// # Errors
/// The reason, if the table has no parts: fewer than two rows, or nothing to part it by.
pub(crate) fn choose(dataset: &Dataset) -> Result<Vec<Choice>, String> {
    if dataset.rows_used < 2 {
        return Err("a table of fewer than two rows has no parts".to_owned());
    }
    let columns: Vec<&Column> = dataset.columns.iter().filter(|column| !column.is_nested()).collect();
    let rows = dataset.rows_used;
    let mut chosen: Vec<Choice> = Vec::new();
    let busy = |chosen: &[Choice], column: &Column| chosen.iter().any(|choice| choice.column == column.name);

    chosen.extend(time(&columns, rows));
    let measure = measure(&columns, |column| busy(&chosen, column));
    chosen.extend(measure);
    chosen.extend(category(&columns, |column| busy(&chosen, column)));
    for purpose in ["cluster", "other"] {
        let found = filter(purpose, &columns, rows, |column| busy(&chosen, column));
        chosen.extend(found);
    }
    if !chosen.iter().any(|choice| choice.purpose != "measure") {
        return Err("the table has no time, no category and no column with a selective range to part it by".to_owned());
    }
    // Without a number, what is counted is the values of a column that serves for nothing else, or for anything.
    if !chosen.iter().any(|choice| choice.purpose == "measure") {
        let free = || columns.iter().filter(|column| !busy(&chosen, column));
        let number = free().find(|column| column.is_number()).map(|column| (column, "the first number that is free"));
        let any =
            || free().next().or(columns.first()).map(|column| (column, "no number is free: its values are counted"));
        let found = number.or_else(any).map(|(column, why)| Choice::new("measure", column, why));
        chosen.extend(found);
    }
    Ok(chosen)
}

/// A column of times: one in whose order the rows lie before any other, and one with few gaps before one with many.
fn time(columns: &[&Column], rows: u64) -> Option<Choice> {
    let present =
        |column: &&&Column| column.is_time() && column.nulls.is_none_or(|nulls| nulls < rows) && column.varies();
    let times: Vec<&&Column> = columns.iter().filter(present).collect();
    times
        .iter()
        .find(|column| column.is_sorted())
        .map(|column| Choice::new("time", column, "a column of times, and the rows lie in its order"))
        .or_else(|| {
            let fewest = times.iter().min_by_key(|column| column.nulls.unwrap_or(0));
            fewest.map(|column| Choice::new("time", column, "a column of times"))
        })
}

/// A number to add up: a float before an integer.
fn measure(columns: &[&Column], busy: impl Fn(&Column) -> bool) -> Option<Choice> {
    let free = || columns.iter().filter(|column| column.is_number() && !busy(column));
    let measures = || free().filter(|column| column.has(ColumnRole::Measure));
    measures()
        .find(|column| column.is_float())
        .or_else(|| measures().next())
        .map(|column| Choice::new("measure", column, "a number to add up"))
        .or_else(|| {
            let float = free().find(|column| column.is_float());
            float.map(|column| Choice::new("measure", column, "the first number with a fraction"))
        })
}

/// A column with few values to make folders of: a text before a number, few values before many, but more than two.
fn category(columns: &[&Column], busy: impl Fn(&Column) -> bool) -> Option<Choice> {
    let few = |column: &&&Column| {
        column.has(ColumnRole::Category)
            && !busy(column)
            && column.dtype != "decimal"
            && column.distinct.is_some_and(|distinct| distinct <= MOST_CATEGORIES)
    };
    let rank = |column: &&&&Column| {
        let distinct = column.distinct.unwrap_or(0);
        (!column.is_text(), distinct < 3, distinct)
    };
    let all: Vec<&&Column> = columns.iter().filter(few).collect();
    all.iter().min_by_key(|column| rank(column)).map(|column| Choice::new("category", column, "few different values"))
}

/// A column with a selective range: a code before a quantity, a number before a text.
fn filter(purpose: &str, columns: &[&Column], rows: u64, busy: impl Fn(&Column) -> bool) -> Option<Choice> {
    let enough = SELECTIVE.min(rows);
    let selective = |column: &&&Column| {
        let short = column.is_text() && column.mean_bytes.is_none_or(|bytes| bytes <= SHORT);
        let ordered = column.is_number() && column.dtype != "decimal" || short && !column.has(ColumnRole::Text);
        ordered
            && !busy(column)
            && !column.is_sorted()
            && column.distinct.is_none_or(|distinct| distinct >= enough)
            && column.nulls.is_none_or(|nulls| nulls < rows)
    };
    let all: Vec<&&Column> = columns.iter().filter(selective).collect();
    let pick = |wanted: &dyn Fn(&Column) -> bool| all.iter().find(|column| wanted(column)).copied();
    let code = |c: &Column| c.has(ColumnRole::Filter) && !c.has(ColumnRole::Measure) && !c.has(ColumnRole::Key);
    [
        (pick(&|c| code(c) && c.is_number()), "a code that rows are looked up by, with many different values"),
        (pick(&|c| c.has(ColumnRole::Filter) && !c.has(ColumnRole::Key)), "a number with a selective range"),
        (pick(&|c| c.is_number() && !c.has(ColumnRole::Key)), "a number with many different values"),
        (pick(&|c| c.is_text() && !c.has(ColumnRole::Key)), "a short text with many different values"),
        (pick(&|_| true), "the first column with many different values"),
    ]
    .into_iter()
    .find_map(|(column, why)| column.map(|column| Choice::new(purpose, column, why)))
}

#[cfg(test)]
mod tests {
    use results::Sortedness;
    use testing::{column, dataset};

    use super::*;

    fn chosen(rows: u64, columns: Vec<Column>) -> Result<Vec<String>, String> {
        Ok(choose(&dataset(rows, columns))?
            .into_iter()
            .map(|choice| format!("{}={}", choice.purpose, choice.column))
            .collect())
    }

    #[test]
    fn a_log_has_a_column_for_every_purpose() {
        use ColumnRole::{Category, Filter, Key, Measure, Time};
        let mut at = column("at", "datetime", 9_000, &[Time, Filter]);
        at.sorted = Some(Sortedness::Ascending);
        let columns = vec![
            column("id", "i64", 10_000, &[Key, Filter]),
            column("updated", "datetime", 9_000, &[Time]),
            at,
            column("user", "i64", 500, &[Filter]),
            column("price", "f64", 900, &[Measure, Filter]),
            column("paid", "bool", 2, &[Category]),
            column("device", "text", 4, &[Category]),
            column("country", "text", 40, &[Category]),
            column("item", "i64", 900, &[Filter]),
        ];
        let expected = ["time=at", "measure=price", "category=device", "cluster=user", "other=item"];
        assert_eq!(chosen(10_000, columns).unwrap(), expected);
    }

    #[test]
    fn what_is_missing_is_left_out() {
        use ColumnRole::Category;
        assert_eq!(chosen(100, vec![column("n", "i64", 90, &[])]).unwrap(), ["cluster=n", "measure=n"]);
        let texts = vec![column("kind", "text", 3, &[Category]), column("name", "text", 90, &[])];
        assert_eq!(chosen(100, texts).unwrap(), ["category=kind", "cluster=name", "measure=kind"]);
        let days = vec![column("day", "date", 30, &[])];
        assert_eq!(chosen(100, days).unwrap(), ["time=day", "measure=day"]);
    }

    #[test]
    fn a_table_without_parts_is_refused_with_the_reason() {
        assert!(chosen(1, vec![column("n", "i64", 1, &[])]).unwrap_err().contains("two rows"));
        assert!(chosen(9, vec![column("flag", "bool", 2, &[])]).unwrap_err().contains("no time"));
        assert!(chosen(9, vec![column("same", "date", 1, &[])]).unwrap_err().contains("no time"));
    }
}
