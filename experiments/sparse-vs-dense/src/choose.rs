//! The choice of columns: texts, a label, and columns that are almost always zero.

use results::{Choice, Column, ColumnRole, Dataset, Source};

/// Purposes of mostly-zero columns begin with this; a number follows.
pub(crate) const ZEROS: &str = "zeros";
/// Most mostly-zero columns that are used.
const MOST_ZEROS: usize = 24;

/// Chooses the columns. A purpose that no column can serve is left out; the work that needs it is skipped, and the sweep
/// needs none.
pub(crate) fn choose(dataset: &Dataset) -> Vec<Choice> {
    let mut choices = Vec::new();
    if dataset.rows_used == 0 {
        return choices;
    }

    let texts = dataset.columns.iter().filter(|column| column.has(ColumnRole::Text));
    // The one with the most to read in all: long texts, in many rows.
    let bytes = |column: &Column| {
        column.mean_bytes.unwrap_or(1.0) * dataset.rows_used.saturating_sub(column.nulls.unwrap_or(0)) as f64
    };
    if let Some(text) = texts.max_by(|a, b| bytes(a).total_cmp(&bytes(b)).then_with(|| b.name.cmp(&a.name))) {
        choices.push(Choice::new("text", text, "free texts, the most to read of all columns"));
        // The default table's label has nothing to do with its texts.
        let label = dataset.columns.iter().find(|column| column.has(ColumnRole::Label) && column.name != text.name);
        if let Some(label) = label.filter(|_| dataset.source != Source::Default) {
            choices.push(Choice::new("label", label, "a label to predict from the texts"));
        }
    }
    let zeros = dataset.columns.iter().filter(|column| column.has(ColumnRole::Sparse));
    for (column, number) in zeros.take(MOST_ZEROS).zip(1..) {
        choices.push(Choice::new(format!("{ZEROS}{number}"), column, "a number that is almost always zero"));
    }
    choices
}

#[cfg(test)]
mod tests {
    use testing::pairs;

    use super::*;

    fn column(name: &str, mean_bytes: f64, roles: &[ColumnRole]) -> Column {
        Column { mean_bytes: Some(mean_bytes), ..testing::column(name, "text", 100, roles) }
    }

    fn dataset(source: Source, columns: Vec<Column>) -> Dataset {
        Dataset { source, ..testing::dataset(100, columns) }
    }

    #[test]
    fn each_purpose_finds_its_column() {
        let mut seldom = column("seldom", 500.0, &[ColumnRole::Text]);
        seldom.nulls = Some(99);
        let columns = vec![
            column("note", 20.0, &[ColumnRole::Text]),
            column("letter", 90.0, &[ColumnRole::Text]),
            seldom,
            column("churned", 1.0, &[ColumnRole::Label]),
            column("a", 1.0, &[ColumnRole::Sparse]),
            column("b", 1.0, &[ColumnRole::Measure]),
            column("c", 1.0, &[ColumnRole::Sparse]),
        ];
        let (text, label, zeros) = (("text", "letter"), ("label", "churned"), [("zeros1", "a"), ("zeros2", "c")]);
        let chosen = choose(&dataset(Source::User, columns.clone()));
        assert_eq!(pairs(&chosen), [text, label, zeros[0], zeros[1]]);
        let chosen = choose(&dataset(Source::Default, columns.clone()));
        assert_eq!(pairs(&chosen), [text, zeros[0], zeros[1]]);
        let without_text = columns.into_iter().filter(|c| !c.roles.contains(&ColumnRole::Text)).collect();
        assert_eq!(pairs(&choose(&dataset(Source::User, without_text))), zeros);
    }

    #[test]
    fn a_table_that_offers_nothing_still_has_the_sweep() {
        assert_eq!(choose(&dataset(Source::User, vec![column("x", 1.0, &[ColumnRole::Measure])])), []);
        let mut empty = dataset(Source::User, vec![column("note", 20.0, &[ColumnRole::Text])]);
        empty.rows_used = 0;
        assert_eq!(choose(&empty), []);
    }

    #[test]
    fn no_more_columns_are_taken_than_a_page_can_show() {
        let many = (0..100).map(|i| column(&format!("f{i}"), 1.0, &[ColumnRole::Sparse])).collect();
        assert_eq!(choose(&dataset(Source::User, many)).len(), MOST_ZEROS);
    }
}
