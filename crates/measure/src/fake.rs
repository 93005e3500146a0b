//! Workers without processes, on a made-up clock: the same seed gives the same seconds.
//!
//! They make every verb of the command line testable in a second, and everything that they touch is labelled as fake
//! all the way to the page.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use catalog::OwnMetric;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use results::{Answer, Cell, RecordedTable, Unit, fingerprint};

use crate::Task;
use crate::launch::{Launcher, Program, Sampled, Trouble, Worker};
use crate::wire::{Ran, Ready};

/// Starts fake workers.
#[derive(Clone, Copy, Debug)]
pub struct Fake {
    /// Seed of the made-up seconds.
    pub seed: u64,
}

impl Launcher for Fake {
    fn launch(&self, _program: &Program) -> Result<Box<dyn Worker>, Trouble> {
        Ok(Box::new(FakeWorker { seed: self.seed, base: 0.0, cold: false, noise: None }))
    }

    fn drop_pages(&self, _files: &[PathBuf]) -> Result<(), String> {
        Ok(())
    }
}

struct FakeWorker {
    seed: u64,
    base: f64,
    cold: bool,
    noise: Option<Xoshiro256PlusPlus>,
}

fn number(parts: &[&str]) -> u64 {
    u64::from_str_radix(&fingerprint(parts), 16).unwrap_or(0)
}

impl Worker for FakeWorker {
    fn startup(&self) -> Duration {
        Duration::from_millis(2)
    }

    fn prepare(&mut self, task: &Task, _limit: Duration) -> Result<Ready, Trouble> {
        let point = task.point.to_string();
        // Between 0.1 ms and 10 ms, by variant and by point, so that verdicts of every kind occur.
        let by_variant = number(&[&task.experiment, &task.variant]) % 1000;
        let by_point = number(&[&task.experiment, &point]) % 1000;
        self.base = 1e-4 * 10f64.powf((by_variant + by_point) as f64 / 1000.0);
        self.cold = task.point.get("cache") == Some("cold");
        self.noise = Some(Xoshiro256PlusPlus::seed_from_u64(self.seed ^ number(&[&task.variant, &point]) ^ task.seed));
        let bytes = 1e6 * (1.0 + by_variant as f64);
        let built_in = [("rows", 1e5), ("bytes", bytes), ("disk_bytes", bytes / 3.0)].map(|(k, v)| (k.to_owned(), v));
        let mut ready = Ready {
            facts: built_in.into(),
            settings: [("threads".to_owned(), task.threads.to_string())].into(),
            ..Ready::default()
        };
        made_up(task, &mut ready);
        Ok(ready)
    }

    fn run(&mut self, iterations: u64, _limit: Duration) -> Result<Sampled, Trouble> {
        let noise = self.noise.as_mut().map_or(1.0, |rng| 1.0 + 0.02 * (rng.random::<f64>() - 0.5));
        let seconds = self.base * noise * if self.cold { 3.0 } else { 1.0 } * iterations as f64;
        let wall_ns = (seconds * 1e9) as u64;
        let answer = Answer { rows: 1, values: vec![42.0], digest: None };
        let device = if self.cold { 5_000_000 } else { 0 };
        let counters = [("cpu_ns", wall_ns), ("device_bytes", device), ("peak_rss_bytes", 50 << 20)];
        Ok(Sampled {
            ran: Ran { wall_ns, cpu_ns: Some(wall_ns), answer },
            counters: counters.map(|(k, v)| (k.to_owned(), v)).into(),
        })
    }
}

/// Trials of a launch.
const TRIALS: u32 = 4;

/// Rows of a table that a series draws.
const PLACES: u32 = 50;

/// What an experiment states of its own: the metrics of its definition, the tables that its chapter shows.
#[derive(Default)]
struct OwnThings {
    metrics: Vec<OwnMetric>,
    tables: Vec<String>,
    series: BTreeMap<String, Vec<String>>,
}

/// Makes up what the experiment would state: shares as trials, other metrics as facts, a table for each that is shown.
fn made_up(task: &Task, ready: &mut Ready) {
    static KNOWN: LazyLock<BTreeMap<&str, OwnThings>> = LazyLock::new(|| {
        let things = |folder: &catalog::Folder| {
            let read = folder.definition().map(|definition| (definition.drawn_tables(), definition.metric));
            let (series, metrics) = read.unwrap_or_default();
            OwnThings { metrics, tables: shown_tables(folder.chapter()), series }
        };
        catalog::FOLDERS.iter().map(|folder| (folder.slug, things(folder))).collect()
    });
    let Some(own) = KNOWN.get(task.experiment.as_str()) else { return };
    let point = task.point.to_string();
    // Between 0 and 1, by variant and point.
    let level = |name: &str| (number(&[&task.experiment, &task.variant, &point, name]) % 1000) as f64 / 1000.0;
    for metric in &own.metrics {
        let (name, level) = (metric.source(), level(metric.source()));
        if metric.unit == Unit::Share {
            let trial = |i| {
                let noise = number(&[name, &task.variant, &task.trial_seed(i).to_string()]) % 1000;
                0.1 + 0.8 * level + 0.02 * (noise as f64 / 1000.0 - 0.5)
            };
            ready.trials.insert(name.to_owned(), (0..TRIALS).map(trial).collect());
        } else {
            let scale = match metric.unit {
                Unit::Seconds => 0.1,
                Unit::Bytes => 1e8,
                Unit::Dollars => 1.0,
                Unit::Number | Unit::Share | Unit::Rows | Unit::Files => 1000.0,
            };
            ready.facts.insert(name.to_owned(), (scale * level).max(1e-3));
        }
    }
    for name in &own.tables {
        let column = task.columns.values().next().map_or(Cell::Missing, |column| Cell::Column(column.clone()));
        let row = vec![column, Cell::Number(1e6 * level(name)), Cell::from("made up")];
        let columns = [("Column", Unit::Number), ("Size", Unit::Bytes), ("What", Unit::Number)];
        ready.tables.insert(name.clone(), RecordedTable::new(&columns, vec![row]));
    }
    for (name, columns) in &own.series {
        ready.tables.insert(name.clone(), course(columns, level(name)));
    }
}

/// The table that a series draws: places from 1 on, values that fall.
fn course(labels: &[String], level: f64) -> RecordedTable {
    let columns: Vec<(&str, Unit)> = labels.iter().map(|label| (label.as_str(), Unit::Number)).collect();
    let value = |at: f64, column: usize| if column == 0 { at } else { column as f64 + level * (-at / 20.0).exp() };
    let row = |at: u32| (0..columns.len()).map(|column| Cell::Number(value(f64::from(at), column))).collect();
    RecordedTable::new(&columns, (1..=PLACES).map(row).collect())
}

/// Names in the `table` blocks of a chapter, and that of the table behind its advice.
fn shown_tables(chapter: &str) -> Vec<String> {
    let blocks = chapter.split("```table\n").skip(1).filter_map(|rest| rest.split("```").next());
    let name = |block: &str| {
        let value = block.lines().find_map(|line| line.trim().strip_prefix("name")?.trim_start().strip_prefix('='))?;
        Some(value.trim().trim_matches('"').to_owned())
    };
    blocks.filter_map(name).chain(["advice".to_owned()]).collect()
}
