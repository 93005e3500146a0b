//! Which keys would serve this table: candidates to make folders of and to sort by, ranked by the bytes that the questions of a
//! day would read. Every candidate is written, in memory, with the columns that the questions name; bytes are those
//! of the files' own metadata, so the ranking knows no noise.

use std::path::Path;

use measure::scratch;
use polars::prelude::*;
use polars_core::runtime::RAYON;
use rayon::prelude::*;
use results::{Cell, ColumnRole, Dataset, RecordedTable, Unit};
use serde::{Deserialize, Serialize};

use crate::layout::{Cut, Grain, Layout, Order};
use crate::parquet::{self, Shape};
use crate::pruning::{Asked, Question, Reading};
use crate::queries::{Filter, Queries, Query, range, typical};
use crate::table::Table;

/// Columns of few values that are tried as folders.
const CATEGORIES: usize = 3;
/// Columns with a selective range that are tried as an order.
const FILTERS: usize = 3;
/// A question for the rows with one value of a column, and for those in a range.
const ONE_VALUE: &str = "one value";
const RANGE: &str = "range";
/// Most folders that a category is tried with.
const MOST_FOLDERS: u64 = 1_000;

/// What came of it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Ranked {
    /// The candidates, the best first.
    pub(crate) keys: RecordedTable,
    /// Which columns the questions are about.
    pub(crate) questions: RecordedTable,
}

/// Reads the ranking at `path`; makes it and writes it first if it is not there.
///
/// `like` is the layout of one file, for row groups and pages; `bytes` are those of the whole table in it.
///
/// # Errors
/// If a column cannot be read or a candidate not be written.
pub(crate) fn load_or_rank(
    path: &Path,
    table: &Table,
    queries: &Queries,
    dataset: Option<&Dataset>,
    like: &Layout,
    bytes: u64,
) -> anyhow::Result<Ranked> {
    scratch::remembered(path, || Ranking::new(table, queries, dataset)?.rank(table, like, bytes))
}

/// A way to lay the table out, by columns of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Candidate {
    /// Folders by the time column.
    period: Option<Grain>,
    /// Folders by this column.
    category: Option<String>,
    /// The order within a file: by the column, or along a Z-curve through both.
    sort: Option<(String, Option<String>)>,
}

/// What is tried, and by what it is judged.
struct Ranking<'a> {
    queries: &'a Queries,
    categories: Vec<String>,
    filters: Vec<String>,
    /// The questions: a label, a column where there is one, and the filter; all rows last.
    questions: Vec<(&'static str, Option<String>, Option<Filter>)>,
}

/// What a candidate came to.
struct Tried {
    candidate: Candidate,
    outcome: Result<Outcome, String>,
}

struct Outcome {
    files: usize,
    bytes: Vec<f64>,
}

impl<'a> Ranking<'a> {
    fn new(table: &Table, queries: &'a Queries, dataset: Option<&Dataset>) -> anyhow::Result<Self> {
        let read = |name: &str| -> anyhow::Result<Column> { Ok(table.load(&[name])?.columns()[0].clone()) };
        let with_role = |role: ColumnRole| {
            let columns = dataset.iter().flat_map(|dataset| &dataset.columns);
            let stored =
                columns.filter(move |column| column.roles.contains(&role) && table.columns.contains(&column.name));
            stored
                .filter(|column| queries.measure.column != column.name && queries.column("time") != Some(&column.name))
        };
        let mut questions = Vec::new();
        for (label, query) in [("one day", Query::Day), ("one month", Query::Month)] {
            if let Ok(Some(filter)) = queries.filter(query) {
                questions.push((label, Some(filter.column.clone()), Some(filter.clone())));
            }
        }
        let few = with_role(ColumnRole::Category).filter(|column| column.distinct.is_some_and(|n| n <= MOST_FOLDERS));
        let mut categories = Vec::new();
        for name in
            queries.column("category").map(str::to_owned).into_iter().chain(few.map(|column| column.name.clone()))
        {
            if categories.len() == CATEGORIES || categories.contains(&name) {
                continue;
            }
            if let Ok(filter) = typical(&read(&name)?)? {
                questions.push((ONE_VALUE, Some(name.clone()), Some(filter)));
                categories.push(name);
            }
        }
        let known = ["cluster", "other"].into_iter().filter_map(|purpose| queries.column(purpose).map(str::to_owned));
        let wide = with_role(ColumnRole::Filter).filter(|column| !column.roles.contains(&ColumnRole::Key));
        let mut filters = Vec::new();
        for name in known.chain(wide.map(|column| column.name.clone())) {
            if filters.len() == FILTERS || filters.contains(&name) {
                continue;
            }
            if let Ok(filter) = range(&read(&name)?)? {
                questions.push((RANGE, Some(name.clone()), Some(filter)));
                filters.push(name);
            }
        }
        questions.push(("all rows", None, None));
        Ok(Self { queries, categories, filters, questions })
    }

