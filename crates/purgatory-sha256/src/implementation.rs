//! The choice of the code that digests many messages.

use crate::lanes::Kernel;
use crate::{Instructions, ShaNi, StreamImplementation};

/// Code that digests many messages at once. A value proves that its instructions may run on this processor in its
/// present state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Implementation {
    kernel: Kernel,
    /// The implementation that finishes the last few messages.
    sha_ni: Option<ShaNi>,
}

impl Implementation {
    /// The names of all implementations, in the order of their ranking.
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

    /// Returns every implementation that may run with these instructions, fastest first. The last one runs on every
    /// processor.
    ///
    /// The ranking is static. It is based on measurements of 64 KiB messages, in core cycles a byte (`cargo xtask
    /// bench`).
    pub fn ranked(instructions: Instructions) -> impl Iterator<Item = Self> {
        let Instructions { ssse3, sha_ni, avx2, avx512 } = instructions;
        [
            // 0.57 on Zen 5 (a trial), where a vector instruction takes two cycles and the dependency chain between
            // rounds is the limit. Where a vector instruction takes one cycle, it has 4 % more to do than the next
            // implementation.
            avx512.map(Kernel::Avx512Short),
            // 0.72 on Zen 5. It is the fallback if the one before fails its known-answer test.
            avx512.map(Kernel::Avx512),
            // 0.9 on Zen 3: three lanes keep the SHA unit busy while each one waits for its own result.
            sha_ni.map(Kernel::ShaNi3),
            // 1.0: two lanes keep it half busy.
            sha_ni.map(Kernel::ShaNi2),
            // 2.0: one lane waits for its own result, four cycles for every two rounds. It is before AVX2, which is
            // hardly faster, and only with eight messages at a time.
            sha_ni.map(|proof| Kernel::One(StreamImplementation::sha_ni(proof))),
            // 1.9: there is no rotate instruction, so each rotation needs three.
            avx2.map(Kernel::Avx2),
            // 3.8: the same with half as many lanes.
            ssse3.map(Kernel::Ssse3),
            // 3.9: needs more instructions to swap bytes.
            Some(Kernel::Sse2),
            // 7.8 to 10.7: one lane in general registers.
            Some(Kernel::One(StreamImplementation::scalar())),
        ]
        .into_iter()
        .flatten()
        .map(move |kernel| Self { kernel, sha_ni })
    }

    /// Returns [`Implementation::ranked`] for the instructions of this machine, for hosts.
    #[cfg(feature = "std")]
    pub fn detected() -> impl Iterator<Item = Self> {
        Self::ranked(Instructions::detected())
    }

    /// Returns the name for reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.kernel.name()
    }

    /// Returns the number of messages that it digests at once.
    #[must_use]
    pub const fn lanes(self) -> usize {
        self.kernel.lanes()
    }

    /// Returns the fastest kernel for this number of live lanes.
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
