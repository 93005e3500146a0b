//! The same model once more: f64, one number at a time, the textbook's formulas, parameters found by name.

use std::collections::BTreeMap;

use statrs::function::erf::erf;
use transformer::{Batch, Config, Precision, Trainer};

use crate::{lively_weights, odd, texts, tiny};

type Rows = Vec<Vec<f64>>;

pub(crate) struct Reference {
    config: Config,
    places: BTreeMap<String, (std::ops::Range<usize>, usize)>,
    pub(crate) weights: Vec<f64>,
}

impl Reference {
    pub(crate) fn new(config: &Config, weights: &[f32]) -> Self {
        let layout = transformer::layout(config);
        let places = layout.into_iter().map(|p| (p.name, (p.range, p.shape.last().copied().unwrap_or(1)))).collect();
        Self { config: *config, places, weights: weights.iter().map(|w| f64::from(*w)).collect() }
    }

    fn get(&self, name: &str) -> (&[f64], usize) {
        let (range, inner) = &self.places[name];
        (&self.weights[range.clone()], *inner)
    }

    fn linear(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let (weight, inputs) = self.get(&format!("{name}.weight"));
        let (bias, _) = self.get(&format!("{name}.bias"));
        assert_eq!(inputs, x.len());
        weight.chunks(inputs).zip(bias).map(|(row, b)| b + row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>()).collect()
    }

    fn norm(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let (weight, _) = self.get(&format!("{name}.weight"));
        let (bias, _) = self.get(&format!("{name}.bias"));
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / x.len() as f64;
        let deviation = (variance + 1e-12).sqrt();
        x.iter().zip(weight).zip(bias).map(|((x, w), b)| (x - mean) / deviation * w + b).collect()
    }

    fn attention(&self, layer: usize, x: &Rows) -> Rows {
        let (width, size) = (self.config.width, self.config.width / self.config.heads);
        let qkv: Rows = x.iter().map(|x| self.linear(&format!("layers.{layer}.attention.qkv"), x)).collect();
        let mut context = vec![vec![0.0; width]; x.len()];
        for head in 0..self.config.heads {
            for at in 0..x.len() {
                let query = &qkv[at][head * size..][..size];
                let score = |row: &Vec<f64>| {
                    let key = &row[width + head * size..][..size];
                    (query.iter().zip(key).map(|(q, k)| q * k).sum::<f64>() / (size as f64).sqrt()).exp()
                };
                let scores: Vec<f64> = qkv.iter().map(score).collect();
                let sum: f64 = scores.iter().sum();
                for (score, row) in scores.iter().zip(&qkv) {
                    for i in 0..size {
                        context[at][head * size + i] += score / sum * row[2 * width + head * size + i];
                    }
                }
            }
        }
        context.iter().map(|c| self.linear(&format!("layers.{layer}.attention.out"), c)).collect()
    }

    fn text(&self, tokens: &[u32], label: u32) -> f64 {
        let (words, width) = self.get("embeddings.word");
        let (positions, _) = self.get("embeddings.position");
        let mut x: Rows = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            let word = &words[*token as usize * width..][..width];
            x.push(self.norm("embeddings.norm", &add(word, &positions[at * width..][..width])));
        }
        for layer in 0..self.config.layers {
            let attended = self.attention(layer, &x);
            for (x, attended) in x.iter_mut().zip(attended) {
                *x = self.norm(&format!("layers.{layer}.attention.norm"), &add(x, &attended));
                let mut inside = self.linear(&format!("layers.{layer}.feed_forward.in"), x);
                inside.iter_mut().for_each(|x| *x *= 0.5 * (1.0 + erf(*x / 2.0_f64.sqrt())));
                let out = self.linear(&format!("layers.{layer}.feed_forward.out"), &inside);
                *x = self.norm(&format!("layers.{layer}.feed_forward.norm"), &add(x, &out));
            }
        }
        let dense: Vec<f64> = self.linear("head.dense", &x[0]).into_iter().map(|x| x.max(0.0)).collect();
        let logits = self.linear("head.classes", &dense);
        logits.iter().map(|logit| logit.exp()).sum::<f64>().ln() - logits[label as usize]
    }

    /// The mean loss.
    pub(crate) fn loss(&self, batch: &Batch) -> f64 {
        let texts = batch.tokens().chunks(batch.sequence()).zip(batch.labels());
        texts.map(|(tokens, label)| self.text(tokens, *label)).sum::<f64>() / batch.size() as f64
    }
}

fn add(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

#[test]
fn every_precision_has_the_loss_of_the_reference() {
    for (config, batch, sequence) in [(tiny(), 3, 6), (tiny(), 2, 4), (odd(), 2, 20), (odd(), 5, 13)] {
        let (weights, batch) = (lively_weights(&config), texts(&config, batch, sequence));
        let exact = Reference::new(&config, &weights).loss(&batch);
        let all = [
            (Precision::F32, 1e-5),
            (Precision::F16 { scaling: true }, 5e-3),
            (Precision::F16 { scaling: false }, 5e-3),
            (Precision::Bf16, 4e-2),
        ];
        for (precision, tolerance) in all {
            let mut trainer = Trainer::new(&config, precision, 1, 2).expect("a trainer");
            trainer.set_weights(&weights).expect("as many weights");
            let loss = f64::from(trainer.loss(&batch).expect("a loss"));
            assert!((loss - exact).abs() < tolerance * exact, "{config:?} {precision:?}: {loss} for {exact}");
        }
    }
}
