//! Verification: digests memory and compares the result with the loader's digests.

mod chunks;
mod one_digest;

pub use chunks::{Corruption, Corruptions, chunks};
pub use one_digest::one_digest;

use crate::key::Key;
use crate::plan::Defect;
use purgatory_abi::status::Status;

/// The result of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome<F> {
    /// Verified, mismatch or skipped; the status of `defect` if there is one; implementations-broken by default.
    pub status: Status,
    /// The defect, if one prevented the verification of some memory.
    pub defect: Option<Defect>,
    /// The key of the hand-off: right only if every digest was computed and is right.
    pub key: Key,
    /// The number of digested bytes.
    pub bytes: u64,
    /// The results for single regions or segments, in the type of the digest scheme.
    pub found: F,
}

impl<F: Default> Outcome<F> {
    /// The outcome if a defect prevents the verification.
    #[must_use]
    pub fn of(defect: Defect) -> Self {
        Self { status: defect.status, defect: Some(defect), ..Self::default() }
    }
}

impl<F: Default> Default for Outcome<F> {
    /// The outcome before anything is digested. It is final if no implementation passed its known-answer test.
    fn default() -> Self {
        let status = Status::ImplementationsBroken;
        Self { status, defect: None, key: Key::NONE, bytes: 0, found: F::default() }
    }
}
