//! The shim's other work: SHA-256 implementations, checked and counted on the processor that it runs on.

pub mod shapes;
pub mod vectors;

use serde::{Deserialize, Serialize};

/// The task for the implementations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// Compare the digests of each with known ones.
    Check,
    /// The same with a byte of two messages flipped, so that each implementation must be found to be wrong.
    Broken,
    /// Count the instructions that each needs.
    Count,
}
