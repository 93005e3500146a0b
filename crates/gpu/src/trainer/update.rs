//! The optimizer's part of a step: a look at the gradients, and the update.

use std::ops::Range;

use transformer::{Layout, Underflow, Update};

use crate::error::Error;
use crate::trainer::calls::Calls;
use crate::trainer::weights::Weights;

/// What a look at the gradients found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    /// Whether none was infinite or NaN.
    pub(super) finite: bool,
    /// What rounding made of the gradients of multiplied weights.
    pub(super) underflow: Underflow,
}

/// Neighbours in the flat list that are treated alike, with whether they are multiplied: a launch for each.
fn runs(layout: &Layout) -> Vec<(Range<usize>, bool)> {
    let parameters = layout.parameters.chunk_by(|a, b| a.multiplied == b.multiplied);
    parameters
        .filter_map(|run| Some((run.first()?.range.start..run.last()?.range.end, run.first()?.multiplied)))
        .collect()
}

impl Weights {
    /// Looks at all gradients; waits for the answer.
    pub(super) fn inspect(&mut self, calls: &Calls) -> Result<Counts, Error> {
        self.counts.view_mut().clear()?;
        for (range, multiplied) in runs(&self.layout) {
            calls.inspect(self.counts.view_mut(), self.gradients.view().slice(range), multiplied)?;
        }
        // The counts are whole numbers in a buffer of 32 bits each.
        let counts: Vec<u64> = self.counts.download()?.iter().map(|count| u64::from(count.to_bits())).collect();
        match counts[..] {
            [broken, values, lost] => Ok(Counts { finite: broken == 0, underflow: Underflow { values, lost } }),
            _ => Err(Error::Unsuitable(format!("{} counts instead of 3", counts.len()))),
        }
    }

    /// A step of AdamW over all weights.
    pub(super) fn update(&mut self, calls: &Calls, update: &Update) -> Result<(), Error> {
        let from = self.layout.multiplied_from();
        for (range, multiplied) in runs(&self.layout) {
            // Norms in between have a place in the copy that nothing reads.
            let copy = self.copy.as_mut().filter(|_| range.start >= from);
            calls.adamw(
                update,
                multiplied,
                [&mut self.master, &mut self.means, &mut self.squares].map(|list| list.view_mut().slice(range.clone())),
                copy.map(|copy| copy.view_mut().slice(range.start - from..range.end - from)),
                self.gradients.view().slice(range.clone()),
            )?;
        }
        Ok(())
    }
}
