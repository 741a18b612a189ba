//! Known-answer tests: published digests, computed by the code that digests every other message.

use crate::{DIGEST_BYTES, Implementation, Stream, StreamImplementation, digest_many};

/// SHA-256 of `abc`: FIPS 180-2, appendix B.1.
const OF_ABC: [u8; DIGEST_BYTES] = [
    0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
    0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
];

/// SHA-256 of the empty message: NIST CAVP, SHA256ShortMsg, Len = 0.
const OF_EMPTY: [u8; DIGEST_BYTES] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

impl StreamImplementation {
    /// Whether this implementation computes the published digests of `abc` and of the empty message, one block each,
    /// with the same code as every other message.
    #[must_use]
    pub fn known_answer(self) -> bool {
        self.digest(b"abc") == OF_ABC && self.digest(b"") == OF_EMPTY
    }

    /// Returns the digest of a message in one piece.
    fn digest(self, message: &[u8]) -> [u8; DIGEST_BYTES] {
        let mut stream = Stream::new(self);
        stream.update(message);
        stream.finish()
    }
}

impl Implementation {
    /// Whether this implementation computes the published digests of `abc` and of the empty message, one block each, in
    /// every lane of every kernel that it uses: its own kernel, and those that finish one, two or three messages.
    #[must_use]
    pub fn known_answer(self) -> bool {
        [1, 2, 3, self.lanes()].into_iter().all(|count| {
            let questions = [&b"abc"[..], b""].into_iter().cycle().take(count);
            let mut right = 0;
            digest_many(self, questions, |index, digest| {
                let answer = if index % 2 == 0 { OF_ABC } else { OF_EMPTY };
                right += usize::from(digest == answer);
            });
            right == count
        })
    }
}
