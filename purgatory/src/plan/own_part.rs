//! The purgatory's own parts that have a digest in the header.

use crate::key::difference;
use purgatory_abi::status::Status;
use purgatory_sha256::{Implementation, Instructions, digest_many};

/// A part of the purgatory that has a digest in the header.
#[derive(Clone, Copy)]
pub struct OwnPart<'m> {
    /// Its physical address.
    pub address: u64,
    /// Its bytes.
    pub bytes: &'m [u8],
    /// The digest that the loader computed.
    pub expected: &'m [u8; 32],
    /// The status if the digest does not match.
    pub corrupted: Status,
}

impl OwnPart<'_> {
    /// Whether its digest matches.
    #[must_use]
    pub fn is_intact(&self, implementation: Implementation) -> bool {
        let mut intact = false;
        digest_many(implementation, [self.bytes], |_, digest| intact = digest == *self.expected);
        intact
    }

    /// The same, before faster instructions are enabled. Also returns the bits in which the digests differ.
    pub(crate) fn is_intact_before_setup(&self) -> (bool, u64) {
        let mut result = (false, u64::MAX);
        if let Some(slowest) = Implementation::ranked(Instructions::default()).last() {
            digest_many(slowest, [self.bytes], |_, digest| {
                result = (digest == *self.expected, difference(&digest, self.expected));
            });
        }
        result
    }
}
