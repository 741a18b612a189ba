//! The native contract: what purgatory-loader writes for `purgatory-native.ro`.
//!
//! ```text
//! image     header | code | zeroed memory and stack | segment digest list
//!           ^                                         ^
//!           magic                                     Header::list
//!
//! list      ListHeader | SegmentEntry, one a segment | digests, one a chunk, in the order of the segments
//! ```
//!
//! All numbers are little-endian, all addresses physical. A chunk's digest is the plain SHA-256 of its bytes. Whoever finds
//! the magic at the start of a segment can decode all of it.

mod header;
mod list;
mod options;
mod segments;

pub use crate::console::{Console, ConsoleKind};
pub use header::Header;
pub use list::{ListHeader, SegmentEntry, SegmentKind};
pub use options::{OnFailure, Policy};
pub use segments::Segments;

symbols! {
    /// The entry point.
    ENTRY = "purgatory_start": function;
    /// The symbol of the [`Header`], which is where the image starts.
    HEADER = "purgatory_header": [Header];
}

/// What a header starts with.
pub const MAGIC: [u8; 8] = *b"PURGATRY";

/// The version of the contract. A loader and a purgatory of different versions refuse each other.
///
/// Within a version, fields are only added, behind those that there are, and a field of zeros means that it is not used. So
/// a loader takes a purgatory whose header is longer than the one it knows, and leaves the rest as zeros.
pub const VERSION: u32 = 1;

/// Bytes that one digest covers: 64 KiB. A segment's last chunk may be shorter.
pub const CHUNK_BYTES: u32 = 64 * 1024;

/// The most segments: `KEXEC_SEGMENT_MAX` of `include/linux/kexec.h`.
pub const SEGMENTS: usize = crate::linux::REGION_SLOTS;

/// The longest segment digest list, in bytes: enough for 32 GiB of payload. A length that is corrupted must not make the
/// purgatory look at all of a machine's memory before it finds that out.
pub const LIST_BYTES: u64 = 16 << 20;

/// The flags of [`Header::flags`] that this version has: none.
pub const FLAGS: u64 = 0;

/// The most consoles that a header can name.
pub const CONSOLES: usize = 4;
