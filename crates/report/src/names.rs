//! Names that came with the reader's data, as the pages may show them.
//!
//! Without redaction they pass through (the templates escape them). With it, every column becomes `c1`, `c2` … in the
//! order of the table, also inside sentences that the measuring half wrote, and the data set loses its name.

use std::borrow::Cow;
use std::collections::HashMap;

use analysis::{Analysis, ChapterAnalysis, Finding, Reading, Recommendation};
use catalog::Definition;
use results::{Choice, Dataset, Source};

/// Column names longer than this are cut on the page.
const LONGEST: usize = 80;

/// In a label, which must fit beside a bar, they are cut earlier.
const LONGEST_IN_LABEL: usize = 24;

/// How names from the data appear.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Short form by name, if names are hidden.
    hidden: Option<HashMap<String, String>>,
    /// The same, longest name first, so that a name inside another one does not break it.
    by_length: Vec<(String, String)>,
    /// The data set's own name, hidden with its columns.
    dataset: Option<String>,
}

impl Names {
    /// Names of `dataset`, hidden if `redact`.
    pub(crate) fn new(dataset: Option<&Dataset>, redact: bool) -> Self {
        let Some(dataset) = dataset.filter(|_| redact) else { return Self::default() };
        let mut hidden = HashMap::new();
        for (i, column) in dataset.columns.iter().enumerate() {
            // Of two columns of the same name the first keeps the number.
            hidden.entry(column.name.clone()).or_insert_with(|| format!("c{}", i + 1));
        }
        let mut by_length: Vec<_> =
            hidden.iter().filter(|(name, _)| !name.is_empty()).map(|(a, b)| (a.clone(), b.clone())).collect();
        by_length.sort_by(|a, b| (b.0.len(), &a.0).cmp(&(a.0.len(), &b.0)));
        let own = (dataset.source == Source::User).then(|| dataset.name.clone());
        Self { hidden: Some(hidden), by_length, dataset: own }
    }

    /// Whether names are hidden.
    pub(crate) fn are_hidden(&self) -> bool {
        self.hidden.is_some()
    }

    /// A column's name, hidden or cut to a length that a page can hold.
    pub(crate) fn column(&self, name: &str) -> String {
        cut(&self.whole_column(name), LONGEST)
    }

    /// A column's name for the label of a variant or of a place on an axis.
    fn label_column(&self, name: &str) -> String {
        cut(&self.whole_column(name), LONGEST_IN_LABEL)
    }

    /// Puts the names of the chosen columns into the labels of a definition.
    pub(crate) fn fill_labels(&self, definition: &mut Definition, choices: &[Choice]) {
        let choice = |purpose: &str| choices.iter().find(|choice| choice.purpose == purpose);
        definition.fill_labels(|purpose| choice(purpose).map(|choice| self.label_column(&choice.column)));
    }

    /// A column's name, hidden or whole: for code that names the column.
    pub(crate) fn whole_column(&self, name: &str) -> String {
        match &self.hidden {
            Some(hidden) => hidden.get(name).cloned().unwrap_or_else(|| "a column".to_owned()),
            None => name.to_owned(),
        }
    }

    /// The data set's name.
    pub(crate) fn dataset(&self, name: &str) -> String {
        match &self.dataset {
            Some(own) if own == name => "your table".to_owned(),
            _ => cut(name, LONGEST),
        }
    }