    /// What is tried: folders by each key, orders by each key, and the usual combinations of both.
    fn candidates(&self) -> Vec<Candidate> {
        let time = self.queries.column("time").map(str::to_owned);
        let none = Candidate::default;
        let mut all = vec![none()];
        let sort = |column: &String| Some((column.clone(), None));
        all.extend(time.iter().map(|time| Candidate { sort: sort(time), ..none() }));
        all.extend(self.filters.iter().map(|filter| Candidate { sort: sort(filter), ..none() }));
        for (i, filter) in self.filters.iter().enumerate() {
            let others = time.iter().chain(self.filters.get(i + 1));
            all.extend(others.map(|other| Candidate { sort: Some((filter.clone(), Some(other.clone()))), ..none() }));
        }
        if time.is_some() {
            for period in [Grain::Month, Grain::Day] {
                all.push(Candidate { period: Some(period), ..none() });
                all.extend(self.filters.iter().take(2).map(|filter| Candidate {
                    period: Some(period),
                    sort: sort(filter),
                    category: None,
                }));
                all.extend(self.categories.first().map(|category| Candidate {
                    period: Some(period),
                    category: Some(category.clone()),
                    sort: None,
                }));
            }
        }
        for category in &self.categories {
            all.push(Candidate { category: Some(category.clone()), ..none() });
            all.extend(self.filters.first().map(|filter| Candidate {
                category: Some(category.clone()),
                sort: sort(filter),
                period: None,
            }));
        }
        all
    }

