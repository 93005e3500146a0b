//! The choice of columns: which serves as key, label, group, measure and partition, and why.

use results::{Choice, Column, ColumnRole, Dataset};

/// Fewest rows of which a sample says anything.
const FEWEST_ROWS: u64 = 200;
/// Most values of a column to take in proportion, and to partition by.
const MOST_GROUPS: u64 = 100;
/// Most values of a label whose balance is looked at.
const MOST_LABELS: u64 = 20;
/// A column that tells groups of rows apart has a value for every so many rows at least.
const ROWS_PER_ENTITY: u64 = 100;

/// Chooses the columns. A purpose that no column can serve is left out; the ways that need it are skipped.
///
/// # Errors
/// The reason, if the table is too small to be sampled or has no column to judge a sample by.
pub(crate) fn choose(dataset: &Dataset) -> Result<Vec<Choice>, String> {
    let rows = dataset.rows_used;
    if rows < FEWEST_ROWS {
        let noun = if rows == 1 { "row" } else { "rows" };
        return Err(format!("The table has {rows} {noun}: whoever works on it takes all of them, and needs no sample"));
    }
    let usable: Vec<&Column> = dataset.columns.iter().filter(|column| column.is_plain()).collect();
    if usable.is_empty() {
        return Err("The table has no column of numbers, times, texts or categories to judge a sample by".to_owned());
    }
    let key = key(&usable, rows);
    let label = label(&usable);
    let named = |choice: &Option<Choice>| choice.as_ref().map(|choice| choice.column.clone());
    let group = group(&usable, named(&label).as_deref());
    let measure = measure(&usable, &[named(&key), named(&label)]);
    let partition = partition(&usable, named(&label).as_deref());
    Ok([key, label, group, measure, partition].into_iter().flatten().collect())
}

fn few(column: &Column, most: u64) -> bool {
    column.distinct.is_some_and(|distinct| (2..=most).contains(&distinct))
}

/// An identifier of the row; without one, of something that several rows belong to.
fn key(usable: &[&Column], rows: u64) -> Option<Choice> {
    let exact = |column: &&&Column| column.is_whole() || column.is_text() || column.is_time();
    let keys = || usable.iter().filter(|column| column.has(ColumnRole::Key));
    if let Some(column) = keys().find(|column| column.is_whole()).or_else(|| keys().next()) {
        return Some(Choice::new("key", column, "it names each row"));
    }
    let many = |column: &&&Column| {
        column.nulls.is_none_or(|nulls| nulls * 20 <= rows)
            && column.distinct.is_some_and(|distinct| distinct * ROWS_PER_ENTITY >= rows && distinct >= FEWEST_ROWS)
    };
    let entities = usable.iter().filter(exact).filter(many).filter(|column| !column.has(ColumnRole::Text));
    entities.max_by_key(|column| column.distinct).map(|column| {
        Choice::new("key", column, "no column names each row, and this one has the most different values")
    })
}

fn label(usable: &[&Column]) -> Option<Choice> {
    let found = usable.iter().find(|column| column.has(ColumnRole::Label) && few(column, MOST_LABELS));
    found.map(|column| Choice::new("label", column, "its name says that it is what a model predicts"))
}

/// The text with the most categories that are still few.
fn group(usable: &[&Column], label: Option<&str>) -> Option<Choice> {
    let fits = |column: &&&Column| {
        column.has(ColumnRole::Category) && few(column, MOST_GROUPS) && label != Some(column.name.as_str())
    };
    let candidates: Vec<&&Column> = usable.iter().filter(fits).collect();
    let texts = candidates.iter().filter(|column| column.is_text());
    texts
        .max_by_key(|column| column.distinct)
        .map(|column| Choice::new("group", column, "a text with few different values, and the most of those"))
        .or_else(|| {
            let found = candidates.iter().max_by_key(|column| column.distinct);
            found.map(|column| Choice::new("group", column, "a column with few different values"))
        })
}

fn measure(usable: &[&Column], busy: &[Option<String>]) -> Option<Choice> {
    let free =
        || usable.iter().filter(|column| column.is_number() && !busy.iter().flatten().any(|name| *name == column.name));
    let measures = || free().filter(|column| column.has(ColumnRole::Measure));
    measures()
        .find(|column| column.has_fraction())
        .or_else(|| measures().next())
        .map(|column| Choice::new("measure", column, "a number to take the mean of"))
        .or_else(|| {
            free().next().map(|column| Choice::new("measure", column, "the first number that serves for nothing else"))
        })
}

/// A time; without one, a category.
fn partition(usable: &[&Column], label: Option<&str>) -> Option<Choice> {
    let times = || usable.iter().filter(|column| column.has(ColumnRole::Time) && !few(column, 1));
    let dated = times().find(|column| column.is_time());
    dated
        .or_else(|| times().next())
        .map(|column| Choice::new("partition", column, "a time, by which tables are partitioned most often"))
        .or_else(|| {
            let fits = |column: &&&Column| {
                column.has(ColumnRole::Category) && few(column, MOST_GROUPS) && label != Some(column.name.as_str())
            };
            let found = usable.iter().filter(fits).min_by_key(|column| column.distinct);
            found
                .map(|column| Choice::new("partition", column, "the table has no time, and this column has few values"))
        })
}

#[cfg(test)]
mod tests {
    use ColumnRole::{Category, Filter, Key, Label, Measure, Text, Time};
    use testing::{column, dataset, pairs};

    use super::*;

    #[test]
    fn a_log_serves_every_purpose() {
        let table = dataset(
            10_000,
            vec![
                column("id", "i64", 10_000, &[Key, Filter]),
                column("at", "datetime", 9_000, &[Time, Filter]),
                column("paid", "bool", 2, &[Category]),
                column("country", "text", 7, &[Category]),
                column("city", "text", 800, &[Category]),
                column("price", "f64", 500, &[Measure]),
                column("label", "i64", 2, &[Label]),
            ],
        );
        let expected =
            [("key", "id"), ("label", "label"), ("group", "country"), ("measure", "price"), ("partition", "at")];
        assert_eq!(pairs(&choose(&table).unwrap()), expected);
    }

    #[test]
    fn what_no_column_can_serve_is_left_out() {
        let texts = dataset(1_000, vec![column("note", "text", 1_000, &[Text])]);
        assert_eq!(pairs(&choose(&texts).unwrap()), []);
        let number = dataset(1_000, vec![column("x", "f64", 1_000, &[Measure])]);
        assert_eq!(pairs(&choose(&number).unwrap()), [("measure", "x")]);
        let users =
            dataset(10_000, vec![column("user", "i64", 900, &[Filter]), column("kind", "text", 4, &[Category])]);
        // The only number is the key, so there is no measure.
        let expected = [("key", "user"), ("group", "kind"), ("partition", "kind")];
        assert_eq!(pairs(&choose(&users).unwrap()), expected);
    }

    #[test]
    fn a_table_that_needs_no_sample_is_refused() {
        assert!(choose(&dataset(1, vec![column("x", "i64", 1, &[])])).unwrap_err().contains("1 row:"));
        assert!(choose(&dataset(0, vec![])).unwrap_err().contains("0 rows"));
        assert!(choose(&dataset(1_000, vec![column("x", "struct", 1, &[])])).unwrap_err().contains("no column"));
    }
}
