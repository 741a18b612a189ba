//! The native contract: a header that is filled in, and a segment digest list behind the image.

use crate::{Image, Layout, Segment};
use alloc::vec;
use alloc::vec::Vec;
use purgatory_abi::linux::{DIGEST_BYTES, EntryRegs, Region};
use purgatory_abi::native::{
    CHUNK_BYTES, HEADER, Header, LIST_BYTES, ListHeader, MAGIC, SEGMENTS, SegmentEntry,
    SegmentKind, VERSION,
};
use purgatory_sha256::{Backend, digest_many};
use zerocopy::IntoBytes;

/// What the segment digest list is aligned to.
const LIST_ALIGNMENT: usize = 64;

/// Why an image cannot be sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The image has no header where the contract wants one.
    #[error(
        "there is no header with the native contract's magic at the start of the image: this purgatory is for another loader"
    )]
    NoHeader,
    /// The header is of another version.
    #[error(
        "the purgatory has version {found} of the native contract, this loader version {VERSION}"
    )]
    Version {
        /// The purgatory's.
        found: u32,
    },
    /// The header is of another size.
    #[error(
        "the purgatory's header has {found} bytes, where version {VERSION} of the native contract has {}: it is damaged",
        size_of::<Header>()
    )]
    HeaderBytes {
        /// The purgatory's.
        found: u32,
    },
    /// The header has flags, and no version has any.
    #[error(
        "the purgatory's header has the flags {found:#x}, which this loader does not know: take one of the same version"
    )]
    Flags {
        /// The purgatory's.
        found: u64,
    },
    /// The image has a segment digest list.
    #[error("the image is sealed already: place the purgatory once more, and seal that")]
    Sealed,
    /// One of the segments is said to be the purgatory's own.
    #[error(
        "segment {index} is of kind purgatory: leave it out, the purgatory's own is added by itself"
    )]
    OwnSegment {
        /// Its index among those that were given.
        index: usize,
    },
    /// With the list, the image passes the end of the address space.
    #[error(
        "with its segment digest list the purgatory at {base:#x} has {memsz:#x} bytes, which pass the end of the address space: place it lower"
    )]
    Wraps {
        /// Physical address of the image.
        base: u64,
        /// Bytes of memory that it takes.
        memsz: usize,
    },
    /// There are too many segments.
    #[error(
        "{count} segments and the purgatory's own are more than the {SEGMENTS} that can be loaded"
    )]
    TooManySegments {
        /// How many were given.
        count: usize,
    },
    /// The payloads have more chunks than a list has room for.
    #[error(
        "the digests of all chunks take {bytes} bytes, and a list has {LIST_BYTES} at most: 32 GiB of payload"
    )]
    ListTooLong {
        /// What they would take.
        bytes: u64,
    },
}

