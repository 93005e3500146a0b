//! What goes wrong with samples and workers: counted by kind, named, and never the end of a run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Why a sample is missing from its batch, or a batch from its worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// The file is gone.
    Vanished,
    /// The file cannot be read.
    Unreadable,
    /// The bytes are no whole JPEG image.
    Corrupt,
    /// The decoder gave up in a way that it should not.
    Panicked,
    /// A worker died; another one took over.
    WorkerDied,
}

impl Trouble {
    /// For people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Vanished => "file gone when it was to be read",
            Self::Unreadable => "file that cannot be read",
            Self::Corrupt => "corrupt image",
            Self::Panicked => "image that crashed the decoder",
            Self::WorkerDied => "worker that died and was replaced",
        }
    }

    /// What an error of the file system means.
    #[must_use]
    pub fn of(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::Vanished,
            _ => Self::Unreadable,
        }
    }
}

/// Troubles by kind, each with the first few names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Troubles(pub BTreeMap<Trouble, Seen>);

/// Troubles of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// How many.
    pub count: u64,
    /// The first ones, by name.
    pub names: Vec<String>,
}

/// Names that are kept of each kind.
const NAMES: usize = 3;

impl Troubles {
    /// Whether there were none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts one.
    pub fn add(&mut self, trouble: Trouble, name: impl Into<String>) {
        let seen = self.0.entry(trouble).or_default();
        seen.count += 1;
        if seen.names.len() < NAMES {
            seen.names.push(name.into());
        }
    }

    /// Adds those of another part of the run.
    pub fn merge(&mut self, other: Self) {
        for (trouble, more) in other.0 {
            let seen = self.0.entry(trouble).or_default();
            seen.count += more.count;
            let room = NAMES.saturating_sub(seen.names.len());
            seen.names.extend(more.names.into_iter().take(room));
        }
    }

    /// Adds those of another run over the same samples: what is wrong with a sample is counted once, and a worker that died each time.
    pub fn again(&mut self, other: Self) {
        for (trouble, more) in other.0 {
            let seen = self.0.entry(trouble).or_default();
            if trouble == Trouble::WorkerDied {
                self.merge(Self([(trouble, more)].into()));
            } else if more.count > seen.count {
                *seen = more;
            }
        }
    }

    /// How many of a kind.
    #[must_use]
    pub fn count(&self, trouble: Trouble) -> u64 {
        self.0.get(&trouble).map_or(0, |seen| seen.count)
    }
}
