//! The native contract: segments by their kinds, and the header and the list that purgatory-loader makes of them.

use alloc::vec::Vec;

use boot_shim::setup::{Setup, Target};
use purgatory_abi::linux::{EntryRegs, Region};
use purgatory_abi::native::SegmentKind;
use purgatory_loader::{Image, Segment};
use purgatory_sha256::{Backend, Instructions};

use super::segments::Segments;
use super::{flip, memory};
use crate::error::ShimError;

/// What is loaded, as purgatory-loader wants it.
pub(super) fn segments(segments: &Segments, regions: &[Region]) -> Vec<Segment<'static>> {
    let kinds = [
        (SegmentKind::Elfcorehdr, &segments.elfcorehdr),
        (SegmentKind::BootParams, &segments.boot_params),
        (SegmentKind::Kernel, &segments.kernel),
        (SegmentKind::Initrd, &segments.initrd),
    ];
    let used = regions.iter().filter(|region| region.len != 0);
    used.map(|region| {
        let kind = kinds.iter().find(|(_, range)| range.contains(&region.start));
        let payload: &[u8] = memory(&(region.start..region.start + region.len));
        Segment {
            kind: kind.map_or(SegmentKind::Other, |(kind, _)| *kind),
            address: region.start,
            payload,
            zeros: 0,
        }
    })
    .collect()
}

/// Fills in the header and appends the list. A wrong digest is that of a kernel with another byte.
pub(super) fn seal(
    setup: &Setup<'_>,
    loaded: &Segments,
    regions: &[Region],
    regs: EntryRegs,
    image: &mut Image,
) -> Result<(), ShimError> {
    // General instructions only: what the blob finds on this processor is another matter.
    let backend = Backend::ranked(Instructions::default()).last().ok_or(ShimError::Kind)?;
    let flip_kernel = || {
        if let Some((Target::Digest, place)) = setup.flip {
            flip(memory(&loaded.kernel), place);
        }
    };
    flip_kernel();
    let sealed = image.seal(regs, &segments(loaded, regions), backend);
    flip_kernel();
    Ok(sealed?)
}
