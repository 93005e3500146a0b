//! Loss scaling: gradients too small for f16 are multiplied into its range, by as much as does not overflow.

/// The settings of dynamic loss scaling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// The scale of the first step: a power of two, so that it costs no digit.
    pub initial: f32,
    /// Good steps in a row after which the scale is doubled.
    pub interval: u32,
}

impl Default for Scaling {
    /// As PyTorch's `GradScaler` starts, but with a shorter interval: runs here are hundreds of steps, not hundreds of thousands.
    fn default() -> Self {
        Self { initial: 65_536.0, interval: 100 }
    }
}

/// The scale as it is now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    settings: Scaling,
    /// What the loss is multiplied with.
    pub(crate) factor: f32,
    good: u32,
}

impl Scale {
    /// The scale of the first step.
    pub(crate) fn new(settings: Scaling) -> Self {
        Self { settings, factor: settings.initial, good: 0 }
    }

    /// After a step whose gradients were all finite, or not.
    pub(crate) fn after(&mut self, finite: bool) {
        if !finite {
            self.factor = (self.factor / 2.0).max(f32::MIN_POSITIVE);
            self.good = 0;
            return;
        }
        self.good += 1;
        if self.good >= self.settings.interval {
            self.factor = (self.factor * 2.0).min(f32::MAX / 2.0);
            self.good = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_after_good_steps_and_falls_at_once() {
        let mut scale = Scale::new(Scaling { initial: 8.0, interval: 3 });
        let after = |scale: &mut Scale, steps: &[bool]| {
            steps.iter().for_each(|finite| scale.after(*finite));
            scale.factor
        };
        assert_eq!(after(&mut scale, &[true, true]), 8.0);
        assert_eq!(after(&mut scale, &[true]), 16.0);
        assert_eq!(after(&mut scale, &[true, true, false]), 8.0);
        assert_eq!(after(&mut scale, &[true, true]), 8.0, "the count begins anew");
        assert_eq!(after(&mut scale, &[true]), 16.0);
        assert!(after(&mut scale, &[false; 400]) > 0.0);
        assert!(after(&mut scale, &[true; 4000]).is_finite());
    }
}
