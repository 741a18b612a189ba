//! What each way of verifying wants of the processor.

use super::processor;
use crate::check::Check;
use crate::plan::OneDigest;
use purgatory_sha256::Engine;

/// A way to verify an image, with what it wants of the processor.
pub trait Verify: Check + 'static {
    /// Brings the processor to where the code may run; the codes, fastest first.
    fn bring_up() -> impl Iterator<Item = Self::Code>;

    /// Gives back what [`Verify::bring_up`] changed.
    fn give_back();
}

impl Verify for OneDigest<'static> {
    fn bring_up() -> impl Iterator<Item = Engine> {
        processor::engines().into_iter().flatten()
    }

    // CR4 is all that was changed, and the hand-off gives it back.
    fn give_back() {}
}

// Only where it is asked for: a probe's row in the table of fix-ups keeps the probe in every blob.
#[cfg(feature = "native")]
impl Verify for crate::plan::Chunks<'static> {
    fn bring_up() -> impl Iterator<Item = purgatory_sha256::Backend> {
        purgatory_sha256::Backend::ranked(super::vectors::bring_up())
    }

    fn give_back() {
        super::vectors::give_back();
    }
}
