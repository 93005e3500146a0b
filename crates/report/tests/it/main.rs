//! The pages of a recorded run: content, escaping, links, sizes.

mod chapters;
mod fixture;
mod golden;
mod memo;
mod own;
mod references;
mod site;
