//! Verification: memory is digested, and held against what the loader digested.

mod chunks;
mod one_digest;

pub use chunks::{Corruption, Corruptions, chunks};
pub use one_digest::one_digest;

use crate::plan::Defect;
use purgatory_abi::status::Status;

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome<F> {
    /// Verified, mismatch or skipped, or what kept it from being digested.
    pub status: Status,
    /// The place, where a defect kept it from being digested.
    pub defect: Option<Defect>,
    /// How many bytes were digested.
    pub bytes: u64,
    /// What else was found.
    pub found: F,
}

impl<F: Default> Default for Outcome<F> {
    /// What there is before anything is digested, and all there is without an implementation.
    fn default() -> Self {
        Self { status: Status::ImplementationsBroken, defect: None, bytes: 0, found: F::default() }
    }
}
