//! SHA-256 of one message or of many at once, for code that runs without an operating system.
//!
//! Nothing here allocates or panics, and nothing detects the processor: in a confidential guest CPUID may raise an
//! exception. The caller passes [`Instructions`], which give the instructions that may run.
//!
//! | item | contents |
//! | --- | --- |
//! | [`Instructions`] | the proofs that instructions may run |
//! | [`StreamImplementation`], [`Stream`] | one message, in pieces of any length: the scalar code of the sha2 crate, or the SHA extensions |
//! | [`Implementation`] | the ranking of the code for many messages |
//! | [`digest_many`] | many messages of any lengths: a lane whose message ends gets the next one; the last few messages are finished on SHA-NI |
//! | `known_answer` | the known-answer tests of both |
//! | `lanes` | the kernels that compress several lanes at once |
//!
//! Source of the algorithm and its constants: FIPS 180-4, sections 4.2.2, 5.1.1, 5.3.3 and 6.2.

#![cfg_attr(not(feature = "std"), no_std)]

mod constants;
mod implementation;
mod instructions;
mod known_answer;
mod lanes;
mod many;
mod sha_ni;
mod stream;
mod stream_implementation;

pub use implementation::Implementation;
pub use instructions::{Avx2, Avx512, Instructions, ShaNi, Ssse3};
pub use many::digest_many;
pub use stream::Stream;
pub use stream_implementation::StreamImplementation;

pub use purgatory_abi::DIGEST_BYTES;

/// Bytes in a block, the unit that SHA-256 compresses.
pub const BLOCK_BYTES: usize = 64;
