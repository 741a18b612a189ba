//! The choice of the code that compresses the blocks of one message.

use crate::{BLOCK_BYTES, DIGEST_BYTES, ShaNi, Stream, sha_ni};
use sha2::block_api::compress256;

/// Code that digests one message. A value is the proof that its instructions may run on this processor in its present
/// state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Engine(Code);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Scalar,
    ShaNi(ShaNi),
}

/// SHA-256 of `abc`: FIPS 180-2, appendix B.1.
pub(crate) const OF_ABC: [u8; DIGEST_BYTES] = [
    0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
    0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
];

/// SHA-256 of the empty message: NIST CAVP, SHA256ShortMsg, Len = 0.
pub(crate) const OF_NOTHING: [u8; DIGEST_BYTES] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

impl Engine {
    /// General instructions only: runs everywhere.
    ///
    /// It is the sha2 crate, which on a host may use faster code than that by its own detection (by CPUID). Where CPUID
    /// must not run, build with `--cfg sha2_backend="soft"`.
    #[must_use]
    pub const fn scalar() -> Self {
        Self(Code::Scalar)
    }

    /// The engine on the SHA extensions.
    #[must_use]
    pub const fn sha_ni(proof: ShaNi) -> Self {
        Self(Code::ShaNi(proof))
    }

    /// Every engine that this machine has, fastest first, for hosts; see [`Instructions::detected`](crate::Instructions::detected).
    #[cfg(feature = "std")]
    pub fn detected() -> impl Iterator<Item = Self> {
        crate::Instructions::detected().sha_ni.map(Self::sha_ni).into_iter().chain([Self::scalar()])
    }

    /// The name for reports: `sha-ni` or `scalar`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            Code::Scalar => "scalar",
            Code::ShaNi(_) => "sha-ni",
        }
    }

    /// Whether this engine gives the published digests of `abc` and of the empty message, one block each, on the way
    /// that every other message takes.
    #[must_use]
    pub fn known_answer(self) -> bool {
        self.digest(b"abc") == OF_ABC && self.digest(b"") == OF_NOTHING
    }

    /// The digest of a message that is there in one piece.
    fn digest(self, message: &[u8]) -> [u8; DIGEST_BYTES] {
        let mut stream = Stream::new(self);
        stream.update(message);
        stream.finish()
    }

    /// Brings `blocks` into `state`.
    pub(crate) fn compress(self, state: &mut [u32; 8], blocks: &[[u8; BLOCK_BYTES]]) {
        match self.0 {
            Code::Scalar => compress256(state, blocks),
            Code::ShaNi(proof) => sha_ni::compress(proof, state, blocks),
        }
    }
}
