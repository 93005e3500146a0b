//! Properties of the statistics, and what they promise under simulated noise.

mod noise;
mod properties;
mod simulation;
