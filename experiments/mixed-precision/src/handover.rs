//! Weights and batches of a training step, as files for the Python lane.
//!
//! `<model>.weights` holds all weights, f32, little-endian; `<model>-<batch>.json` says which of them are what, and has the batches.

use std::fs;

use measure::{Task, scratch};
use serde_json::{Value, json};
use transformer::{AdamW, Batch, Config, layout};

use crate::student::{Student, Trouble};

/// Writes both files, unless they are there.
///
/// # Errors
/// If they cannot be written.
pub(crate) fn write(task: &Task, config: &Config, student: &dyn Student, batches: &[Batch]) -> anyhow::Result<()> {
    let folder = scratch::folder(&task.scratch, "mixed-precision")?;
    let axis = |name: &str| task.point.get(name).unwrap_or_default();
    let described = folder.join(format!("{}-{}.json", axis("model"), axis("batch")));
    scratch::once(&folder.join(format!("{}.weights", axis("model"))), |beside| {
        let weights = student.weights().map_err(Trouble::into_error)?;
        let bytes: Vec<u8> = weights.iter().flat_map(|weight| weight.to_le_bytes()).collect();
        Ok(fs::write(beside, bytes)?)
    })?;
    scratch::once(&described, |beside| Ok(fs::write(beside, serde_json::to_vec(&description(config, batches))?)?))
}

fn description(config: &Config, batches: &[Batch]) -> Value {
    let parameters = layout(config).into_iter().map(|parameter| {
        json!({
            "name": parameter.name, "shape": parameter.shape, "start": parameter.range.start, "length": parameter.range.len(),
        })
    });
    let batch = |batch: &Batch| {
        let texts: Vec<&[u32]> = batch.tokens().chunks(batch.sequence()).collect();
        json!({ "tokens": texts, "labels": batch.labels() })
    };
    let AdamW { rate, beta1, beta2, epsilon, decay, .. } = AdamW::default();
    json!({
        "config": { "layers": config.layers, "width": config.width, "heads": config.heads },
        "parameters": parameters.collect::<Vec<_>>(),
        "batches": batches.iter().map(batch).collect::<Vec<_>>(),
        "adamw": { "rate": rate, "beta1": beta1, "beta2": beta2, "epsilon": epsilon, "decay": decay },
        "flops": config.step_flops(batches.first().map_or(0, Batch::size)),
    })
}
