//! A transformer classifier of DistilBERT's architecture that learns on the CPU, in f32, bf16 and f16.
//!
//! Token and position embeddings, layers of self-attention and feed-forward with the norms behind the residuals, a classifier on
//! the first token; AdamW on weights in f32. What the experiments measure with it is the step: what a lower precision saves,
//! what it holds in memory, and what it does to the loss. It knows nothing of experiments.
//!
//! A step, from file to file: `embedding` → for each layer (`dense` → `attention` → `dense` → `norm` → `dense` →
//! `dense` → `norm`) → `head`, back the same way (`network` walks it), then the `optimizer`. All in buffers that
//! `room` made before. Products come from the crate `kernels`; what lies between them is `rows`.
//!
//! ```
//! use transformer::{Config, Precision, Task, Trainer};
//!
//! let config = Config::small();
//! let task = Task::new(&config, 1)?;
//! let mut trainer = Trainer::new(&config, Precision::Bf16, 1, 2)?;
//! for step in 0..3 {
//!     let report = trainer.step(&task.batch(step, 16))?;
//!     assert!(report.loss.is_finite());
//! }
//! println!("{} bytes", trainer.memory().total());
//! # Ok::<(), transformer::Error>(())
//! ```

mod attention;
mod config;
mod dense;
mod element;
mod embedding;
mod error;
mod head;
mod largest;
mod layout;
mod memory;
mod network;
mod norm;
mod optimizer;
mod room;
mod rows;
mod scaling;
mod steps;
mod task;
mod trainer;

pub use config::{Config, Precision};
pub use error::{Error, OutOfMemory};
pub use largest::{Attempt, Largest, largest_batch, search};
pub use layout::{Layer, Layout, Linear, NormPlace, Parameter, initial_weights, layout};
pub use memory::Memory;
pub use optimizer::AdamW;
pub use rows::Update;
pub use scaling::Scaling;
pub use steps::Steps;
pub use task::{Batch, Task};
pub use trainer::{StepReport, Trainer, Underflow};
