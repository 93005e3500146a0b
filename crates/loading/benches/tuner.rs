//! The tuner beside a full grid, on real images and this machine's cores: how near it comes to the grid's best, and what part of the
//! grid's time it takes. `cargo bench -p loading`; the grid gives every setting the longest look of the tuner's.

use std::sync::Arc;
use std::time::{Duration, Instant};

use loading::tuner::{self, LOOKS};
use loading::{Accelerator, Files, Images, Knobs, Shuffle, picture};

const PICTURES: u32 = 256;
const BATCH: usize = 16;
const SEED: u64 = 7;
/// Searches and grids for each accelerator.
const ROUNDS: usize = 3;
/// Milliseconds that the accelerator takes for a batch.
const ACCELERATORS: [u64; 3] = [2, 10, 40];

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
        "| accelerator, ms a batch | the tuner's setting ÷ the grid's best, batches/s | seconds: tuner | grid | tuner ÷ grid |"
    );
    println!("|--:|--:|--:|--:|--:|");
    for milliseconds in ACCELERATORS {
        for _ in 0..ROUNDS {
            let mut consumer = Accelerator { per_batch: Duration::from_millis(milliseconds) };
            let mut look = |knobs, batches| tuner::look(&images, knobs, &mut consumer, batches);
            let start = Instant::now();
            let found = tuner::search(&grid, LOOKS, images.batch_bytes(), &mut look)?;
            let searched = start.elapsed().as_secs_f64();

            let start = Instant::now();
            let rates = grid.iter().map(|knobs| Ok((*knobs, look(*knobs, LOOKS.last())?)));
            let rates = rates.collect::<anyhow::Result<Vec<(Knobs, f64)>>>()?;
            let whole = start.elapsed().as_secs_f64();
            let best = rates.iter().map(|(_, rate)| *rate).fold(0.0, f64::max);
            let chosen = rates.iter().find(|(knobs, _)| *knobs == found.best.knobs).map_or(0.0, |(_, rate)| *rate);
            let (share, part) = (chosen / best, searched / whole);
            println!("| {milliseconds} | {share:.3} | {searched:.2} | {whole:.2} | {part:.3} |");
        }
    }
    Ok(())
}