/// Bytes of memory that a purgatory laid out so takes once it is sealed with these segments. Not rounded to pages.
pub fn sealed_memsz(layout: &Layout, segments: &[Segment<'_>]) -> u64 {
    let start = layout.memsz().next_multiple_of(LIST_ALIGNMENT as u64);
    start + list_bytes(segments.len() + 1, chunks(segments)) as u64
}

/// How many chunks the verified payloads have.
fn chunks(segments: &[Segment<'_>]) -> usize {
    let verified = segments.iter().filter(|segment| is_verified(segment.kind));
    verified.map(|segment| segment.payload.len().div_ceil(CHUNK_BYTES as usize)).sum()
}

/// Bytes of a list.
fn list_bytes(segments: usize, chunks: usize) -> usize {
    size_of::<ListHeader>() + segments * size_of::<SegmentEntry>() + chunks * DIGEST_BYTES
}

/// elfcorehdr is rewritten by the old kernel when memory or processors come and go.
fn is_verified(kind: SegmentKind) -> bool {
    kind != SegmentKind::Elfcorehdr
}

impl Image {
    /// Fills in the native contract's header and appends the segment digest list: the image is then ready to be loaded.
    /// The purgatory's own segment is added to the list.
    ///
    /// Whether the segments fit the machine and each other is for the caller to see to.
    ///
    /// # Errors
    ///
    /// See [`SealError`]; the image is as it was then.
    pub fn seal(
        &mut self,
        entry: EntryRegs,
        segments: &[Segment<'_>],
        backend: Backend,
    ) -> Result<(), SealError> {
        let mut header = self.native_header()?;
        if header.list != Region::default() {
            return Err(SealError::Sealed);
        }
        if segments.len() >= SEGMENTS {
            return Err(SealError::TooManySegments { count: segments.len() });
        }
        let own = segments.iter().position(|segment| segment.kind == SegmentKind::Purgatory);
        if let Some(index) = own {
            return Err(SealError::OwnSegment { index });
        }
        let bytes = list_bytes(segments.len() + 1, chunks(segments)) as u64;
        if bytes > LIST_BYTES {
            return Err(SealError::ListTooLong { bytes });
        }
        let start = self.bytes().len().next_multiple_of(LIST_ALIGNMENT);
        let list = list(segments, self.base(), start, backend);
        let memsz = start + list.len();
        if self.base().checked_add(memsz as u64).is_none() {
            return Err(SealError::Wraps { base: self.base(), memsz });
        }
        header.entry = entry;
        header.list = Region { start: self.base() + start as u64, len: list.len() as u64 };
        header.list_digest = digest(backend, &list);
        header.code_digest = digest(backend, &self.bytes()[size_of::<Header>()..self.bufsz()]);
        let covered = &header.as_bytes()[..size_of::<Header>() - DIGEST_BYTES];
        header.header_digest = digest(backend, covered);

        let bytes = self.bytes_mut();
        bytes.resize(start, 0);
        bytes.extend_from_slice(&list);
        bytes[..size_of::<Header>()].copy_from_slice(header.as_bytes());
        Ok(())
    }

    /// The header as the purgatory was built with it.
    fn native_header(&self) -> Result<Header, SealError> {
        let mut header = Header::default();
        let starts_image = self.symbol(HEADER).is_ok_and(|symbol| symbol.address == self.base());
        let found = self.get_symbol(HEADER, header.as_mut_bytes());
        found.ok().filter(|()| starts_image).ok_or(SealError::NoHeader)?;
        check_header(&header)?;
        Ok(header)
    }
}

/// Whether it is a header that this loader can fill in.
pub(crate) fn check_header(header: &Header) -> Result<(), SealError> {
    if header.magic != MAGIC {
        return Err(SealError::NoHeader);
    }
    if header.version != VERSION {
        return Err(SealError::Version { found: header.version });
    }
    if header.header_bytes as usize != size_of::<Header>() {
        return Err(SealError::HeaderBytes { found: header.header_bytes });
    }
    if header.flags != 0 {
        return Err(SealError::Flags { found: header.flags });
    }
    Ok(())
}

/// The segment digest list that lies `start` bytes behind `base`.
fn list(segments: &[Segment<'_>], base: u64, start: usize, backend: Backend) -> Vec<u8> {
    let mut entries = Vec::new();
    let mut chunks: Vec<&[u8]> = Vec::new();
    for segment in segments {
        let verified = is_verified(segment.kind);
        entries.push(SegmentEntry {
            kind: segment.kind.code(),
            verified: verified.into(),
            address: segment.address,
            payload: segment.payload.len() as u64,
            zeros: segment.zeros,
            first_digest: if verified { chunks.len() as u64 } else { 0 },
            ..SegmentEntry::default()
        });
        if verified {
            chunks.extend(segment.payload.chunks(CHUNK_BYTES as usize));
        }
    }
    let list_bytes = list_bytes(entries.len() + 1, chunks.len());
    entries.push(SegmentEntry {
        kind: SegmentKind::Purgatory.code(),
        address: base,
        payload: (start + list_bytes) as u64,
        ..SegmentEntry::default()
    });
    let header = ListHeader {
        segments: entries.len() as u32,
        chunk_bytes: CHUNK_BYTES,
        digests: chunks.len() as u64,
    };
    [header.as_bytes(), entries.as_bytes(), digests(backend, &chunks).as_bytes()].concat()
}

/// The digest of one message.
fn digest(backend: Backend, message: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut found = [0; DIGEST_BYTES];
    digest_many(backend, [message], |_, digest| found = digest);
    found
}

/// The digest of each message, in their order.
fn digests(backend: Backend, messages: &[&[u8]]) -> Vec<[u8; DIGEST_BYTES]> {
    let mut digests = vec![[0; DIGEST_BYTES]; messages.len()];
    digest_many(backend, messages.iter().copied(), |index, digest| digests[index] = digest);
    digests
}
