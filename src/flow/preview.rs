//! A first site before the measuring ends: what there is so far, for the reader who waits.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use results::{Record, Run};

use super::progress::Progress;
use crate::failure::Failure;

/// How often the site is written again. Writing takes a fraction of a second, between two points and never beside one.
const EVERY: Duration = Duration::from_secs(20);

/// Writes a site of what is measured so far.
pub(crate) struct Preview<'a> {
    write: Option<&'a mut Write<'a>>,
    tried: Option<Instant>,
}

/// Writes a site and says where it starts.
type Write<'a> = dyn FnMut(&Run) -> Result<PathBuf, Failure> + 'a;

impl<'a> Preview<'a> {
    /// With this function.
    pub(crate) fn by(write: &'a mut Write<'a>) -> Self {
        Self { write: Some(write), tried: None }
    }

    /// None: nobody reads a site, or there is one already, which a part of a run must not replace.
    pub(crate) fn none() -> Self {
        Self { write: None, tried: None }
    }

    /// Shows what these records hold; at once the first time, and every now and then after that.
    ///
    /// A site that cannot be written now is a warning: the measuring goes on, and at its end the site is written or its error said.
    pub(super) fn show(&mut self, records: &[Record], progress: &mut dyn Progress) {
        let due = self.tried.is_none_or(|tried| tried.elapsed() >= EVERY);
        let Some(write) = self.write.as_mut().filter(|_| due) else { return };
        let first = self.tried.replace(Instant::now()).is_none();
        match Run::from_records(records.to_vec(), Vec::new()).as_ref().map(write) {
            Some(Ok(start)) if first => progress.site(&start),
            Some(Err(failure)) => progress.warn(&failure.to_string()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::system;
    use crate::flow::progress;

    const HEADER: &str = r#"{"kind": "run", "schema": 2, "id": "r1", "started": "", "benchbook": "0", "command": [], "seed": 1,
        "budget": "quick", "budget_seconds": 1, "margin": 0.05, "clock": "fake", "looks": [3]}"#;

    #[test]
    fn the_first_site_is_written_at_once_and_the_next_one_later() {
        let records = [serde_json::from_str(HEADER).unwrap()];
        let mut progress = progress::choose(true);
        let mut written = Vec::new();
        let mut write = |run: &Run| {
            written.push(run.header.id.clone());
            // Neither what is written nor what is refused is tried again after every point.
            Err(system("no space"))
        };
        let mut preview = Preview::by(&mut write);
        preview.show(&records, progress.as_mut());
        preview.show(&records, progress.as_mut());
        preview.tried = Instant::now().checked_sub(EVERY);
        preview.show(&records, progress.as_mut());
        Preview::none().show(&records, progress.as_mut());
        assert_eq!(written, ["r1", "r1"]);
    }
}
