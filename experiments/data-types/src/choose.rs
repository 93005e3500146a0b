//! The choice of columns: which serves for which question, and why.

use results::{Choice, Column, ColumnRole, Dataset};

/// Most groups that a reader would look at.
const GROUPS: u64 = 10_000;

/// Bytes from which a text is long.
const LONG: f64 = 256.0;

/// Chooses the columns. A purpose that no column can serve is left out; the cases that need it are skipped.
///
/// # Errors
/// The reason, if the table has no row or no column with a type of its own.
pub(crate) fn choose(dataset: &Dataset) -> Result<Vec<Choice>, String> {
    if dataset.rows_used == 0 {
        return Err("the table has no rows".to_owned());
    }
    let usable: Vec<&Column> = dataset.columns.iter().filter(|column| column.is_plain()).collect();
    let embedding = embedding(dataset, &usable);
    if usable.is_empty() && embedding.is_none() {
        return Err("the table has no column of numbers, texts, times or vectors".to_owned());
    }
    let measure = measure(&usable);
    let taken = measure.as_ref().map(|choice| choice.column.clone());
    let free = |column: &&&Column| Some(&column.name) != taken.as_ref();
    Ok([whole(&usable, free), group(&usable, free), key(&usable, free), measure.clone(), label(&usable), embedding]
        .into_iter()
        .flatten()
        .collect())
}

/// Whole numbers to scan: those of a small range first, since they shrink most.
fn whole<'a>(usable: &[&'a Column], free: impl Fn(&&&'a Column) -> bool) -> Option<Choice> {
    let candidates = || usable.iter().filter(&free).filter(|c| c.is_whole() && c.varies() && !c.has(ColumnRole::Label));
    candidates()
        .filter(|column| column.has(ColumnRole::Measure))
        .min_by_key(|column| column.distinct.unwrap_or(u64::MAX))
        .map(|column| Choice::new("whole", column, "whole numbers of a small range, in a wide type"))
        .or_else(|| {
            let few = candidates().min_by_key(|column| column.distinct.unwrap_or(u64::MAX));
            few.map(|column| Choice::new("whole", column, "the whole numbers with the fewest different values"))
        })
}

/// A column to group by: a text, the one with most groups, since grouping by yes and no would hardly be work.
fn group<'a>(usable: &[&'a Column], free: impl Fn(&&&'a Column) -> bool) -> Option<Choice> {
    let few = |column: &&&Column| column.varies() && column.distinct.is_none_or(|distinct| distinct <= GROUPS);
    let categories: Vec<&&Column> =
        usable.iter().filter(free).filter(|column| column.has(ColumnRole::Category)).filter(few).collect();
    let texts = categories.iter().filter(|column| column.is_text());
    texts
        .max_by_key(|column| column.distinct.unwrap_or(0))
        .map(|column| Choice::new("group", column, "a text with few different values"))
        .or_else(|| categories.first().map(|column| Choice::new("group", column, "a column with few different values")))
}

/// A column to join by: whole numbers with many different values, an identifier first.
fn key<'a>(usable: &[&'a Column], free: impl Fn(&&&'a Column) -> bool) -> Option<Choice> {
    let candidates = || usable.iter().filter(&free).filter(|column| column.varies() && !column.has(ColumnRole::Label));
    let whole = || candidates().filter(|column| column.is_whole());
    whole()
        .find(|column| column.has(ColumnRole::Key))
        .map(|column| Choice::new("key", column, "an identifier in whole numbers"))
        .or_else(|| {
            let many = whole().max_by_key(|column| column.distinct.unwrap_or(0));
            many.map(|column| Choice::new("key", column, "the whole numbers with the most different values"))
        })
        .or_else(|| {
            let texts = candidates().filter(|column| column.is_text() && !column.has(ColumnRole::Text));
            texts
                .max_by_key(|column| column.distinct.unwrap_or(0))
                .map(|column| Choice::new("key", column, "the short text with the most different values"))
        })
}

/// A number to add up: one with a fraction before a whole one.
fn measure(usable: &[&Column]) -> Option<Choice> {
    let numbers = || usable.iter().filter(|column| column.is_number() && column.varies());
    numbers()
        .find(|column| column.has_fraction() && column.has(ColumnRole::Measure))
        .map(|column| Choice::new("measure", column, "a number with a fraction to add up"))
        .or_else(|| {
            numbers().find(|c| c.has_fraction()).map(|c| Choice::new("measure", c, "the first number with a fraction"))
        })
        .or_else(|| {
            let added = numbers().find(|column| column.has(ColumnRole::Measure));
            added.map(|column| Choice::new("measure", column, "a whole number to add up"))
        })
}

