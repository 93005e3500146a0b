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

/// A matrix of weights and its bias.
#[derive(Clone, Debug)]
pub(crate) struct Linear {
    pub(crate) weight: Range<usize>,
    pub(crate) bias: Range<usize>,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

/// A layer norm's factors and summands.
#[derive(Clone, Debug)]
pub(crate) struct Norm {
    pub(crate) weight: Range<usize>,
    pub(crate) bias: Range<usize>,
}

/// The parameters of a layer.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) qkv: Linear,
    pub(crate) out: Linear,
    pub(crate) attention_norm: Norm,
    pub(crate) rise: Linear,
    pub(crate) fall: Linear,
    pub(crate) feed_forward_norm: Norm,
}

/// The places of all parameters.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) word: Range<usize>,
    pub(crate) position: Range<usize>,
    pub(crate) norm: Norm,
    pub(crate) layers: Vec<Layer>,
    pub(crate) dense: Linear,
    pub(crate) classes: Linear,
}

impl Layout {
    pub(crate) fn new(config: &Config) -> Self {
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
    pub(crate) fn len(&self) -> usize {
        self.classes.bias.end
    }

    /// Where the part begins that has a copy in the lower precision: the tables and the first norm come before.
    pub(crate) fn multiplied_from(&self) -> usize {
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
fn normal(random: &mut Xoshiro256PlusPlus) -> f64 {
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

    fn norm(&mut self, name: &str, width: usize) -> Norm {
        let weight = self.push(&format!("{name}.weight"), &[width], false);
        Norm { weight, bias: self.push(&format!("{name}.bias"), &[width], false) }
    }
}
