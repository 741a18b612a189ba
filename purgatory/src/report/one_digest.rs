//! What the report says of an image with one digest: its regions, and both digests.

use super::{headline, speed};
use crate::image::Image;
use crate::memory::Memory;
use crate::plan::regions::{contains, last, used};
use crate::plan::{OneDigest, Plan};
use crate::verify::Outcome;
use purgatory_abi::report::{
    Content, Contents, DigestLine, DigestOf, Fill, OneDigestLine, Part, RegionLine, Sink, Write,
};
use purgatory_abi::status::Status;
use purgatory_abi::{DIGEST_BYTES, Region};

/// Prints how the verification ended: digests, every region and what it is, and, on success, the speed.
#[inline(never)]
pub fn one_digest<S: Sink, M: Memory>(
    sink: &mut S,
    plan: &Plan<'_, OneDigest<'_>>,
    outcome: &Outcome<[u8; DIGEST_BYTES]>,
    memory: &M,
    ticks: u64,
) {
    headline(outcome.status, outcome.defect, Part::Region).write(sink);
    let mismatch = outcome.status == Status::Mismatch;
    if let (true, Some(expected)) = (mismatch, plan.check.expected) {
        DigestLine { of: DigestOf::ExpectedImage, digest: expected }.write(sink);
        DigestLine { of: DigestOf::ActualImage, digest: &outcome.found }.write(sink);
    }
    for (slot, region) in used(plan.check.raw_regions) {
        let fill = if mismatch { fill(memory, region) } else { None };
        let contents = contents(region, &plan.image);
        RegionLine { slot, region, fill, contents }.write(sink);
    }
    if mismatch {
        OneDigestLine.write(sink);
    }
    speed(outcome.bytes, ticks, None).write(sink);
}

/// What a region holds.
fn contents(region: Region, image: &Image) -> Contents {
    let mut contents = Contents::default();
    for (content, address) in Content::ALL.iter().zip(&image.addresses()) {
        if *address != 0 && contains(region, *address) {
            contents.insert(*content);
        }
    }
    contents
}

/// The pattern of a region whose memory is gone. Ends at the first byte that differs.
#[inline(never)]
pub(super) fn fill<M: Memory>(memory: &M, region: Region) -> Option<Fill> {
    let (mut at, mut left) = (region.start, region.len);
    let mut all = None;
    while left != 0 && last(region).is_some() {
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
    use crate::door::linux::{RawTables, plan};
    use crate::memory::fake::Pieces;
    use crate::plan::Defect;
    use crate::report::warnings;
    use purgatory_abi::EntryRegs;
    use purgatory_abi::linux::REGION_SLOTS;

    const KERNEL: u64 = 0x100_0000;

    fn report(
        bytes: Vec<u8>,
        found: impl FnOnce(&Plan<'_, OneDigest<'_>>) -> Outcome<[u8; DIGEST_BYTES]>,
    ) -> String {
        let memory = Pieces::default().with(KERNEL, bytes);
        let mut regions = [Region::default(); REGION_SLOTS];
        regions[10] = Region { start: KERNEL, len: 0x1000 };
        let entry = EntryRegs { rip: KERNEL + 0x200, ..EntryRegs::default() };
        let tables = RawTables { entry: &entry, regions: &regions, digest: &[0xab; DIGEST_BYTES] };
        let plan = plan(&tables, Region { start: 0x9000, len: 0x1000 }, &memory);
        let mut out = Vec::new();
        warnings(&mut out, &plan.warnings);
        one_digest(&mut out, &plan, &found(&plan), &memory, 0x2100);
        String::from_utf8(out).expect("ASCII")
    }

    fn ended(status: Status, found: [u8; DIGEST_BYTES]) -> Outcome<[u8; DIGEST_BYTES]> {
        Outcome { status, defect: None, bytes: 0x1000, found }
    }

    #[test]
    fn a_mismatch_shows_both_digests_and_what_the_damage_looks_like() {
        let region = "region 10  0x0000000001000000-0x0000000001000fff          4096 bytes";
        for (bytes, looks) in [
            (vec![0; 0x1000], "  all zeros"),
            (vec![0xff; 0x1000], "  all ones"),
            (b"\0\x01".repeat(0x800), ""),
        ] {
            let text = report(bytes, |_| ended(Status::Mismatch, [0xcd; DIGEST_BYTES]));
            assert!(
                text.contains(&format!("purgatory: expected sha256 {}\r\n", "ab".repeat(32))),
                "{text}"
            );
            assert!(
                text.contains(&format!("purgatory: actual   sha256 {}\r\n", "cd".repeat(32))),
                "{text}"
            );
            assert!(text.contains(&format!("purgatory: {region}{looks}  kernel\r\n")), "{text}");
            assert!(text.contains("cannot be told"), "{text}");
        }
    }

    #[test]
    fn success_shows_the_speed_and_no_digest() {
        let text = report(vec![0; 0x1000], |_| ended(Status::Verified, [0xab; DIGEST_BYTES]));
        assert!(text.contains("purgatory: 4096 bytes, 2.0 TSC ticks a byte\r\n"), "{text}");
        assert!(!text.contains("sha256") && !text.contains("zeros"), "{text}");
    }

    #[test]
    fn a_defect_is_shown_with_its_place_and_a_warning_with_its_address() {
        let defect = Defect { status: Status::RegionUnmapped, slot: Some(10), address: 0x100_0800 };
        let text = report(vec![1], |_| Outcome {
            defect: Some(defect),
            ..ended(defect.status, [0; DIGEST_BYTES])
        });
        assert!(
            text.contains("purgatory: region-unmapped at 0x0000000001000800 in region 10\r\n"),
            "{text}"
        );
        assert!(
            text.starts_with("purgatory: warning: boot-params-unmapped at 0x0000000000000000 \r\n"),
            "{text}"
        );
    }
}
