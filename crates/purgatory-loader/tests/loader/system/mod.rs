//! Tests of the readers of `/proc` and `/sys`, on test trees.

mod dump;
mod errors;
mod firmware;
mod iomem;
mod kexec;
mod no_panic;
mod tree;
