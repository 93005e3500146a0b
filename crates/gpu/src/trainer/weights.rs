//! Weights, gradients and the optimizer's state on the GPU: flat lists in the order of [`Layout`].

use std::ops::Range;

use transformer::{Config, Layout, Memory};

use crate::buffer::{Buffer, View, ViewMut};
use crate::element::Element;
use crate::error::Error;
use crate::trainer::calls::Calls;

/// The flat lists.
#[derive(Debug)]
pub(super) struct Weights {
    pub(super) layout: Layout,
    pub(super) master: Buffer,
    /// The part of the weights that is multiplied, in the lower precision; none in f32.
    pub(super) copy: Option<Buffer>,
    pub(super) gradients: Buffer,
    pub(super) means: Buffer,
    pub(super) squares: Buffer,
    /// Gradients that are not finite, that are not zero, and that rounding loses.
    pub(super) counts: Buffer,
}

impl Weights {
    pub(super) fn new(calls: &Calls, config: &Config, seed: u64) -> Result<Self, Error> {
        let layout = Layout::new(config);
        let (device, len) = (calls.device(), layout.len());
        let zeros = |len| Buffer::zeros(device, Element::F32, len);
        let copied = len - layout.multiplied_from();
        let copy = match calls.element() {
            Element::F32 => None,
            element => Some(Buffer::reserve(device, element, copied)?),
        };
        let master = Buffer::upload(device, Element::F32, &transformer::initial_weights(config, seed))?;
        let (gradients, means, squares, counts) = (zeros(len)?, zeros(len)?, zeros(len)?, zeros(3)?);
        let mut weights = Self { layout, master, copy, gradients, means, squares, counts };
        weights.cast(calls)?;
        Ok(weights)
    }

    /// Writes the copy anew.
    fn cast(&mut self, calls: &Calls) -> Result<(), Error> {
        let from = self.layout.multiplied_from()..self.layout.len();
        let Self { copy: Some(copy), master, .. } = self else { return Ok(()) };
        calls.cast(copy.view_mut(), master.view().slice(from))
    }

    /// A parameter that is multiplied, in the numbers that are multiplied.
    pub(super) fn low(&self, range: &Range<usize>) -> View<'_> {
        match &self.copy {
            None => self.wide(range),
            Some(copy) => {
                let from = self.layout.multiplied_from();
                copy.view().slice(range.start - from..range.end - from)
            }
        }
    }

    /// A parameter in f32.
    pub(super) fn wide(&self, range: &Range<usize>) -> View<'_> {
        self.master.view().slice(range.clone())
    }

    pub(super) fn gradient(gradients: &mut Buffer, range: Range<usize>) -> ViewMut<'_> {
        gradients.view_mut().slice(range)
    }

    pub(super) fn download(&self) -> Result<Vec<f32>, Error> {
        self.master.download()
    }

    pub(super) fn set(&mut self, calls: &Calls, weights: &[f32]) -> Result<(), Error> {
        self.master.view_mut().write(weights)?;
        self.cast(calls)
    }

    /// The gradients as the optimizer sees them: rounded where products give them, and without the scale.
    pub(super) fn arrived(&self, element: Element, scale: f32) -> Result<Vec<f32>, Error> {
        let mut gradients = self.gradients.download()?;
        for parameter in self.layout.parameters.iter().filter(|parameter| parameter.multiplied) {
            let rounded = element.rounded(&gradients[parameter.range.clone()]);
            gradients[parameter.range.clone()].copy_from_slice(&rounded);
        }
        gradients.iter_mut().for_each(|gradient| *gradient /= scale);
        Ok(gradients)
    }

    /// Bytes of all lists; the parts that depend on the batch are left zero.
    pub(super) fn memory(&self) -> Memory {
        let all = self.master.bytes() as u64;
        let (weights, master) = self.copy.as_ref().map_or((all, 0), |copy| (copy.bytes() as u64, all));
        Memory {
            weights,
            master,
            gradients: self.gradients.bytes() as u64,
            optimizer: (self.means.bytes() + self.squares.bytes()) as u64,
            ..Memory::default()
        }
    }
}