/// What a model is to predict.
fn label(usable: &[&Column]) -> Option<Choice> {
    let found = usable.iter().find(|column| column.has(ColumnRole::Label) && column.varies());
    found.map(|column| Choice::new("label", column, "its name says that it is to be predicted")).or_else(|| {
        let yes_no = usable.iter().find(|column| column.dtype == "bool" && column.varies());
        yes_no.map(|column| Choice::new("label", column, "the first column of yes and no, for want of a label"))
    })
}

/// Vectors to search: those of a column, or of the texts that vectors are made from: prose before other long texts, which may
/// hold vectors, and the longest of them.
fn embedding(dataset: &Dataset, usable: &[&Column]) -> Option<Choice> {
    if let Some(column) = dataset.columns.iter().find(|column| column.has(ColumnRole::Vector)) {
        return Some(Choice::new("embedding", column, "its lists of floats are vectors, all of one length"));
    }
    let longest = |wanted: &dyn Fn(&Column) -> bool| {
        let candidates = usable.iter().filter(|column| column.is_text() && wanted(column));
        candidates.max_by(|a, b| a.mean_bytes.unwrap_or(0.0).total_cmp(&b.mean_bytes.unwrap_or(0.0)))
    };
    let long = |column: &Column| column.mean_bytes.is_some_and(|bytes| bytes >= LONG) && column.varies();
    longest(&|column| column.has(ColumnRole::Text))
        .or_else(|| longest(&long))
        .map(|column| Choice::new("embedding", column, "the longest texts, which vectors are made from"))
}

#[cfg(test)]
mod tests {
    use testing::{dataset, pairs};

    use super::*;

    fn column(name: &str, dtype: &str, distinct: u64, roles: &[ColumnRole]) -> Column {
        Column { mean_bytes: Some(20.0), ..testing::column(name, dtype, distinct, roles) }
    }

    fn chosen(rows: u64, columns: Vec<Column>) -> Result<Vec<Choice>, String> {
        choose(&dataset(rows, columns))
    }

    #[test]
    fn a_log_serves_every_purpose() {
        use ColumnRole::{Category, Key, Label, Measure, Text};
        let columns = vec![
            column("id", "i64", 1000, &[Key]),
            column("country", "text", 40, &[Category]),
            column("device", "text", 4, &[Category]),
            column("age", "i64", 60, &[Measure]),
            column("count", "i64", 9, &[Measure]),
            column("price", "f64", 500, &[Measure]),
            column("review", "text", 900, &[Text]),
            column("label", "i64", 2, &[Label]),
        ];
        let expected = [
            ("whole", "count"),
            ("group", "country"),
            ("key", "id"),
            ("measure", "price"),
            ("label", "label"),
            ("embedding", "review"),
        ];
        assert_eq!(pairs(&chosen(1000, columns).unwrap()), expected);
    }

    #[test]
    fn what_no_column_can_serve_is_left_out() {
        let dates = vec![column("day", "date", 30, &[ColumnRole::Time])];
        assert_eq!(pairs(&chosen(100, dates).unwrap()), []);
        let one = vec![column("x", "i64", 90, &[ColumnRole::Measure])];
        assert_eq!(pairs(&chosen(100, one).unwrap()), [("measure", "x")]);
        let constant = vec![column("x", "f64", 1, &[]), column("yes", "bool", 2, &[])];
        assert_eq!(pairs(&chosen(100, constant).unwrap()), [("label", "yes")]);
    }

    #[test]
    fn vectors_come_before_texts() {
        let vectors = column("embedding", "list", 0, &[ColumnRole::Vector]);
        let texts = column("review", "text", 900, &[ColumnRole::Text]);
        assert_eq!(pairs(&chosen(100, vec![texts, vectors.clone()]).unwrap()), [("embedding", "embedding")]);
        assert_eq!(pairs(&chosen(100, vec![vectors]).unwrap()), [("embedding", "embedding")], "nothing else is needed");
    }

    #[test]
    fn a_table_without_rows_or_plain_columns_is_refused() {
        assert!(chosen(0, vec![column("x", "i64", 0, &[])]).unwrap_err().contains("no rows"));
        assert!(chosen(9, vec![column("x", "list", 0, &[])]).unwrap_err().contains("no column"));
    }
}
