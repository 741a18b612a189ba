//! Seals an image: fills in the header, and appends the segment digest list.

use super::copies;
use super::digests::digest;
use super::error::SealError;
use super::list::{chunks, list, list_bytes};
use crate::image::{Image, Layout};
use crate::segment::Segment;
use alloc::vec;
use core::mem::offset_of;
use purgatory_abi::console::ConsoleError;
use purgatory_abi::native::{
    CONSOLES, COPIES, Console, ELFCOREHDR_DIGEST, HEADER, Header, LIST_BYTES, MAGIC, Policy,
    SEGMENTS, SegmentKind, VERSION,
};
use purgatory_abi::status::Warning;
use purgatory_abi::{DIGEST_BYTES, EntryRegs, PAGE, Region};
use purgatory_sha256::Implementation;
use zerocopy::{FromBytes, IntoBytes};

/// Alignment of the segment digest list, in bytes.
const LIST_ALIGNMENT: usize = 64;

/// The consoles, verbosity and failure action of the purgatory, and whether elfcorehdr must not change. By default, the
/// image's command line gives the former, and elfcorehdr may be rewritten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The failure action, and the verbosity.
    pub policy: Policy,
    /// The consoles that the purgatory prints to.
    pub consoles: [Console; CONSOLES],
    /// Whether nothing rewrites elfcorehdr after the load. The purgatory then warns if it has changed.
    pub elfcorehdr_is_final: bool,
}

/// Returns the bytes of memory of a purgatory with this layout, sealed with these segments. Not rounded to pages.
pub fn sealed_memsz(layout: &Layout, segments: &[Segment<'_>]) -> u64 {
    SealedSize::new(layout.memsz(), segments).memsz
}

/// Size of a purgatory with its segment digest list.
#[derive(Clone, Copy)]
pub(crate) struct SealedSize {
    /// Bytes of the list.
    list: usize,
    /// Bytes of memory of the purgatory's own segment.
    pub(crate) memsz: u64,
}

impl SealedSize {
    fn new(image_memsz: u64, segments: &[Segment<'_>]) -> Self {
        let list = list_bytes(segments.len() + 1, chunks(segments));
        Self { list, memsz: image_memsz.next_multiple_of(LIST_ALIGNMENT as u64) + list as u64 }
    }

    /// Returns the size of an image of `image_memsz` bytes after it is sealed with `segments`.
    ///
    /// # Errors
    ///
    /// Returns [`SealError::ListTooLong`] if the digests do not fit into a list.
    pub(crate) fn of(image_memsz: u64, segments: &[Segment<'_>]) -> Result<Self, SealError> {
        let size = Self::new(image_memsz, segments);
        let bytes = size.list as u64;
        if bytes > LIST_BYTES { Err(SealError::ListTooLong { bytes }) } else { Ok(size) }
    }

    /// Rounds the memory up to whole pages.
    pub(crate) fn in_pages(self) -> Self {
        Self { memsz: self.memsz.next_multiple_of(PAGE), ..self }
    }
}

impl Image {
    /// Fills in the native header and appends the segment digest list. The image is then ready to be loaded.
    /// The purgatory's own segment is added to the list.
    ///
    /// `progress` is called often, with the number of digested bytes of payload and the total; the last call has the
    /// total twice. With `std`, two threads digest.
    ///
    /// The caller must ensure that the segments fit the machine and do not overlap.
    ///
    /// # Errors
    ///
    /// Returns a [`SealError`], and leaves the image unchanged.
    pub fn seal(
        &mut self,
        entry: EntryRegs,
        segments: &[Segment<'_>],
        options: &Options,
        implementation: Implementation,
        progress: impl FnMut(u64, u64),
    ) -> Result<(), SealError> {
        if segments.len() >= SEGMENTS {
            return Err(SealError::TooManySegments { count: segments.len() });
        }
        let own = segments.iter().position(|segment| segment.kind == SegmentKind::Purgatory);
        if let Some(index) = own {
            return Err(SealError::OwnSegment { index });
        }
        let size = SealedSize::of(self.bytes().len() as u64, segments)?;
        self.seal_in(size, entry, segments, options, implementation, progress)
    }

    /// Seals the image in a segment of this size. The caller has checked the number and the kinds of `segments`.
    pub(crate) fn seal_in(
        &mut self,
        size: SealedSize,
        entry: EntryRegs,
        segments: &[Segment<'_>],
        options: &Options,
        implementation: Implementation,
        progress: impl FnMut(u64, u64),
    ) -> Result<(), SealError> {
        let mut header = self.native_header()?;
        if header.list != Region::default() {
            return Err(SealError::Sealed);
        }
        options.check()?;
        let (base, start) = (self.base(), self.bytes().len().next_multiple_of(LIST_ALIGNMENT));
        let payload = start + size.list;
        let Some(end) = base.checked_add(size.memsz) else {
            return Err(SealError::Wraps { base, memsz: payload });
        };
        let list = list(segments, base..end, payload as u64, implementation, progress);
        // Later header fields, unknown to this loader, stay zero.
        let code = header.header_bytes as usize;
        header.entry = entry;
        header.list = Region { start: base + start as u64, len: list.len() as u64 };
        header.list_digest = digest(implementation, &list);
        header.code_digest = digest(implementation, &self.bytes()[code..self.bufsz()]);
        header.policy = options.policy;
        header.consoles = options.consoles;
        let contents = self.bufsz();
        if header.known & COPIES != 0 {
            let first = Header::first_copy(base, contents as u64);
            let (needed, memsz) = (first.len * 3, self.bytes().len() as u64);
            if memsz < needed {
                return Err(SealError::NoRoomForCopies { needed, memsz });
            }
            header.flags |= COPIES;
            header.copies = first;
        }
        let elfcorehdr = segments.iter().find(|segment| segment.kind == SegmentKind::Elfcorehdr);
        if let Some(elfcorehdr) = elfcorehdr
            && options.elfcorehdr_is_final
            && header.known & ELFCOREHDR_DIGEST != 0
        {
            header.flags |= ELFCOREHDR_DIGEST;
            header.elfcorehdr_digest = digest(implementation, &elfcorehdr.payload);
        }

        let bytes = self.bytes_mut();
        bytes.resize(start, 0);
        bytes.extend_from_slice(&list);
        bytes[..size_of::<Header>()].copy_from_slice(header.as_bytes());
        let header_digest = digest(implementation, &bytes[Header::DIGESTED_FROM..code]);
        bytes[offset_of!(Header, header_digest)..][..DIGEST_BYTES].copy_from_slice(&header_digest);
        copies::write(bytes, &header, contents);
        Ok(())
    }

    /// Returns the header that the purgatory was built with.
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
    /// Checks that the contract has all these values.
    fn check(&self) -> Result<(), SealError> {
        if !self.policy.is_known() {
            return Err(SealError::Policy { found: self.policy });
        }
        for (index, found) in self.consoles.into_iter().enumerate() {
            if !found.is_known() {
                return Err(SealError::Console { index, found });
            }
            let mut error = None;
            let _ = found.setting(|warning, _| {
                error = Some(match warning {
                    Warning::SerialBaudUnknown => ConsoleError::Baud,
                    _ => ConsoleError::Port,
                });
            });
            if let Some(error) = error {
                return Err(SealError::ConsoleValue { index, error });
            }
        }
        Ok(())
    }
}

/// Checks that this loader can fill in the header. `size` is the size of its symbol, in bytes.
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
