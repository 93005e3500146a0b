//! row-vs-columnar
