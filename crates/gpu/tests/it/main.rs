//! Everything that can be tested without a GPU; what needs one is ignored (`cargo test -p gpu -- --ignored`).

mod absent;
mod compile;
mod elements;
mod emulator;
mod launches;
mod precisions;
mod products;
mod train;
mod work;
