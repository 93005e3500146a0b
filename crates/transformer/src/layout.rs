//! Where each parameter lies in the flat list of weights, and what the weights are at the start.
//!
//! Weights, gradients and the optimizer's state are flat lists of the same layout. The matrices that are multiplied with (and
//! their biases) are the ones that have a copy in the lower precision; tables and layer norms are read in f32.

use std::ops::Range;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use crate::Config;

/// Standard deviation of the weights at the start, as DistilBERT has it.
const DEVIATION: f64 = 0.02;

/// A group of weights: a matrix, a bias, a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// `layers.0.attention.qkv.weight`.
    pub name: String,
    /// Rows and columns of a matrix (outputs × inputs), or the length of a vector. Rows follow each other.
    pub shape: Vec<usize>,
    /// Its place in the flat list.
    pub range: Range<usize>,
    /// Whether products read it, so that it is cast to the lower precision, and its gradient arrives in that.
    pub multiplied: bool,
}

/// Names, shapes and places of all parameters, in the order of the flat list.
///
/// `embeddings.word`, `embeddings.position`, `embeddings.norm.{weight,bias}`; for each layer `layers.N.` with
/// `attention.qkv.{weight,bias}` (queries, keys and values below each other), `attention.out.…`, `attention.norm.…`,
/// `feed_forward.in.…`, `feed_forward.out.…`, `feed_forward.norm.…`; then `head.dense.…` and `head.classes.…`.
#[must_use]
pub fn layout(config: &Config) -> Vec<Parameter> {
    Layout::new(config).parameters
}

/// The weights at the start, in the order of [`layout`]: matrices and tables normal with deviation 0.02, biases 0, the norms'
/// weights 1. The same seed gives the same weights for every precision.
#[must_use]
pub fn initial_weights(config: &Config, seed: u64) -> Vec<f32> {
    let layout = Layout::new(config);
    let mut weights = vec![0.0; layout.len()];
    layout.fill(seed, &mut weights);
    weights
}

/// A matrix of weights and its bias: their places in the flat list, the bias right behind the matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linear {
    /// `outputs` rows of `inputs`.
    pub weight: Range<usize>,
    /// As many as there are outputs.
    pub bias: Range<usize>,
    /// Numbers that go in.
    pub inputs: usize,
    /// Numbers that come out.
    pub outputs: usize,
}

/// A layer norm's factors and summands: their places in the flat list, the bias right behind the weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NormPlace {
    /// Factors.
    pub weight: Range<usize>,
    /// Summands.
    pub bias: Range<usize>,
}

/// The parameters of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Queries, keys and values, below each other.
    pub qkv: Linear,
    /// What follows the heads.
    pub out: Linear,
    /// The norm behind attention.
    pub attention_norm: NormPlace,
    /// Into the feed-forward block.
    pub rise: Linear,
    /// Out of it.
    pub fall: Linear,
    /// The norm behind it.
    pub feed_forward_norm: NormPlace,
}

/// The places of all parameters in the flat list, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Every parameter by its name.
    pub parameters: Vec<Parameter>,
    /// The table of tokens.
    pub word: Range<usize>,
    /// The table of places.
    pub position: Range<usize>,
    /// The norm behind the tables.
    pub norm: NormPlace,
    /// The layers.
    pub layers: Vec<Layer>,
    /// The head's first matrix.
    pub dense: Linear,
    /// The head's second matrix: the classes.
    pub classes: Linear,
}

impl Layout {
    /// The places for a model of these dimensions.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let mut list = List(Vec::new());
        let word = list.push("embeddings.word", &[config.vocabulary, config.width], false);
        let position = list.push("embeddings.position", &[config.sequence, config.width], false);
        let norm = list.norm("embeddings.norm", config.width);
        let layers = (0..config.layers)
            .map(|layer| Layer {
                qkv: list.linear(&format!("layers.{layer}.attention.qkv"), 3 * config.width, config.width),
                out: list.linear(&format!("layers.{layer}.attention.out"), config.width, config.width),
                attention_norm: list.norm(&format!("layers.{layer}.attention.norm"), config.width),
                rise: list.linear(&format!("layers.{layer}.feed_forward.in"), config.feed_forward, config.width),
                fall: list.linear(&format!("layers.{layer}.feed_forward.out"), config.width, config.feed_forward),
                feed_forward_norm: list.norm(&format!("layers.{layer}.feed_forward.norm"), config.width),
            })
            .collect();
        let dense = list.linear("head.dense", config.width, config.width);
        let classes = list.linear("head.classes", config.classes, config.width);
        Self { parameters: list.0, word, position, norm, layers, dense, classes }
    }

    /// Number of weights.
    #[allow(clippy::len_without_is_empty, reason = "no model is without weights")]
    #[must_use]
    pub fn len(&self) -> usize {
        self.classes.bias.end
    }

    /// Where the part begins that has a copy in the lower precision: the tables and the first norm come before.
    #[must_use]
    pub fn multiplied_from(&self) -> usize {
        self.norm.bias.end
    }

    /// Writes the weights of the start.
    pub(crate) fn fill(&self, seed: u64, weights: &mut [f32]) {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        for parameter in &self.parameters {
            let weights = &mut weights[parameter.range.clone()];
            match parameter.shape.len() {
                1 => weights.fill(if parameter.name.ends_with("norm.weight") { 1.0 } else { 0.0 }),
                _ => weights.iter_mut().for_each(|weight| *weight = (DEVIATION * normal(&mut random)) as f32),
            }
        }
    }
}

/// A normal number, mean 0 and deviation 1 (Box and Muller).
pub(crate) fn normal(random: &mut Xoshiro256PlusPlus) -> f64 {
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.random::<f64>()).cos()
}

struct List(Vec<Parameter>);

impl List {
    fn push(&mut self, name: &str, shape: &[usize], multiplied: bool) -> Range<usize> {
        let start = self.0.last().map_or(0, |last| last.range.end);
        let range = start..start + shape.iter().product::<usize>();
        self.0.push(Parameter { name: name.to_owned(), shape: shape.to_vec(), range: range.clone(), multiplied });
        range
    }

    fn linear(&mut self, name: &str, outputs: usize, inputs: usize) -> Linear {
        let weight = self.push(&format!("{name}.weight"), &[outputs, inputs], true);
        let bias = self.push(&format!("{name}.bias"), &[outputs], true);
        Linear { weight, bias, inputs, outputs }
    }

    fn norm(&mut self, name: &str, width: usize) -> NormPlace {
        let weight = self.push(&format!("{name}.weight"), &[width], false);
        NormPlace { weight, bias: self.push(&format!("{name}.bias"), &[width], false) }
    }
}
