//! Everything that can be tested without a GPU; what needs one is ignored (`cargo test -p gpu -- --ignored`).

mod absent;
mod check;
mod compile;
mod copies;
mod elements;
mod emulator;
mod launches;
mod monitors;
mod precisions;
mod products;
mod train;
mod work;
