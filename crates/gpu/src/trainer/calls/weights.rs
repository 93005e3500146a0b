//! The optimizer: a look at gradients, the update, the copy in lower precision.

use transformer::Update;

use super::{Calls, count, of, to};
use crate::buffer::{View, ViewMut};
use crate::element::Element;
use crate::error::Error;
use crate::kernels::Kernel;
use crate::launch::{Argument, Shape};

use Argument::{Address, Number};

impl Calls {
    /// Adds to the counts of gradients that are not finite, that are not zero, and that rounding loses.
    pub(in crate::trainer) fn inspect(
        &self,
        counts: ViewMut<'_>,
        gradients: View<'_>,
        rounded: bool,
    ) -> Result<(), Error> {
        let len = gradients.len();
        let arguments = [to(&counts, 3), of(gradients, len), count(rounded.into()), count(len)];
        self.launch(Kernel::Inspect, Shape::partial(len, Element::F32), &arguments)
    }

    /// A step of AdamW over some weights, their means of gradients and of squares, and their copy.
    pub(in crate::trainer) fn adamw(
        &self,
        update: &Update,
        rounded: bool,
        [weights, means, squares]: [ViewMut<'_>; 3],
        copy: Option<ViewMut<'_>>,
        gradients: View<'_>,
    ) -> Result<(), Error> {
        let len = gradients.len();
        let &Update { unscale, beta1, beta2, rate, root, epsilon, keep } = update;
        let copy = copy.map_or(Address(0), |copy| to(&copy, len));
        let places = [to(&weights, len), to(&means, len), to(&squares, len), copy, of(gradients, len)];
        let factors = [unscale, beta1, beta2, rate, root, epsilon, keep].map(Number);
        let arguments = [&places[..], &factors, &[count(rounded.into()), count(len)]].concat();
        self.single(Kernel::Adamw, len, &arguments)
    }

    /// Weights in the numbers that are multiplied.
    pub(in crate::trainer) fn cast(&self, copy: ViewMut<'_>, weights: View<'_>) -> Result<(), Error> {
        let len = weights.len();
        self.single(Kernel::Cast, len, &[to(&copy, len), of(weights, len), count(len)])
    }
}
