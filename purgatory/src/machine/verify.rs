//! What each way of verifying wants of the processor.

use super::processor;
use super::vectors;
use crate::check::{Check, Chunks, OneDigest};
use purgatory_sha256::{Backend, Engine};

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

impl Verify for Chunks<'static> {
    fn bring_up() -> impl Iterator<Item = Backend> {
        Backend::ranked(vectors::bring_up())
    }

    fn give_back() {
        vectors::give_back();
    }
}
