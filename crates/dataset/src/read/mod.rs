//! Reading files in batches: whatever the size of the data, only a few batches are in memory.

pub(crate) mod arrow;
pub(crate) mod records;
pub(crate) mod sniff;
