//! The native contract: the header and list that purgatory-loader writes for `purgatory-native.ro`.
//!
//! ```text
//! image     header | code | two copies of both | zeroed memory and stack | segment digest list
//!           ^               ^                                              ^
//!           magic           Header::copies                                 Header::list
//!
//! list      ListHeader | SegmentEntry, one a segment | digests, one a chunk, in the order of the segments
//! ```
//!
//! All numbers are little-endian, all addresses physical. A chunk's digest is the plain SHA-256 of its bytes. A program
//! that finds the magic at the start of a segment can decode everything.

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
    /// The symbol of the [`Header`], at the start of the image.
    HEADER = "purgatory_header": [Header];
}

/// The magic at the start of a header.
pub const MAGIC: [u8; 8] = *b"PURGATRY";

/// The version of the contract. A loader and a purgatory reject each other if their versions differ.
///
/// Within a version, new fields are only added after the existing ones, and a field of zeros is unused. So a loader
/// accepts a purgatory whose header is longer than the one it knows, and leaves the additional fields as zeros.
pub const VERSION: u32 = 1;

/// Bytes in a chunk, the unit of one digest: 64 KiB. A segment's last chunk may be shorter.
pub const CHUNK_BYTES: u32 = 64 * 1024;

/// The maximum number of segments: `KEXEC_SEGMENT_MAX` of `include/linux/kexec.h`.
pub const SEGMENTS: usize = crate::linux::REGION_SLOTS;

/// The maximum length of a segment digest list, in bytes: enough for 32 GiB of payload. Without this limit, a corrupted
/// length could make the purgatory read all of a machine's memory before it detects the corruption.
pub const LIST_BYTES: u64 = 16 << 20;

/// The flag for two copies of the purgatory's contents: header, code and constants. In [`Header::known`], the purgatory
/// has memory for them. In [`Header::flags`], the loader has written them, and the purgatory repairs its contents from
/// them.
pub const COPIES: u64 = 1;

/// The flag for the digest of elfcorehdr. In [`Header::known`], the purgatory compares it. In [`Header::flags`], the loader
/// has written it, because nothing rewrites elfcorehdr after the load.
pub const ELFCOREHDR_DIGEST: u64 = 2;

/// The flags of [`Header::flags`] that this version defines.
pub const FLAGS: u64 = COPIES | ELFCOREHDR_DIGEST;

/// The number of consoles in a header.
pub const CONSOLES: usize = 4;
