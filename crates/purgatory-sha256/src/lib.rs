//! SHA-256 of one stream, for code that has no operating system under it.
//!
//! Nothing here allocates, panics, or finds out about the processor by itself: in a confidential guest CPUID may raise
//! an exception, so the caller says what may run by the [`Engine`] that it passes.
//!
//! | module | what |
//! | --- | --- |
//! | [`Engine`] | the choice between the two below, and the known-answer test of either |
//! | `sha2::block_api` | the scalar engine, from the sha2 crate |
//! | `sha_ni` | the engine on the processor's SHA extensions; all unsafe code |
//! | [`Stream`] | bytes in pieces of any length become blocks, padding, a digest |
//!
//! Source of the algorithm and its constants: FIPS 180-4, sections 4.2.2, 5.1.1, 5.3.3 and 6.2.

#![cfg_attr(not(feature = "std"), no_std)]

mod engine;
mod sha_ni;
mod stream;

pub use engine::Engine;
pub use stream::Stream;

/// Bytes in a block, the unit that SHA-256 compresses.
pub const BLOCK_BYTES: usize = 64;

/// Bytes in a digest.
pub const DIGEST_BYTES: usize = 32;
