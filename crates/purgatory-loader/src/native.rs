//! The native contract: a header that is filled in, and a segment digest list behind the image.

use crate::{Image, Layout, Segment};
use alloc::vec;
use alloc::vec::Vec;
use core::mem::offset_of;
use purgatory_abi::linux::{DIGEST_BYTES, EntryRegs, Region};
use purgatory_abi::native::{
    CHUNK_BYTES, CONSOLES, Console, HEADER, Header, LIST_BYTES, ListHeader, MAGIC, Policy,
    SEGMENTS, SegmentEntry, SegmentKind, VERSION,
};
use purgatory_sha256::{Backend, digest_many};
use zerocopy::{FromBytes, IntoBytes};

/// What the segment digest list is aligned to.
const LIST_ALIGNMENT: usize = 64;

/// How the purgatory speaks, and what it does on failure. By default, what the image's command line says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What is done on failure, and said on success.
    pub policy: Policy,
    /// Where the purgatory speaks.
    pub consoles: [Console; CONSOLES],
}

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
    /// The header is smaller than the contract's, or of another size than its symbol.
    #[error(
        "the purgatory says that its header has {found} bytes, which are not those of its symbol or not the {} that version {VERSION} of the native contract has at least: it is damaged",
        size_of::<Header>()
    )]
    HeaderBytes {
        /// The purgatory's.
        found: u32,
    },
    /// The header has flags before a loader has set any.
    #[error(
        "the purgatory's header has the flags {found:#x} before anybody has set one: it is damaged"
    )]
    Flags {
        /// The purgatory's.
        found: u64,
    },
    /// The policy is none that the contract has.
    #[error(
        "{found:?} is no policy of version {VERSION} of the native contract: take its numbers from OnFailure, and zeros for what is reserved"
    )]
    Policy {
        /// What was given.
        found: Policy,
    },
    /// A console is none that the contract has.
    #[error(
        "console {index} is {found:?}, which is none of version {VERSION} of the native contract: take its number from ConsoleKind, and zeros for what is reserved"
    )]
    Console {
        /// Its index among those that were given.
        index: usize,
        /// What was given.
        found: Console,
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
        options: &Options,
        backend: Backend,
    ) -> Result<(), SealError> {
        let mut header = self.native_header()?;
        if header.list != Region::default() {
            return Err(SealError::Sealed);
        }
        options.check()?;
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
        // What the purgatory has behind the fields that are known here stays as it is: zeros.
        let code = header.header_bytes as usize;
        header.entry = entry;
        header.list = Region { start: self.base() + start as u64, len: list.len() as u64 };
        header.list_digest = digest(backend, &list);
        header.code_digest = digest(backend, &self.bytes()[code..self.bufsz()]);
        header.policy = options.policy;
        header.consoles = options.consoles;

        let bytes = self.bytes_mut();
        bytes.resize(start, 0);
        bytes.extend_from_slice(&list);
        bytes[..size_of::<Header>()].copy_from_slice(header.as_bytes());
        let header_digest = digest(backend, &bytes[Header::DIGESTED_FROM..code]);
        bytes[offset_of!(Header, header_digest)..][..DIGEST_BYTES].copy_from_slice(&header_digest);
        Ok(())
    }

    /// The header as the purgatory was built with it.
    fn native_header(&self) -> Result<Header, SealError> {
        let symbol = self.symbol(HEADER).ok().filter(|symbol| symbol.address == self.base());
        let size = symbol.and_then(|symbol| usize::try_from(symbol.size).ok());
        let size = size.filter(|size| *size <= self.bufsz()).ok_or(SealError::NoHeader)?;
        let mut bytes = vec![0; size];
        self.get_symbol(HEADER, &mut bytes).map_err(|_| SealError::NoHeader)?;
        let (header, _) = Header::read_from_prefix(&bytes).map_err(|_| SealError::NoHeader)?;
        check_header(&header, size as u64)?;
        Ok(header)
    }
}

impl Options {
    /// Whether the contract has all of it.
    fn check(&self) -> Result<(), SealError> {
        if !self.policy.is_known() {
            return Err(SealError::Policy { found: self.policy });
        }
        match self.consoles.iter().position(|console| !console.is_known()) {
            Some(index) => Err(SealError::Console { index, found: self.consoles[index] }),
            None => Ok(()),
        }
    }
}

/// Whether it is a header that this loader can fill in. `size` is that of its symbol, in bytes.
pub(crate) fn check_header(header: &Header, size: u64) -> Result<(), SealError> {
    if header.magic != MAGIC {
        return Err(SealError::NoHeader);
    }
    if header.version != VERSION {
        return Err(SealError::Version { found: header.version });
    }
    let found = header.header_bytes;
    if (found as usize) < size_of::<Header>() || u64::from(found) != size {
        return Err(SealError::HeaderBytes { found });
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
