//! A data loader: it reads samples, decodes them, augments them, collates them into batches, and hands the batches to a
//! consumer through a bounded queue.
//!
//! Place in the flow: `plan → ` **measure** ` → results file`, inside a worker process, below the experiment *loader*. Nothing here
//! knows about experiments or tables.
//!
//! ```text
//! Source ──▶ decode ──▶ augment ──▶ Batch ──▶ queue (bounded) ──▶ Consumer
//! files, tar   JPEG      crop, flip,            workers × prefetch    "an accelerator
//!              → RGB     normalise              batches at most        that takes N ms"
//! ```
//!
//! [`Work`] makes batches ([`Images`] those of pictures); [`threads`] runs it in worker threads and [`Feed`] is what the consumer
//! sees of that; [`drive`] lets a consumer take batches and keeps the times of it; [`tuner`] looks for the best knobs.

pub mod picture;
pub mod threads;
pub mod tuner;

mod augment;
mod batch;
mod consumer;
mod decode;
mod feed;
mod images;
mod knobs;
mod order;
mod pass;
mod shards;
mod source;
mod timeline;
mod trouble;

pub use augment::{CROP, MEAN, SHORT_SIDE, SPREAD, place_of};
pub use batch::{Batch, Check, Data, Window};
pub use consumer::{Accelerator, Consumer};
pub use decode::{Decoder, Picture};
pub use feed::{Feed, Ready, Work};
pub use images::{Images, Memory};
pub use knobs::{Knobs, Shuffle};
pub use order::{displacement, order};
pub use pass::{Pass, Span, drive, drive_some};
pub use shards::{Tar, read_at, write_tar};
pub use source::{Bucket, Files, Source};
pub use timeline::{Bin, bins};
pub use trouble::{Seen, Trouble, Troubles};
