//! Parts of the purgatory itself that the header has a digest of.

use purgatory_abi::status::Status;
use purgatory_sha256::{Implementation, Instructions, digest_many};

/// Something of the purgatory's own that has a digest in the header.
#[derive(Clone, Copy)]
pub struct Own<'m> {
    /// Its physical address.
    pub address: u64,
    /// Its bytes.
    pub bytes: &'m [u8],
    /// What their digest is to be.
    pub expected: &'m [u8; 32],
    /// What it means if it is another one.
    pub corrupted: Status,
}

impl Own<'_> {
    /// Whether its digest is the one that it is to be.
    #[must_use]
    pub fn is_sound(&self, implementation: Implementation) -> bool {
        let mut sound = false;
        digest_many(implementation, [self.bytes], |_, digest| sound = digest == *self.expected);
        sound
    }

    /// The same before the processor is brought to where anything faster may run.
    pub(crate) fn is_sound_at_once(&self) -> bool {
        Implementation::ranked(Instructions::default())
            .last()
            .is_some_and(|slowest| self.is_sound(slowest))
    }
}
