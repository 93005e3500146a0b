//! The loader: what it makes, what it survives, what it finds.
