//! The experiment: what it answers, what it survives, what its definition says.
