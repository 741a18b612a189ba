//! The choice of the code that digests many messages.

use crate::lanes::Kernel;
use crate::{Instructions, ShaNi, StreamImplementation};

/// Code that digests many messages at once. A value is the proof that its instructions may run on this processor in its
/// present state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Implementation {
    kernel: Kernel,
    /// What few live lanes are finished with.
    sha_ni: Option<ShaNi>,
}

impl Implementation {
    /// The names of all implementations, in their ranking.
    pub const NAMES: [&str; 9] = [
        "avx512-short",
        "avx512",
        "sha-ni-x3",
        "sha-ni-x2",
        "sha-ni",
        "avx2",
        "ssse3",
        "sse2",
        "scalar",
    ];

    /// Every implementation that may run with these instructions, fastest first. The last one runs everywhere.
    ///
    /// The ranking is static; its reasons are measurements in core cycles a byte, of 64 KiB messages (`cargo xtask bench`).
    pub fn ranked(instructions: Instructions) -> impl Iterator<Item = Self> {
        let Instructions { ssse3, sha_ni, avx2, avx512 } = instructions;
        [
            // 0.57 on Zen 5 (a trial), where a vector instruction takes two cycles and the chain from one round to the
            // next decides; where it takes one, 4 % more to do than the next.
            avx512.map(Kernel::Avx512Short),
            // 0.72 there: for a processor on which the other one gives wrong answers.
            avx512.map(Kernel::Avx512),
            // 0.9 on Zen 3: three lanes keep the SHA unit busy while each waits for itself.
            sha_ni.map(Kernel::ShaNi3),
            // 1.0: two keep it half busy.
            sha_ni.map(Kernel::ShaNi2),
            // 2.0: one lane waits for itself, four cycles every two rounds. Before AVX2, which is hardly faster and only
            // with eight messages in hand.
            sha_ni.map(|proof| Kernel::One(StreamImplementation::sha_ni(proof))),
            // 1.9: no instruction rotates, so that each rotation takes three.
            avx2.map(Kernel::Avx2),
            // 3.8: the same in half as many lanes.
            ssse3.map(Kernel::Ssse3),
            // 3.9: more instructions to swap bytes.
            Some(Kernel::Sse2),
            // 7.8 to 10.7: one lane in general registers.
            Some(Kernel::One(StreamImplementation::scalar())),
        ]
        .into_iter()
        .flatten()
        .map(move |kernel| Self { kernel, sha_ni })
    }

    /// [`Implementation::ranked`] of what this machine has, for hosts.
    #[cfg(feature = "std")]
    pub fn detected() -> impl Iterator<Item = Self> {
        Self::ranked(Instructions::detected())
    }

    /// The name for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.kernel.name()
    }

    /// How many messages it has in hand at once.
    #[must_use]
    pub const fn lanes(self) -> usize {
        self.kernel.lanes()
    }

    /// The fastest kernel for so many live lanes.
    pub(crate) fn kernel(self, live: usize) -> Kernel {
        if live > self.kernel.few(self.sha_ni) {
            return self.kernel;
        }
        match (self.sha_ni, live) {
            (Some(proof), 0..=1) => Kernel::One(StreamImplementation::sha_ni(proof)),
            (Some(proof), 2) => Kernel::ShaNi2(proof),
            (Some(proof), _) => Kernel::ShaNi3(proof),
            (None, _) => Kernel::One(StreamImplementation::scalar()),
        }
    }
}
