//! The loader on a folder of JPEG files, beside other loaders: `benches/peers/loader.py` runs it.
//!
//! ```sh
//! cargo run --release -p loading --example feed -- make FOLDER COUNT          # pictures to load
//! cargo run --release -p loading --example feed -- FOLDER BATCH MS PASSES     # a line of JSON for each setting
//! ```

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use loading::{Accelerator, Files, Images, Shuffle, Source, picture, threads};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["make", folder, count] => make(Path::new(folder), count.parse()?),
        [folder, batch, milliseconds, passes] => {
            measure(Path::new(folder), batch.parse()?, milliseconds.parse()?, passes.parse()?)
        }
        _ => anyhow::bail!("say: make FOLDER COUNT, or FOLDER BATCH MS PASSES"),
    }
}

fn make(folder: &Path, count: u32) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    for number in 0..count {
        std::fs::write(folder.join(format!("{number:06}.jpg")), picture::jpeg(1, number)?)?;
    }
    Ok(())
}

fn measure(folder: &Path, batch: usize, milliseconds: f64, passes: u32) -> anyhow::Result<()> {
    let mut paths = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    let files: Arc<dyn Source> = Arc::new(Files::new(paths));
    let images = Images::new(files, batch, Shuffle::Full, 1);
    let cores = std::thread::available_parallelism()?.get();
    let mut consumer = Accelerator { per_batch: Duration::from_secs_f64(milliseconds / 1e3) };
    for knobs in loading::tuner::grid(cores, images.batch_bytes(), 1 << 30) {
        for _ in 0..passes {
            let pass = threads::pass(&images, knobs, &mut consumer)?;
            let rate = pass.check.samples as f64 / pass.seconds;
            println!("{{\"workers\": {}, \"prefetch\": {}, \"rate\": {rate}}}", knobs.workers, knobs.prefetch);
        }
    }
    Ok(())
}
