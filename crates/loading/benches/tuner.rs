//! The tuner beside a full grid, on real images and this machine's cores: how near it comes to the grid's best, and what part of the
//! grid's time it takes. `cargo bench -p loading`; the grid gives every setting the longest look of the tuner's.
//!
//! The grid's best is the luckiest look of many, so the two settings are compared by looks of their own, in turns.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use loading::tuner::{self, LOOKS};
use loading::{Accelerator, Files, Images, Knobs, Shuffle, picture};

const PICTURES: u32 = 256;
const BATCH: usize = 16;
const SEED: u64 = 7;
/// Searches and grids for each accelerator.
const ROUNDS: usize = 3;
/// Looks at each of the two settings in the end.
const TURNS: usize = 4;
/// Milliseconds that the accelerator takes for a batch.
const ACCELERATORS: [u64; 3] = [2, 10, 20];

fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut paths = Vec::new();
    for number in 0..PICTURES {
        let path = folder.path().join(format!("{number}.jpg"));
        std::fs::write(&path, picture::jpeg(SEED, number)?)?;
        paths.push(path);
    }
    let images = Images::new(Arc::new(Files::new(paths)), BATCH, Shuffle::Full, SEED);
    let cores = std::thread::available_parallelism()?.get();
    let grid = tuner::grid(cores, images.batch_bytes(), 1 << 30);
    println!("{cores} cores, {} settings, batches of {BATCH} of {PICTURES} images\n", grid.len());
    println!(
        "| accelerator, ms a batch | workers × batches ahead: tuner | grid | batches/s, tuner ÷ grid | seconds: tuner | grid | tuner ÷ grid |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|");
    for milliseconds in ACCELERATORS {
        for _ in 0..ROUNDS {
            let mut consumer = Accelerator { per_batch: Duration::from_millis(milliseconds) };
            let mut look = |knobs, batches| tuner::look(&images, knobs, &mut consumer, batches);
            let start = Instant::now();
            let found = tuner::search(&grid, LOOKS, images.batch_bytes(), &mut look)?;
            let searched = start.elapsed().as_secs_f64();

            let start = Instant::now();
            let rates = grid.iter().map(|knobs| Ok((*knobs, look(*knobs, LOOKS.last)?)));
            let rates = rates.collect::<anyhow::Result<Vec<(Knobs, f64)>>>()?;
            let whole = start.elapsed().as_secs_f64();
            let best = rates.iter().max_by(|one, other| one.1.total_cmp(&other.1)).context("an empty grid")?.0;

            let chosen = found.best.knobs;
            let mut ratio = 0.0;
            for turn in 0..TURNS {
                let mut pair = [chosen, best];
                pair.rotate_left(turn % 2);
                let mut rates = [look(pair[0], LOOKS.last)?, look(pair[1], LOOKS.last)?];
                rates.rotate_right(turn % 2);
                ratio += (rates[0] / rates[1]).ln() / TURNS as f64;
            }
            let (share, part) = (ratio.exp(), searched / whole);
            let (chosen, best) = (words(chosen), words(best));
            println!("| {milliseconds} | {chosen} | {best} | {share:.3} | {searched:.2} | {whole:.2} | {part:.3} |");
        }
    }
    Ok(())
}

fn words(knobs: Knobs) -> String {
    format!("{} × {}", knobs.workers, knobs.prefetch)
}
