//! The choice of the code that compresses the blocks of one message.

use crate::{BLOCK_BYTES, ShaNi, sha_ni};
use sha2::block_api::compress256;

/// Code that digests one message. A value proves that its instructions may run on this processor in its present state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamImplementation(Code);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Scalar,
    ShaNi(ShaNi),
}

impl StreamImplementation {
    /// The scalar implementation: it uses only general instructions, and runs on every processor.
    ///
    /// It is the sha2 crate. On a host, that crate may detect and use faster code (by CPUID). If CPUID must not run,
    /// build with `--cfg sha2_backend="soft"`.
    #[must_use]
    pub const fn scalar() -> Self {
        Self(Code::Scalar)
    }

    /// The implementation on the SHA extensions.
    #[must_use]
    pub const fn sha_ni(proof: ShaNi) -> Self {
        Self(Code::ShaNi(proof))
    }

    /// Returns every implementation of this machine, fastest first, for hosts; see
    /// [`Instructions::detected`](crate::Instructions::detected).
    #[cfg(feature = "std")]
    pub fn detected() -> impl Iterator<Item = Self> {
        crate::Instructions::detected().sha_ni.map(Self::sha_ni).into_iter().chain([Self::scalar()])
    }

    /// Returns the name for reports: `sha-ni` or `scalar`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            Code::Scalar => "scalar",
            Code::ShaNi(_) => "sha-ni",
        }
    }

    /// Compresses `blocks` into `state`.
    pub(crate) fn compress(self, state: &mut [u32; 8], blocks: &[[u8; BLOCK_BYTES]]) {
        match self.0 {
            Code::Scalar => compress256(state, blocks),
            Code::ShaNi(proof) => sha_ni::compress(proof, state, blocks),
        }
    }
}
