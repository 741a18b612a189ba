//! The report of an image with one digest over all regions: the regions, and both digests.

use super::{headline, speed};
use crate::image::Image;
use crate::memory::Memory;
use crate::plan::regions::used;
use crate::plan::{Attempt, OneDigest};
use crate::verify::Outcome;
use purgatory_abi::report::{
    Content, Contents, DigestLine, DigestOf, Fill, OneDigestLine, Part, RegionLine, Sink, Write,
};
use purgatory_abi::status::Status;
use purgatory_abi::{DIGEST_BYTES, Region};

/// Prints the result of the verification: the headline, both digests after a mismatch, every region with its contents,
/// and the speed.
#[inline(never)]
pub fn one_digest<S: Sink, M: Memory>(
    sink: &mut S,
    attempt: &Attempt<OneDigest<'_>>,
    outcome: &Outcome<[u8; DIGEST_BYTES]>,
    memory: &M,
    ticks: u64,
) {
    headline(outcome.status, outcome.defect, Part::Region).write(sink);
    let mismatch = outcome.status == Status::Mismatch;
    if mismatch {
        let expected = attempt.check.expected;
        DigestLine { of: DigestOf::ExpectedImage, digest: expected }.write(sink);
        DigestLine { of: DigestOf::ActualImage, digest: &outcome.found }.write(sink);
    }
    for (slot, region) in used(attempt.check.raw_regions) {
        let fill = if mismatch { fill(memory, region) } else { None };
        let contents = contents(region, &attempt.image);
        RegionLine { slot, region, fill, contents }.write(sink);
    }
    if mismatch {
        OneDigestLine.write(sink);
    }
    speed(outcome.bytes, ticks, None).write(sink);
}

/// Returns the contents of a region.
fn contents(region: Region, image: &Image) -> Contents {
    let mut contents = Contents::default();
    for (content, address) in Content::ALL.iter().zip(&image.addresses()) {
        if *address != 0 && region.contains(*address) {
            contents.insert(*content);
        }
    }
    contents
}

/// Returns the pattern of a region whose bytes are all the same. Stops at the first byte that differs.
#[inline(never)]
pub(super) fn fill<M: Memory>(memory: &M, region: Region) -> Option<Fill> {
    let (mut at, mut left) = (region.start, region.len);
    let mut all = None;
    while left != 0 && region.last().is_some() {
        let run = memory.run(at, left).ok()?;
        for byte in run {
            if *all.get_or_insert(*byte) != *byte {
                return None;
            }
        }
        at = at.wrapping_add(run.len() as u64);
        left = left.saturating_sub(run.len() as u64);
    }
    match all {
        Some(0x00) => Some(Fill::Zeros),
        Some(0xff) => Some(Fill::Ones),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loader::linux::{RawTables, complete, plan};
    use crate::memory::fake::Pieces;
    use crate::plan::Defect;
    use crate::report::tests::parsed;
    use crate::report::warnings;
    use purgatory_abi::EntryRegs;
    use purgatory_abi::linux::REGION_SLOTS;
    use purgatory_abi::report::{Headline, Line, Place, SpeedLine, WarningLine};
    use purgatory_abi::status::Warning;

    const KERNEL: Region = Region { start: 0x100_0000, len: 0x1000 };
    const EXPECTED: [u8; DIGEST_BYTES] = [0xab; DIGEST_BYTES];
    const ACTUAL: [u8; DIGEST_BYTES] = [0xcd; DIGEST_BYTES];

    /// Returns the report of an image whose kernel consists of these bytes, for this result of the verification.
    fn report(bytes: Vec<u8>, status: Status, place: Option<(u8, u64)>) -> Vec<Line<'static>> {
        let memory = Pieces::default().with(KERNEL.start, bytes);
        let mut regions = [Region::default(); REGION_SLOTS];
        regions[10] = KERNEL;
        let entry = EntryRegs { rip: KERNEL.start + 0x200, ..EntryRegs::default() };
        let tables =
            RawTables { entry: &entry, regions: &regions, digest: &EXPECTED, stack_end: 0 };
        let mut plan = plan(&tables, Region { start: 0x9000, len: 0x1000 });
        complete(&mut plan, &tables, &memory);
        let mut out = Vec::new();
        warnings(&mut out, &plan.warnings);
        let defect = place.map(|(slot, address)| Defect { status, slot: Some(slot), address });
        let outcome =
            Outcome { status, defect, bytes: 0x1000, found: ACTUAL, ..Outcome::default() };
        one_digest(&mut out, &plan.attempts[0], &outcome, &memory, 0x2100);
        parsed(out)
    }

    /// The image has no boot parameters.
    fn warning() -> Line<'static> {
        WarningLine { warning: Warning::BootParamsUnmapped, address: 0, text: b"" }.into()
    }

    fn kernel(fill: Option<Fill>) -> Line<'static> {
        let mut contents = Contents::default();
        contents.insert(Content::Kernel);
        RegionLine { slot: 10, region: KERNEL, fill, contents }.into()
    }

    fn speed() -> Line<'static> {
        SpeedLine { bytes: 4096, tenths: 20, zeros: None }.into()
    }

    #[test]
    fn a_mismatch_prints_both_digests_and_the_fill_of_each_region() {
        let digest = |of, digest| Line::from(DigestLine { of, digest });
        for (bytes, fill) in [
            (vec![0; 0x1000], Some(Fill::Zeros)),
            (vec![0xff; 0x1000], Some(Fill::Ones)),
            (b"\0\x01".repeat(0x800), None),
        ] {
            let expected = [
                warning(),
                Headline { status: Status::Mismatch, place: None }.into(),
                digest(DigestOf::ExpectedImage, EXPECTED),
                digest(DigestOf::ActualImage, ACTUAL),
                kernel(fill),
                OneDigestLine.into(),
                speed(),
            ];
            assert_eq!(report(bytes, Status::Mismatch, None), expected);
        }
    }

    #[test]
    fn success_prints_only_regions_and_speed() {
        let headline = Headline { status: Status::Verified, place: None }.into();
        let expected = [warning(), headline, kernel(None), speed()];
        assert_eq!(report(vec![0; 0x1000], Status::Verified, None), expected);
    }

    #[test]
    fn a_defect_is_printed_with_its_place() {
        let place = Some(Place { address: 0x100_0800, part: Some(Part::Region(10)) });
        let headline = Headline { status: Status::RegionUnmapped, place }.into();
        let expected = [warning(), headline, kernel(None), speed()];
        let found = report(vec![1], Status::RegionUnmapped, Some((10, 0x100_0800)));
        assert_eq!(found, expected);
    }
}
