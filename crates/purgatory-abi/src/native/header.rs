//! The header, at the start of the image.

use super::{CONSOLES, Console, FLAGS, MAGIC, Policy, VERSION};
use crate::status::Status;
use crate::{DIGEST_BYTES, EntryRegs, PAGE, Region};
use core::mem::offset_of;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The header. The build writes the fields from [`Header::magic`] to [`Header::header_bytes`], and [`Header::known`].
/// The loader writes all other fields.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
pub struct Header {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// [`VERSION`].
    pub version: u32,
    /// The size of the purgatory's header, in bytes: that of this structure, or more. Code starts after it.
    pub header_bytes: u32,
    /// The digest of the header from [`Header::known`] on, up to `header_bytes`.
    pub header_digest: [u8; DIGEST_BYTES],
    /// The flags that this purgatory understands: some of [`FLAGS`].
    pub known: u64,
    /// The flags that the loader uses: some of `known`.
    pub flags: u64,
    /// The registers with which the image is entered.
    pub entry: EntryRegs,
    /// The memory of the segment digest list.
    pub list: Region,
    /// The digest of the list.
    pub list_digest: [u8; DIGEST_BYTES],
    /// The digest of the purgatory's code and constants: from the end of the header to the end of the constants.
    pub code_digest: [u8; DIGEST_BYTES],
    /// Failure action and verbosity.
    pub policy: Policy,
    /// The consoles of the report.
    pub consoles: [Console; CONSOLES],
    /// With [`COPIES`](super::COPIES): the memory that [`Header::first_copy`] returns. Otherwise zeros.
    pub copies: Region,
    /// With [`ELFCOREHDR_DIGEST`](super::ELFCOREHDR_DIGEST): the digest of the payload of the first elfcorehdr in the list. A
    /// difference is a warning, and does not prevent the start. Otherwise zeros.
    pub elfcorehdr_digest: [u8; DIGEST_BYTES],
}

impl Header {
    /// The offset of the part that [`Header::header_digest`] covers, in bytes.
    pub const DIGESTED_FROM: usize = offset_of!(Self, known);

    /// Returns the whole pages of the first copy of `contents` bytes of contents at `base`. Those of the second follow.
    #[must_use]
    pub const fn first_copy(base: u64, contents: u64) -> Region {
        let len = contents.next_multiple_of(PAGE);
        Region { start: base.wrapping_add(len), len }
    }

    /// Checks that every field is at the offset of this version. A later purgatory may have more fields after them.
    ///
    /// # Errors
    ///
    /// [`Status::HeaderUnknown`].
    pub fn check_layout(&self) -> Result<(), Status> {
        let known = self.magic == MAGIC
            && self.version == VERSION
            && self.header_bytes as usize >= size_of::<Self>();
        if known { Ok(()) } else { Err(Status::HeaderUnknown) }
    }

    /// Checks that the loader uses only flags, failure actions and consoles that this version defines, and only flags
    /// that the purgatory knows.
    ///
    /// # Errors
    ///
    /// [`Status::HeaderUnknown`].
    pub fn check_requests(&self) -> Result<(), Status> {
        let known = self.flags & !(self.known & FLAGS) == 0
            && self.policy.is_known()
            && self.consoles.iter().all(Console::is_known);
        if known { Ok(()) } else { Err(Status::HeaderUnknown) }
    }
}

const _: () = {
    assert!(size_of::<Header>() == 400);
    assert!(offset_of!(Header, magic) == 0);
    assert!(offset_of!(Header, version) == 8);
    assert!(offset_of!(Header, header_bytes) == 12);
    assert!(offset_of!(Header, header_digest) == 16);
    assert!(offset_of!(Header, known) == 48);
    assert!(offset_of!(Header, flags) == 56);
    assert!(offset_of!(Header, entry) == 64);
    assert!(offset_of!(Header, list) == 200);
    assert!(offset_of!(Header, list_digest) == 216);
    assert!(offset_of!(Header, code_digest) == 248);
    assert!(offset_of!(Header, policy) == 280);
    assert!(offset_of!(Header, consoles) == 288);
    assert!(offset_of!(Header, copies) == 352);
    assert!(offset_of!(Header, elfcorehdr_digest) == 368);
};
