//! The classifier against a forward pass in f64 that is written a second time, and what its precisions promise.

mod gradients;
mod learning;
mod limits;
mod reference;
mod repeat;
mod tasks;

use transformer::{Batch, Config};

/// A model that fits no block and no task evenly: 40 tokens, width 264, three classes.
fn odd() -> Config {
    Config { layers: 2, width: 264, heads: 3, feed_forward: 300, sequence: 20, vocabulary: 70, classes: 3 }
}

/// A tiny model.
fn tiny() -> Config {
    Config { layers: 2, width: 8, heads: 2, feed_forward: 16, sequence: 6, vocabulary: 12, classes: 3 }
}

/// Texts without meaning, with every class.
fn texts(config: &Config, batch: usize, sequence: usize) -> Batch {
    let mix = |i: usize| (i as u32).wrapping_mul(2_654_435_761).rotate_left(11).wrapping_mul(0x85eb_ca6b) >> 8;
    let tokens = (0..batch * sequence).map(|i| mix(i) % config.vocabulary as u32).collect();
    let labels = (0..batch).map(|i| (i % config.classes) as u32).collect();
    Batch::new(tokens, labels).expect("a batch")
}

/// Weights far from those of the start, so that every part has a say: attention that is not even, norms that are not 1.
fn lively_weights(config: &Config) -> Vec<f32> {
    let mut weights = transformer::initial_weights(config, 7);
    for parameter in transformer::layout(config) {
        let spread = if parameter.shape.len() == 2 { 0.6 / (parameter.shape[1] as f32).sqrt() } else { 0.2 };
        for (i, weight) in weights[parameter.range.clone()].iter_mut().enumerate() {
            let mix = (i as u32 ^ parameter.range.start as u32).wrapping_mul(0x9e37_79b9).rotate_left(15);
            let noise = f64::from(mix.wrapping_mul(0xc2b2_ae35)) / f64::from(u32::MAX) * 2.0 - 1.0;
            *weight = if parameter.shape.len() == 2 { 0.0 } else { *weight } + 1.7 * spread * noise as f32;
        }
    }
    weights
}
