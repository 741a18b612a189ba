//! An inconsistent header and list with the right digests, as only a broken loader writes them.

use core::ops::Range;

use boot_shim::layout::HOLE;
use boot_shim::setup::Contract;
use purgatory_abi::native::{
    CHUNK_BYTES, CONSOLES, Console, FLAGS, Header, ListHeader, SEGMENTS, SegmentEntry, SegmentKind,
    VERSION,
};
use purgatory_abi::{DIGEST_BYTES, PAGE};
use sha2::{Digest, Sha256};
use zerocopy::{FromBytes, IntoBytes};

use super::super::bytes::memory;
use crate::error::ShimError;

/// The places of these segments in the list, when each segment has a region.
const ELFCOREHDR: usize = 0;
const KERNEL: usize = 2;
/// A number that nothing has.
const UNKNOWN: u8 = 0xff;
/// A length that no address space has room for.
const HUGE_BYTES: u64 = 1 << 62;

/// Changes the loaded blob's header or list, and takes their digests anew.
pub(in super::super) fn write(contract: Contract, blob: &Range<u64>) -> Result<(), ShimError> {
    if contract == Contract::Good {
        return Ok(());
    }
    let memory = memory(blob);
    let (mut header, _) = Header::read_from_prefix(memory).map_err(|_| ShimError::List)?;
    let start = header.list.start - blob.start;
    let list = memory.get_mut(start as usize..).ok_or(ShimError::List)?;
    change_list(contract, list)?;
    change_header(contract, &mut header, blob);
    let said = list.get(..header.list.len as usize).unwrap_or(list);
    header.list_digest = Sha256::digest(said).into();
    let covered = &header.as_bytes()[Header::DIGESTED_FROM..];
    header.header_digest = Sha256::digest(covered).into();
    let copy = header.copies.len as usize;
    for start in [0, copy, 2 * copy] {
        let header_of_copy = memory.get_mut(start..start + size_of::<Header>());
        header_of_copy.ok_or(ShimError::List)?.copy_from_slice(header.as_bytes());
    }
    Ok(())
}

fn change_header(contract: Contract, header: &mut Header, blob: &Range<u64>) {
    let list = &mut header.list;
    match contract {
        Contract::Magic => header.magic[0] ^= 1,
        Contract::Version => header.version = VERSION + 1,
        Contract::HeaderBytes => header.header_bytes += 1,
        Contract::Flags => header.flags |= FLAGS + 1,
        Contract::Copies => header.copies.start += PAGE,
        Contract::OnFailure => header.policy.on_failure = UNKNOWN,
        Contract::PolicyReserved => header.policy.reserved[1] = 1,
        Contract::ConsolePort => header.consoles[0] = Console::uart(0, 0),
        Contract::ConsoleKind => header.consoles[CONSOLES - 1].kind = UNKNOWN,
        Contract::ConsoleReserved => header.consoles[CONSOLES - 1].reserved[2] = 1,
        Contract::ListUnmapped => list.start = HOLE,
        Contract::ListPartlyUnmapped => list.start = HOLE - size_of::<ListHeader>() as u64,
        Contract::ListWraps => list.start = PAGE.wrapping_neg(),
        Contract::ListHuge => list.len = HUGE_BYTES,
        Contract::ListInBlob => list.start = blob.start,
        Contract::ListCut => list.len -= DIGEST_BYTES as u64,
        _ => {}
    }
}

fn change_list(contract: Contract, list: &mut [u8]) -> Result<(), ShimError> {
    let (header, rest) = ListHeader::mut_from_prefix(list).map_err(|_| ShimError::List)?;
    let count = header.segments as usize;
    let entries = <[SegmentEntry]>::mut_from_prefix_with_elems(rest, count);
    let (entries, _) = entries.map_err(|_| ShimError::List)?;
    let [elfcorehdr, kernel] =
        entries.get_disjoint_mut([ELFCOREHDR, KERNEL]).map_err(|_| ShimError::List)?;
    match contract {
        Contract::Segments => header.segments = SEGMENTS as u32 + 1,
        Contract::ChunkBytes => header.chunk_bytes = CHUNK_BYTES / 2,
        Contract::Digests => header.digests += 1,
        Contract::Kind => kernel.kind = SegmentKind::Other.code() + 1,
        Contract::SegmentFlag => kernel.verified |= 2,
        Contract::Reserved => kernel.reserved[5] = 1,
        Contract::FirstDigest => kernel.first_digest -= 1,
        Contract::Payload => kernel.payload += u64::from(CHUNK_BYTES),
        Contract::ElfCoreHeaderVerified => elfcorehdr.verified = 1,
        _ => {}
    }
    Ok(())
}
