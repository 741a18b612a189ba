//! Decodes a loaded image.

mod error;
mod list;
mod loaded;

pub use error::DecodeError;
pub use loaded::LoadedSegment;

use super::digests::{Digest, digest};
use super::{Options, copies};
use alloc::vec::Vec;
use core::ops::Range;
use memchr::memmem;
use purgatory_abi::Region;
use purgatory_abi::native::{ELFCOREHDR_DIGEST, Header, LIST_BYTES, MAGIC, SegmentEntry};
use purgatory_abi::status::{Defect, Status};
use purgatory_sha256::Implementation;
use zerocopy::FromBytes;

/// The header and the segment digest list of a loaded image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The header fields that this loader knows.
    pub header: Header,
    /// The segments, in the order of the list, with the purgatory's own segment.
    pub segments: Vec<LoadedSegment>,
}

impl Loaded {
    /// Returns the offsets of the header magic in `memory`. The magic also occurs elsewhere: [`Loaded::decode`] finds
    /// out whether a header starts there.
    pub fn find(memory: &[u8]) -> impl Iterator<Item = usize> {
        memmem::find_iter(memory, &MAGIC)
    }

    /// Decodes the image whose purgatory is loaded at physical address `base`. `memory` is the memory there, at least
    /// to the end of the list.
    ///
    /// Checks header and list by the rules of the purgatory itself, and verifies their digests. The digests of code and
    /// segments are returned, not verified: only the purgatory knows the end of its code, and the segments are not in
    /// `memory`.
    ///
    /// ```
    /// use purgatory_loader::{DecodeError, Loaded};
    /// use purgatory_sha256::{Implementation, Instructions};
    ///
    /// /// Returns the first image in `memory`, whose first byte is at physical address `base`.
    /// fn first(memory: &[u8], base: u64, implementation: Implementation) -> Option<Loaded> {
    ///     let decode = |at| Loaded::decode(&memory[at..], base + at as u64, implementation).ok();
    ///     Loaded::find(memory).find_map(decode)
    /// }
    ///
    /// let implementation = Implementation::ranked(Instructions::default()).last().unwrap();
    /// assert_eq!(first(b"only the magic: PURGATRY", 0x10_0000, implementation), None);
    /// let error = Loaded::decode(b"PURGATRY", 0x10_0000, implementation).unwrap_err();
    /// assert_eq!(error, DecodeError::Truncated { len: 8, needed: 400 });
    /// ```
    ///
    /// # Errors
    ///
    /// Returns a [`DecodeError`].
    pub fn decode(
        memory: &[u8],
        base: u64,
        implementation: Implementation,
    ) -> Result<Self, DecodeError> {
        let header = header(memory, base, implementation)?;
        let list = list_range(&header, base, memory.len())?;
        if !copies::fit(&header, base) {
            return Err(invalid(Status::HeaderUnknown, base));
        }
        let own = Region { start: base, len: list.end as u64 };
        let (list, address) = (&memory[list], header.list.start);
        if digest(implementation, list) != header.list_digest {
            return Err(invalid(Status::ListCorrupted, address));
        }
        let segments = list::segments(list, address, own).map_err(DecodeError::Invalid)?;
        Ok(Self { header, segments })
    }

    /// Returns the consoles, verbosity and failure action of the purgatory, and whether elfcorehdr must not change.
    pub fn options(&self) -> Options {
        let Header { policy, consoles, flags, .. } = self.header;
        Options { policy, consoles, elfcorehdr_is_final: flags & ELFCOREHDR_DIGEST != 0 }
    }

    /// Returns the bytes of the list's entries, and all digests in order.
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

/// Returns the header at the start of the memory at physical address `base`, if it is complete and has no unknown
/// values.
fn header(memory: &[u8], base: u64, implementation: Implementation) -> Result<Header, DecodeError> {
    let len = memory.len();
    let header = Header::read_from_prefix(memory);
    let truncated = |needed| DecodeError::Truncated { len, needed };
    let (header, _) = header.map_err(|_| truncated(size_of::<Header>() as u64))?;
    let invalid = |status| invalid(status, base);
    header.check_layout().map_err(invalid)?;
    let bytes = memory.get(..header.header_bytes as usize);
    let bytes = bytes.ok_or(truncated(header.header_bytes.into()))?;
    if digest(implementation, &bytes[Header::DIGESTED_FROM..]) != header.header_digest {
        return Err(invalid(Status::HeaderCorrupted));
    }
    header.check_requests().map_err(invalid)?;
    if bytes[size_of::<Header>()..].iter().any(|byte| *byte != 0) {
        // A later loader uses fields that this loader does not know.
        return Err(invalid(Status::HeaderUnknown));
    }
    Ok(header)
}

fn invalid(status: Status, address: u64) -> DecodeError {
    DecodeError::Invalid(Defect { status, slot: None, address })
}

/// Returns the range of the list in `len` bytes of memory at `base`.
fn list_range(header: &Header, base: u64, len: usize) -> Result<Range<usize>, DecodeError> {
    let list = header.list;
    let range = || {
        let start = list.start.checked_sub(base)?;
        list.start.checked_add(list.len)?;
        let fits = u64::from(header.header_bytes) <= start
            && list.start.is_multiple_of(align_of::<SegmentEntry>() as u64)
            && list.len <= LIST_BYTES;
        fits.then_some(start..start + list.len)
    };
    let Range { start, end } = range().ok_or(invalid(Status::ListMalformed, list.start))?;
    if end > len as u64 {
        return Err(DecodeError::Truncated { len, needed: end });
    }
    Ok(start as usize..end as usize)
}
