//! The native contract: segments by their kinds, and the header and the list that purgatory-loader makes of them.

mod nonsense;
mod options;

use alloc::vec::Vec;
use core::mem::offset_of;
use core::ops::Range;

use boot_shim::fault::Part;
use boot_shim::layout::SHIM_MAP_END;
use boot_shim::setup::Setup;
use purgatory_abi::native::{Header, SegmentKind};
use purgatory_abi::status::Status;
use purgatory_abi::{DIGEST_BYTES, EntryRegs, Region};
use purgatory_loader::{Image, Segment};
use purgatory_sha256::{Implementation, Instructions};
use zerocopy::FromBytes;

use super::bytes::{inject_digest_faults, memory};
use super::segments::Segments;
use crate::error::ShimError;
use crate::memory::copy_of;
pub(super) use nonsense::write as write_nonsense;

/// The loaded segments, as input of purgatory-loader.
pub(super) fn segments(loaded: &Segments, regions: &[Region]) -> Vec<Segment<'static>> {
    let kinds = [
        (SegmentKind::Elfcorehdr, &loaded.elfcorehdr),
        (SegmentKind::BootParams, &loaded.boot_params),
        (SegmentKind::Kernel, &loaded.kernel),
        (SegmentKind::Initrd, &loaded.initrd),
    ];
    let used = regions.iter().filter(|region| region.len != 0);
    used.map(|&Region { start, len }| {
        let kind = kinds.iter().find(|(_, range)| range.contains(&start));
        let end = start.checked_add(len).filter(|end| *end <= SHIM_MAP_END);
        let zeros = match end {
            Some(end) if end == loaded.kernel.end => len.min(loaded.zeros()),
            Some(_) => 0,
            // Unreadable bytes are described as zeros.
            None => len,
        };
        Segment {
            kind: kind.map_or(SegmentKind::Other, |(kind, _)| *kind),
            address: start,
            payload: payload(start, len - zeros).into(),
            zeros,
        }
    })
    .collect()
}

/// Returns the bytes there, or a copy of them if no reference can point to them.
fn payload(start: u64, bytes: u64) -> &'static [u8] {
    match (start, bytes) {
        (_, 0) => &[],
        (0, _) => copy_of(start, bytes as usize).leak(),
        _ => memory(&(start..start + bytes)),
    }
}

/// Fills in the header and appends the list. A wrong digest is that of a kernel with another byte.
pub(super) fn seal(
    setup: &Setup<'_>,
    loaded: &Segments,
    regions: &[Region],
    regs: EntryRegs,
    image: &mut Image,
) -> Result<(), ShimError> {
    // General instructions only: the blob makes its own choice on this CPU.
    let implementation =
        Implementation::ranked(Instructions::default()).last().ok_or(ShimError::Kind)?;
    let options = options::of(&setup.header_settings);
    inject_digest_faults(setup, memory(&loaded.payload()))?;
    let sealed = image.seal(regs, &segments(loaded, regions), &options, implementation, |_, _| {});
    // A bit that is flipped twice is as it was.
    inject_digest_faults(setup, memory(&loaded.payload()))?;
    Ok(sealed?)
}

/// Where a part of the loaded blob is, of whose memory so much comes out of its file.
pub(super) fn part(
    part: Part,
    blob: &Range<u64>,
    file_bytes: u64,
) -> Result<Range<u64>, ShimError> {
    let (header, _) = Header::read_from_prefix(memory(blob)).map_err(|_| ShimError::List)?;
    let header_end = blob.start + size_of::<Header>() as u64;
    match part {
        Part::Header => Ok(blob.start..header_end),
        Part::ListDigest => {
            let start = blob.start + offset_of!(Header, list_digest) as u64;
            Ok(start..start + DIGEST_BYTES as u64)
        }
        Part::Code => constant(header_end..blob.start + file_bytes),
        Part::Contents => Ok(blob.start..blob.start + file_bytes),
        Part::Copies => {
            let Region { start, len } = header.copies;
            Ok(start..start + 2 * len)
        }
        Part::List => Ok(header.list.start..header.list.start + header.list.len),
        _ => Err(ShimError::NoSuchPart),
    }
}

/// Where the first copy of this part is, if faults of it happen in two copies.
pub(super) fn in_first_copy(
    part: Part,
    range: &Range<u64>,
    blob: &Range<u64>,
) -> Result<Option<Range<u64>>, ShimError> {
    let (header, _) = Header::read_from_prefix(memory(blob)).map_err(|_| ShimError::List)?;
    let is_repaired = matches!(part, Part::Header | Part::ListDigest | Part::Code);
    let distance = header.copies.len;
    Ok(is_repaired.then_some(range.start + distance..range.end + distance))
}

/// Where in the blob's code there is a word that is of no use before the code's digest is taken. Instructions and
/// addresses are, and one that is corrupted may be run into first.
fn constant(code: Range<u64>) -> Result<Range<u64>, ShimError> {
    let word = Status::RegionWraps.name().as_bytes();
    let mut places = memory(&code).windows(word.len());
    let offset = places.position(|place| place == word).ok_or(ShimError::NoSuchPart)? as u64;
    Ok(code.start + offset..code.start + offset + word.len() as u64)
}
