//! A pass: a consumer takes batches one after the other, and the times of it are kept.

use std::time::Instant;

use crate::{Check, Consumer, Feed, Troubles};

/// From when to when, in seconds since the pass began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Begin.
    pub from: f64,
    /// End.
    pub to: f64,
}

/// What became of a pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pass {
    /// From the first wait to the end of the last batch.
    pub seconds: f64,
    /// Batches.
    pub batches: usize,
    /// The proof of all samples.
    pub check: Check,
    /// When the consumer was busy, batch by batch.
    pub busy: Vec<Span>,
    /// How many batches were ready, whenever that changed.
    pub depths: Vec<(f64, usize)>,
    /// What went wrong.
    pub troubles: Troubles,
}

impl Pass {
    /// Share of the time in which the consumer was busy.
    #[must_use]
    pub fn utilisation(&self) -> f64 {
        let busy: f64 = self.busy.iter().map(|span| span.to - span.from).sum();
        if self.seconds > 0.0 { (busy / self.seconds).min(1.0) } else { 0.0 }
    }

    /// Batches per second, from when batch `skip` came to when the last one came: a pass begins with an empty queue, which says
    /// nothing of its speed. `None` if there are too few batches for that.
    #[must_use]
    pub fn rate(&self, skip: usize) -> Option<f64> {
        let (first, last) = (self.busy.get(skip)?, self.busy.last()?);
        let batches = self.busy.len() - 1 - skip;
        (batches > 0 && last.from > first.from).then(|| batches as f64 / (last.from - first.from))
    }
}

/// Lets the consumer take every batch of the feed.
///
/// # Errors
/// Those of the feed and of the consumer.
pub fn drive(feed: &mut dyn Feed, consumer: &mut dyn Consumer) -> anyhow::Result<Pass> {
    drive_some(feed, consumer, usize::MAX)
}

/// Lets the consumer take at most `most` batches.
///
/// # Errors
/// Those of the feed and of the consumer.
pub fn drive_some(feed: &mut dyn Feed, consumer: &mut dyn Consumer, most: usize) -> anyhow::Result<Pass> {
    let start = Instant::now();
    let since = |moment: Instant| moment.saturating_duration_since(start).as_secs_f64();
    let mut pass = Pass::default();
    while pass.batches < most {
        let Some(mut batch) = feed.next()? else { break };
        let from = since(Instant::now());
        consumer.take(&batch)?;
        pass.busy.push(Span { from, to: since(Instant::now()) });
        pass.batches += 1;
        pass.check.merge(batch.check);
        pass.troubles.merge(std::mem::take(&mut batch.troubles));
        feed.give_back(batch);
    }
    consumer.finish()?;
    pass.seconds = since(Instant::now());
    // What was put off belongs to the last batch.
    if let Some(last) = pass.busy.last_mut() {
        last.to = pass.seconds;
    }
    pass.depths = feed.depths().into_iter().map(|(moment, depth)| (since(moment), depth)).collect();
    pass.troubles.merge(feed.troubles());
    Ok(pass)
}
