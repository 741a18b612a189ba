//! The native contract: a header that is filled in, and a segment digest list behind the image.

use crate::{Image, Layout};
use alloc::vec;
use alloc::vec::Vec;
use purgatory_abi::linux::{DIGEST_BYTES, EntryRegs, Region};
use purgatory_abi::native::{
    CHUNK_BYTES, HEADER, Header, ListHeader, MAGIC, SEGMENTS, SegmentEntry, SegmentKind, VERSION,
};
use purgatory_sha256::{Backend, digest_many};
use zerocopy::{FromBytes, IntoBytes};

/// What the segment digest list is aligned to.
const LIST_ALIGNMENT: usize = 64;

/// A segment of the image to be started.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// What it is. All kinds but [`SegmentKind::Elfcorehdr`] are verified.
    pub kind: SegmentKind,
    /// Physical address.
    pub address: u64,
    /// What is loaded there.
    pub payload: &'a [u8],
    /// Bytes of zeros behind it.
    pub zeros: u64,
}

/// Why a header cannot be filled in.
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
    /// There are too many segments.
    #[error(
        "{count} segments and the purgatory's own are more than the {SEGMENTS} that can be loaded"
    )]
    TooManySegments {
        /// How many were given.
        count: usize,
    },
}

/// Bytes of memory that a purgatory laid out so takes once it is sealed with these segments. Not rounded to pages.
pub fn sealed_memsz(layout: &Layout, segments: &[Segment<'_>]) -> u64 {
    let verified = segments.iter().filter(|segment| is_verified(segment.kind));
    let chunks = verified.map(|segment| segment.payload.len().div_ceil(CHUNK_BYTES as usize)).sum();
    let start = layout.memsz().next_multiple_of(LIST_ALIGNMENT as u64);
    start + list_bytes(segments.len() + 1, chunks) as u64
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
        if segments.len() >= SEGMENTS {
            return Err(SealError::TooManySegments { count: segments.len() });
        }
        let start = self.bytes().len().next_multiple_of(LIST_ALIGNMENT);
        let list = list(segments, self.base(), start, backend);
        let code = &self.bytes()[size_of::<Header>()..self.bufsz()];
        let [list_digest, code_digest] = digests(backend, &[&list, code])[..] else {
            unreachable!("a digest a message")
        };
        header.entry = entry;
        header.list = Region { start: self.base() + start as u64, len: list.len() as u64 };
        header.list_digest = list_digest;
        header.code_digest = code_digest;
        let covered = &header.as_bytes()[..size_of::<Header>() - DIGEST_BYTES];
        header.header_digest = digests(backend, &[covered])[0];

        let bytes = self.bytes_mut();
        bytes.resize(start, 0);
        bytes.extend_from_slice(&list);
        bytes[..size_of::<Header>()].copy_from_slice(header.as_bytes());
        Ok(())
    }

    /// The header as the purgatory was built with it.
    fn native_header(&self) -> Result<Header, SealError> {
        let starts_image = self.symbol(HEADER).is_ok_and(|symbol| symbol.address == self.base());
        let header = Header::read_from_prefix(self.bytes()).ok().map(|(header, _)| header);
        let header = header.filter(|header| starts_image && header.magic == MAGIC);
        let header = header.ok_or(SealError::NoHeader)?;
        if header.version != VERSION || header.header_bytes as usize != size_of::<Header>() {
            return Err(SealError::Version { found: header.version });
        }
        Ok(header)
    }
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

/// The digest of each message, in their order.
fn digests(backend: Backend, messages: &[&[u8]]) -> Vec<[u8; DIGEST_BYTES]> {
    let mut digests = vec![[0; DIGEST_BYTES]; messages.len()];
    digest_many(backend, messages.iter().copied(), |index, digest| digests[index] = digest);
    digests
}
