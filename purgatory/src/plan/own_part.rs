//! The purgatory's own parts that have a digest in the header.

use crate::key::difference;
use purgatory_abi::status::Status;
use purgatory_sha256::{Implementation, ShaNi, Stream, StreamImplementation, digest_many};

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
    #[inline(never)]
    pub fn is_intact(&self, implementation: Implementation) -> bool {
        let mut intact = false;
        digest_many(implementation, [self.bytes], |_, digest| intact = digest == *self.expected);
        intact
    }

    /// The same, before faster instructions are enabled, with the SHA extensions or without. Also returns the bits in
    /// which the digests differ.
    pub(crate) fn is_intact_before_setup(&self, sha_ni: Option<ShaNi>) -> (bool, u64) {
        // The SHA extensions were not tested yet: if they give wrong answers, the scalar implementation decides.
        let implementations = sha_ni.map(StreamImplementation::sha_ni).into_iter();
        for implementation in implementations.chain([StreamImplementation::scalar()]) {
            let mut stream = Stream::new(implementation);
            stream.update(self.bytes);
            let digest = stream.finish();
            if digest == *self.expected {
                return (true, difference(&digest, self.expected));
            }
        }
        (false, u64::MAX)
    }
}