    /// The analysis without names in any of its sentences, so that whatever is made from it (prose, tables, charts, raw data) holds none.
    pub(crate) fn hide_in<'a>(&self, analysis: &'a Analysis) -> Cow<'a, Analysis> {
        if !self.are_hidden() {
            return Cow::Borrowed(analysis);
        }
        let mut hidden = analysis.clone();
        for chapter in &mut hidden.chapters {
            self.hide_in_chapter(chapter);
        }
        hidden.recommendations.iter_mut().for_each(|found| self.hide_in_advice(found));
        self.hide_all(&mut hidden.trust.warnings);
        Cow::Owned(hidden)
    }

    fn hide_in_chapter(&self, chapter: &mut ChapterAnalysis) {
        self.hide_all(chapter.skipped.iter_mut().chain(&mut chapter.no_recommendation));
        for case in &mut chapter.cases {
            self.hide_all(case.missing.iter_mut().chain(case.settings.values_mut()));
            self.hide_all(case.cold_proof.iter_mut().map(|proof| &mut proof.evidence));
            self.hide_all(case.against_baseline.iter_mut().filter_map(reason_of));
        }
        self.hide_all(chapter.findings.values_mut().filter_map(reason_of));
        self.hide_all(chapter.values.values_mut().filter_map(|value| missing_in(&mut value.reading)));
        for claim in &mut chapter.claims {
            self.hide_all(claim.reason.iter_mut().chain(claim.measured.iter_mut().filter_map(missing_in)));
        }
        chapter.recommendation.iter_mut().for_each(|found| self.hide_in_advice(found));
        self.hide_all(chapter.choices.iter_mut().map(|choice| &mut choice.why));
    }

    fn hide_in_advice(&self, found: &mut Recommendation) {
        self.hide_all(std::iter::once(&mut found.action).chain(&mut found.left_out));
    }

    fn hide_all<'a>(&self, sentences: impl IntoIterator<Item = &'a mut String>) {
        sentences.into_iter().for_each(|sentence| *sentence = self.sentence(sentence));
    }

    /// A sentence in which column names may stand. Hiding prefers one word too many to one too few.
    pub(crate) fn sentence(&self, text: &str) -> String {
        let here = |name: &str| !name.is_empty() && text.contains(name);
        let mut words: Vec<(&str, &str)> =
            self.by_length.iter().filter(|(name, _)| here(name)).map(|(a, b)| (a.as_str(), b.as_str())).collect();
        words.extend(self.dataset.iter().filter(|own| here(own)).map(|own| (own.as_str(), "your table")));
        replace_words(text, &words)
    }
}

/// Why a comparison was not measured.
fn reason_of(finding: &mut Finding) -> Option<&mut String> {
    finding.missing.as_mut()
}

/// Why there is nothing to read.
fn missing_in(reading: &mut Reading) -> Option<&mut String> {
    match reading {
        Reading::Missing(reason) => Some(reason),
        Reading::Level(_) | Reading::Factor(_) | Reading::Difference(_) | Reading::Crossing { .. } | Reading::Zero => {
            None
        }
    }
}

/// Replaces each word where it does not touch other letters or digits, in one pass, the first that fits.
fn replace_words(text: &str, words: &[(&str, &str)]) -> String {
    let inner = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some(next) = rest.chars().next() {
        let fits = |word: &str| {
            rest.strip_prefix(word).is_some_and(|after| {
                let joined_before = inner(before) && inner(word.chars().next());
                let joined_after = inner(after.chars().next()) && inner(word.chars().next_back());
                !joined_before && !joined_after
            })
        };
        let length = match words.iter().find(|(word, _)| fits(word)) {
            Some((word, by)) => {
                out.push_str(by);
                word.len()
            }
            None => {
                out.push(next);
                next.len_utf8()
            }
        };
        before = rest[..length].chars().next_back();
        rest = &rest[length..];
    }
    out
}

/// The first `most` characters, with an ellipsis if there were more.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use results::Column;

    fn dataset(names: &[&str]) -> Dataset {
        let columns = names
            .iter()
            .map(|name| Column {
                name: (*name).to_owned(),
                dtype: "text".to_owned(),
                nulls: None,
                distinct: None,
                sorted: None,
                zero_share: None,
                mean_bytes: None,
                roles: Vec::new(),
            })
            .collect();
        Dataset {
            id: String::new(),
            name: "patients".to_owned(),
            source: Source::User,
            format: None,
            files: 1,
            bytes: 1,
            rows: 1,
            rows_used: 1,
            part: None,
            columns,
            notes: Vec::new(),
        }
    }

    #[test]
    fn hidden_names_are_gone_from_sentences() {
        let names = Names::new(Some(&dataset(&["name", "user name", "日付", "\"q\""])), true);
        let hidden = names.sentence("patients: \"user name\" beats `name`, not names; 日付 and \"q\" too");
        assert_eq!(hidden, "your table: \"c2\" beats `c1`, not names; c3 and c4 too");
        assert_eq!(names.column("user name"), "c2");
        assert_eq!(names.column("never seen"), "a column");
    }

    #[test]
    fn shown_names_pass_and_long_ones_are_cut() {
        let swapped = Names::new(Some(&dataset(&["c2", "name"])), true);
        assert_eq!(swapped.sentence("c2, name"), "c1, c2", "what was put in is not replaced again");
        let names = Names::new(Some(&dataset(&["name"])), false);
        assert_eq!(names.sentence("the name"), "the name");
        assert_eq!(names.column(&"é".repeat(200)).chars().count(), LONGEST + 1);
    }
}
