//! The bookkeeping of steps: what the loss is multiplied with, which steps are left out, what the optimizer counts. Pure, and the
//! same wherever the arithmetic is done.

use crate::scaling::Scale;
use crate::{AdamW, Scaling, Update};

/// Where a training stands.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    optimizer: AdamW,
    /// None without loss scaling.
    scale: Option<Scale>,
    /// A step that was left out is none.
    updates: u32,
}

impl Steps {
    /// Before the first step, with the usual settings; `scaling` says whether the loss is scaled.
    #[must_use]
    pub fn new(scaling: bool) -> Self {
        Self { optimizer: AdamW::default(), scale: scaling.then(|| Scale::new(Scaling::default())), updates: 0 }
    }

    /// The same with other settings of the optimizer.
    #[must_use]
    pub fn with_optimizer(self, optimizer: AdamW) -> Self {
        Self { optimizer, ..self }
    }

    /// The same with other settings of loss scaling, where there is loss scaling.
    #[must_use]
    pub fn with_scaling(self, scaling: Scaling) -> Self {
        Self { scale: self.scale.map(|_| Scale::new(scaling)), ..self }
    }

    /// What the loss of this step is multiplied with: 1 without loss scaling.
    #[must_use]
    pub fn scale(&self) -> f32 {
        self.scale.map_or(1.0, |scale| scale.factor)
    }

    /// Ends a step, by whether all of its gradients were finite: the update that is due, or none if the step is left out.
    pub fn end(&mut self, finite: bool) -> Option<Update> {
        let scale = self.scale();
        let skipped = self.scale.is_some() && !finite;
        if let Some(scale) = &mut self.scale {
            scale.after(finite);
        }
        if skipped {
            return None;
        }
        self.updates += 1;
        Some(self.optimizer.update(self.updates, scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(update: Update) -> [f32; 4] {
        [update.unscale, update.rate, update.root, update.keep]
    }

    #[test]
    fn a_step_that_overflows_is_left_out_with_a_scale_alone() {
        let scaling = Scaling { initial: 8.0, interval: 2 };
        let mut steps = Steps::new(true).with_scaling(scaling);
        let update = |number, scale| Some(factors(AdamW::default().update(number, scale)));
        assert_eq!((steps.scale(), steps.end(false).map(factors)), (8.0, None));
        // The first update is the optimizer's first, whatever was left out before, and undoes the scale of its own step.
        assert_eq!((steps.scale(), steps.end(true).map(factors)), (4.0, update(1, 4.0)));
        assert_eq!((steps.scale(), steps.end(true).map(factors)), (4.0, update(2, 4.0)));
        assert_eq!((steps.scale(), steps.end(true).map(factors)), (8.0, update(3, 8.0)));

        let mut plain = Steps::new(false).with_scaling(scaling);
        assert_eq!((plain.scale(), plain.end(false).map(factors)), (1.0, update(1, 1.0)));
        assert_eq!((plain.scale(), plain.end(true).map(factors)), (1.0, update(2, 1.0)));
    }
}
