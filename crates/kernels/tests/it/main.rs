//! What the kernels promise.

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod amx;
mod elements;
mod products;
mod support;
mod team;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod tiles;
