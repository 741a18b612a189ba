//! Kernels: code that compresses blocks into several states at once. A lane is one state with its message.
//!
//! | module | kernels |
//! | --- | --- |
//! | `avx512` | sixteen lanes, in 512-bit vectors; two orders of additions |
//! | `avx2` | eight lanes, in 256-bit vectors |
//! | `sse` | four lanes, in 128-bit vectors, with SSSE3 or without |
//! | `rounds` | the code that `avx2` and `sse` share |
//! | `row` | the blocks that these kernels read |
//! | `sha_ni` | three or two lanes on the SHA extensions, interleaved to hide their latency |
//! | this module | one lane, by a [`StreamImplementation`] |

mod avx2;
mod avx512;
mod rounds;
mod row;
mod sha_ni;
mod sse;

use crate::{Avx2, Avx512, BLOCK_BYTES, ShaNi, Ssse3, StreamImplementation};
use row::Lanes;

/// A block, the unit that SHA-256 compresses.
pub(crate) type Block = [u8; BLOCK_BYTES];

/// The maximum number of lanes of a kernel.
pub(crate) const MAX_LANES: usize = 16;

/// The states of all lanes: row `i` contains word `i` of each state, so that a row is a vector.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct States(pub(crate) [[u32; MAX_LANES]; 8]);

impl States {
    /// Returns the state of one lane.
    pub(crate) fn lane(&self, lane: usize) -> [u32; 8] {
        self.0.map(|row| row.get(lane).copied().unwrap_or_default())
    }

    /// Sets the state of one lane.
    pub(crate) fn set_lane(&mut self, lane: usize, state: [u32; 8]) {
        for (row, word) in self.0.iter_mut().zip(state) {
            if let Some(slot) = row.get_mut(lane) {
                *slot = word;
            }
        }
    }
}

/// A kernel, with the proof that its instructions may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kernel {
    /// Sixteen lanes, with the short chain of additions.
    Avx512Short(Avx512),
    /// Sixteen lanes, with the fewest additions.
    Avx512(Avx512),
    /// Three lanes on the SHA extensions.
    ShaNi3(ShaNi),
    /// Two lanes on the SHA extensions.
    ShaNi2(ShaNi),
    /// Eight lanes.
    Avx2(Avx2),
    /// Four lanes; bytes are swapped by one instruction.
    Ssse3(Ssse3),
    /// Four lanes, on any x86-64 processor.
    Sse2,
    /// One lane.
    One(StreamImplementation),
}

impl Kernel {
    /// Returns the number of its lanes.
    pub(crate) const fn lanes(self) -> usize {
        match self {
            Self::Avx512Short(_) | Self::Avx512(_) => 16,
            Self::Avx2(_) => 8,
            Self::Ssse3(_) | Self::Sse2 => 4,
            Self::ShaNi3(_) => 3,
            Self::ShaNi2(_) => 2,
            Self::One(_) => 1,
        }
    }

    /// Returns the name for reports.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Avx512Short(_) => "avx512-short",
            Self::Avx512(_) => "avx512",
            Self::ShaNi3(_) => "sha-ni-x3",
            Self::ShaNi2(_) => "sha-ni-x2",
            Self::Avx2(_) => "avx2",
            Self::Ssse3(_) => "ssse3",
            Self::Sse2 => "sse2",
            Self::One(implementation) => implementation.name(),
        }
    }

    /// Returns the maximum number of live lanes for which another kernel is faster: one on the SHA extensions, or the
    /// scalar one.
    pub(crate) const fn few(self, sha_ni: Option<ShaNi>) -> usize {
        // The cost of a step of all lanes, in steps of one lane of the other kernel.
        match (self, sha_ni) {
            (Self::Avx512Short(_) | Self::Avx512(_), Some(_)) => 7,
            (Self::Avx512Short(_) | Self::Avx512(_), None) => 1,
            (Self::Avx2(_), Some(_)) => 7,
            (Self::Ssse3(_) | Self::Sse2, Some(_)) => 3,
            (Self::Avx2(_) | Self::Ssse3(_) | Self::Sse2, None) => 2,
            (Self::ShaNi3(_), _) => 2,
            (Self::ShaNi2(_), _) => 1,
            (Self::One(_), _) => 0,
        }
    }

    /// Compresses the same number of blocks into the state of each of its lanes: as many as the shortest lane has left.
    /// Returns that number. Lanes beyond those of the kernel stay unchanged.
    pub(crate) fn compress(self, states: &mut States, lanes: &[&[Block]; MAX_LANES]) -> usize {
        let lanes = &Lanes::new(lanes, self.lanes());
        match self {
            Self::Avx512Short(proof) => avx512::compress_short(proof, states, lanes),
            Self::Avx512(proof) => avx512::compress_plain(proof, states, lanes),
            Self::ShaNi3(proof) => sha_ni::compress_3(proof, states, lanes),
            Self::ShaNi2(proof) => sha_ni::compress_2(proof, states, lanes),
            Self::Avx2(proof) => avx2::compress(proof, states, lanes),
            Self::Ssse3(proof) => sse::compress_ssse3(proof, states, lanes),
            Self::Sse2 => sse::compress_sse2(states, lanes),
            Self::One(implementation) => {
                let mut state = states.lane(0);
                implementation.compress(&mut state, lanes.pieces()[0]);
                states.set_lane(0, state);
            }
        }
        lanes.blocks()
    }
}