    fn rank(&self, table: &Table, like: &Layout, bytes: u64) -> anyhow::Result<Ranked> {
        let mut names: Vec<&str> = self.questions.iter().filter_map(|(_, column, _)| column.as_deref()).collect();
        names.extend(self.queries.column("time"));
        names.push(&self.queries.measure.column);
        names.sort_unstable();
        names.dedup();
        let frame = table.load(&names)?;
        let questions: Vec<Question<'_>> = self
            .questions
            .iter()
            .map(|(_, _, filter)| filter.as_ref().map_or(Question::Whole, Question::Filter))
            .collect();
        let asked = Asked::new(&frame, &questions, self.queries)?;
        // The footer of a file describes all columns, and only those that are asked for are written here.
        let wider = table.of as f64 / names.len() as f64;
        let mut tried = self
            .candidates()
            .into_iter()
            .map(|candidate| {
                let outcome = self.measure(&candidate, &frame, &asked, like, wider)?;
                Ok(Tried { candidate, outcome })
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let now: f64 = tried.first().and_then(|t| t.outcome.as_ref().ok()).map_or(0.0, |o| o.bytes.iter().sum());
        let total = |tried: &Tried| tried.outcome.as_ref().map_or(f64::INFINITY, |o| o.bytes.iter().sum());
        tried.sort_by(|a, b| total(a).total_cmp(&total(b)));
        let keys = self.table(&tried, now, like, frame.height(), bytes);
        Ok(Ranked { keys, questions: self.asked() })
    }

    /// Writes a candidate in memory and adds up what each question must read of it.
    fn measure(
        &self,
        candidate: &Candidate,
        frame: &DataFrame,
        asked: &Asked<'_>,
        like: &Layout,
        wider: f64,
    ) -> anyhow::Result<Result<Outcome, String>> {
        let mut queries = self.queries.clone();
        let mut name = |purpose: &str, column: &Option<String>| {
            if let Some(column) = column {
                queries.columns.insert(purpose.to_owned(), column.clone());
            }
        };
        name("category", &candidate.category);
        let order = match &candidate.sort {
            None => Order::AsIs,
            Some((a, b)) => {
                name("cluster", &Some(a.clone()));
                name("other", b);
                if b.is_some() { Order::Z("cluster", "other") } else { Order::By("cluster") }
            }
        };
        let category = candidate.category.is_some().then_some(Grain::Category);
        let grains = candidate.period.into_iter().chain(category).collect();
        let layout = Layout { grains, order, cut: Cut::One, ..like.clone() };
        let plan = match layout.plan(frame, &queries, 0)? {
            Ok(plan) => plan,
            Err(why) => return Ok(Err(why)),
        };
        let stored = match &candidate.category {
            Some(category) => frame.drop(category)?,
            None => frame.clone(),
        };
        let columns = asked.columns();
        let parallel = plan.parts.len() < RAYON.current_num_threads();
        let shape = Shape { group_rows: plan.group_rows, page_bytes: layout.page_bytes, parallel };
        let readings: Vec<(u64, Vec<Reading>)> = RAYON.install(|| {
            let jobs = plan.parts.par_iter().map(|part| {
                let rows = &plan.order[part.rows.clone()];
                let mut file = std::io::Cursor::new(Vec::new());
                parquet::write(&stored, rows, shape, &mut file)?;
                let map = parquet::map(&mut file, &columns)?;
                Ok((map.footer, asked.readings(&map, rows, &part.keys, &queries)))
            });
            jobs.collect::<anyhow::Result<_>>()
        })?;
        let files = readings.len();
        let footer = readings.iter().map(|(footer, _)| *footer as f64).sum::<f64>() / files as f64;
        let sums = Reading::sum(readings.iter().map(|(_, readings)| readings));
        let bytes = |sum: &Reading| sum.bytes as f64 + sum.files as f64 * footer * (wider - 1.0);
        Ok(Ok(Outcome { files, bytes: sums.iter().map(bytes).collect() }))
    }

    /// Names of the questions. Columns are numbered: their own names stay out of headings, where a page could not hide them.
    fn labels(&self) -> Vec<String> {
        let label = |(label, column, _): &(&str, Option<String>, Option<Filter>)| {
            let number =
                |all: &[String]| all.iter().position(|name| Some(name) == column.as_ref()).map_or(0, |i| i + 1);
            match *label {
                ONE_VALUE => format!("one category ({})", number(&self.categories)),
                RANGE => format!("narrow range ({})", number(&self.filters)),
                other => other.to_owned(),
            }
        };
        self.questions.iter().map(label).collect()
    }

    /// Which column each question is about.
    fn asked(&self) -> RecordedTable {
        let labels = self.labels();
        let about = labels.iter().zip(&self.questions).filter_map(|(label, (_, column, _))| {
            column.as_ref().map(|column| vec![label.as_str().into(), Cell::Column(column.clone())])
        });
        RecordedTable::new(&[("question", Unit::Number), ("about", Unit::Number)], about.collect())
    }

    fn table(&self, tried: &[Tried], now: f64, like: &Layout, rows: usize, bytes: u64) -> RecordedTable {
        let labels = self.labels();
        let mut columns = vec![
            ("folders by time", Unit::Number),
            ("folders by", Unit::Number),
            ("sorted by", Unit::Number),
            ("and by (Z-order)", Unit::Number),
            ("files", Unit::Files),
            ("bytes per file", Unit::Bytes),
        ];
        columns.extend(labels.iter().map(|label| (label.as_str(), Unit::Bytes)));
        columns.extend([("all questions", Unit::Bytes), ("saved", Unit::Share), ("warning", Unit::Number)]);

        let cell = |column: Option<&String>| column.map_or(Cell::Missing, |name| Cell::Column(name.clone()));
        let row = |tried: &Tried| {
            let candidate = &tried.candidate;
            let mut row = vec![
                match candidate.period {
                    Some(Grain::Month) => "month".into(),
                    Some(_) => "day".into(),
                    None => Cell::Missing,
                },
                cell(candidate.category.as_ref()),
                cell(candidate.sort.as_ref().map(|(first, _)| first)),
                cell(candidate.sort.as_ref().and_then(|(_, second)| second.as_ref())),
            ];
            match &tried.outcome {
                Ok(outcome) => {
                    let sum: f64 = outcome.bytes.iter().sum();
                    row.extend([Cell::Number(outcome.files as f64), Cell::Number(bytes as f64 / outcome.files as f64)]);
                    row.extend(outcome.bytes.iter().map(|bytes| Cell::Number(*bytes)));
                    row.extend([Cell::Number(sum), Cell::Number(if now > 0.0 { 1.0 - sum / now } else { 0.0 })]);
                    row.push(warning(rows / outcome.files, outcome.files, like.group_rows));
                }
                Err(why) => {
                    row.resize(columns.len() - 1, Cell::Missing);
                    row.push(why.as_str().into());
                }
            }
            row
        };
        let rows = tried.iter().map(row).collect();
        RecordedTable::new(&columns, rows).cut()
    }
}

/// What is wrong with files of so few rows.
fn warning(rows: usize, files: usize, group_rows: usize) -> Cell {
    if files > 1 && rows < group_rows {
        return Cell::Text("too many files: a file holds less than one row group".to_owned());
    }
    Cell::Missing
}
