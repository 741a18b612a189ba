//! A loaded image back into what it was made of.

mod error;
mod list;

pub use error::DecodeError;

use super::Options;
use super::digests::{Digest, digest};
use alloc::vec::Vec;
use core::ops::Range;
use memchr::memmem;
use purgatory_abi::native::{
    Console, FLAGS, Header, LIST_BYTES, MAGIC, SegmentEntry, SegmentKind, VERSION,
};
use purgatory_sha256::Backend;
use zerocopy::FromBytes;

/// A loaded image, as its header and its segment digest list tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The header, as far as this loader knows it.
    pub header: Header,
    /// The segments, in the order of the list. The purgatory's own is one of them.
    pub segments: Vec<LoadedSegment>,
}

/// A segment of a loaded image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedSegment {
    /// What it is.
    pub kind: SegmentKind,
    /// Whether the purgatory verifies it.
    pub verified: bool,
    /// Physical address of the first byte.
    pub address: u64,
    /// Bytes that were loaded.
    pub payload: u64,
    /// Bytes of zeros behind them.
    pub zeros: u64,
    /// The SHA-256 of each chunk of [`CHUNK_BYTES`](purgatory_abi::native::CHUNK_BYTES) of the payload, in order; none if it
    /// is not verified.
    pub digests: Vec<Digest>,
}

impl Loaded {
    /// Where the bytes are that every header starts with: each place may be one, and [`Loaded::decode`] tells. Offsets from
    /// the start of `memory`.
    pub fn find(memory: &[u8]) -> impl Iterator<Item = usize> {
        memmem::find_iter(memory, &MAGIC)
    }

    /// Decodes the image whose purgatory is loaded at physical address `base`: `memory` is what lies there, at least to the
    /// end of the list.
    ///
    /// Looks at header and list, and checks their digests. The digests of code and segments are given, not checked: where the
    /// code ends only the purgatory knows, and the segments are somewhere else.
    ///
    /// # Errors
    ///
    /// See [`DecodeError`].
    pub fn decode(memory: &[u8], base: u64, backend: Backend) -> Result<Self, DecodeError> {
        let header = header(memory, backend)?;
        let list = list_range(&header, base, memory.len())?;
        let end = base + list.end as u64;
        let list = &memory[list];
        if digest(backend, list) != header.list_digest {
            return Err(DecodeError::ListDigest);
        }
        Ok(Self { segments: list::segments(list, &(base..end))?, header })
    }

    /// How the purgatory speaks, and what it does on failure.
    pub fn options(&self) -> Options {
        Options { policy: self.header.policy, consoles: self.header.consoles }
    }

    /// The bytes of the list's entries, and all digests in order.
    pub(super) fn tables(&self) -> (Vec<SegmentEntry>, Vec<Digest>) {
        let (mut entries, mut digests) = (Vec::new(), Vec::new());
        for segment in &self.segments {
            let before = digests.len() as u64;
            entries.push(SegmentEntry {
                kind: segment.kind.code(),
                verified: segment.verified.into(),
                address: segment.address,
                payload: segment.payload,
                zeros: segment.zeros,
                first_digest: if segment.verified { before } else { 0 },
                ..SegmentEntry::default()
            });
            digests.extend_from_slice(&segment.digests);
        }
        (entries, digests)
    }
}

impl LoadedSegment {
    /// Its memory, zeros included, half-open; `None` if it passes the end of the address space.
    pub(super) fn range(&self) -> Option<Range<u64>> {
        let bytes = self.payload.checked_add(self.zeros)?;
        Some(self.address..self.address.checked_add(bytes)?)
    }
}

/// The header that memory starts with, which is whole and asks for nothing that is not known.
fn header(memory: &[u8], backend: Backend) -> Result<Header, DecodeError> {
    let len = memory.len();
    let header = Header::read_from_prefix(memory);
    let (header, _) = header.map_err(|_| DecodeError::Truncated { len })?;
    if header.magic != MAGIC {
        return Err(DecodeError::Magic);
    }
    if header.version != VERSION {
        return Err(DecodeError::Version { found: header.version });
    }
    let found = header.header_bytes;
    let bytes = usize::try_from(found).ok().filter(|bytes| *bytes >= size_of::<Header>());
    let bytes = bytes.and_then(|bytes| memory.get(..bytes));
    let bytes = bytes.ok_or(DecodeError::HeaderBytes { found, len })?;
    if digest(backend, &bytes[Header::DIGESTED_FROM..]) != header.header_digest {
        return Err(DecodeError::HeaderDigest);
    }
    if header.flags & !(header.known & FLAGS) != 0 {
        return Err(DecodeError::Flags { found: header.flags });
    }
    if bytes[size_of::<Header>()..].iter().any(|byte| *byte != 0) {
        return Err(DecodeError::LaterFields);
    }
    if !header.policy.is_known() {
        return Err(DecodeError::Policy { found: header.policy });
    }
    let unknown = header.consoles.iter().position(|console: &Console| !console.is_known());
    match unknown {
        Some(index) => Err(DecodeError::Console { index, found: header.consoles[index] }),
        None => Ok(header),
    }
}

/// Where the list is in `len` bytes of memory at `base`.
fn list_range(header: &Header, base: u64, len: usize) -> Result<Range<usize>, DecodeError> {
    let list = header.list;
    let wrong = DecodeError::List { list };
    let range = || {
        let start = usize::try_from(list.start.checked_sub(base)?).ok()?;
        let end = start.checked_add(usize::try_from(list.len).ok()?)?;
        base.checked_add(end as u64)?;
        let fits = header.header_bytes as usize <= start
            && list.start.is_multiple_of(align_of::<SegmentEntry>() as u64)
            && list.len <= LIST_BYTES
            && end <= len;
        fits.then_some(start..end)
    };
    range().ok_or(wrong)
}
