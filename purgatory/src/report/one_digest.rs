//! What the report says of an image with one digest: its regions, and both digests.

use super::text::{Arg, END, line, piece};
use crate::image::Image;
use crate::memory::Memory;
use crate::plan::regions::{contains, last, used};
use crate::plan::{Defect, OneDigest, Plan};
use crate::sink::Sink;
use crate::verify::Outcome;
use purgatory_abi::status::Status;
use purgatory_abi::verdict;
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
    let status = outcome.status.name().into();
    match outcome.defect {
        Some(Defect { slot: Some(slot), address, .. }) => {
            line(sink, "%s at %x in region %d", &[status, address.into(), u64::from(slot).into()]);
        }
        Some(Defect { address, .. }) => line(sink, "%s at %x", &[status, address.into()]),
        None => line(sink, "%s", &[status]),
    }
    let mismatch = outcome.status == Status::Mismatch;
    if mismatch {
        let expected = plan.check.expected.map_or(&[][..], |digest| &digest[..]);
        line(sink, "expected sha256 %h", &[expected.into()]);
        line(sink, "actual   sha256 %h", &[outcome.found[..].into()]);
    }
    for (slot, region) in used(plan.check.raw_regions) {
        region_line(
            sink,
            slot,
            region,
            &plan.image,
            if mismatch { looks(memory, region) } else { "" },
        );
    }
    if mismatch {
        line(sink, "one digest covers all regions: which of them has changed cannot be told", &[]);
    }
    let tenths = ticks.wrapping_mul(10).checked_div(outcome.bytes).unwrap_or(0);
    let numbers = [outcome.bytes, tenths / 10, tenths % 10].map(Arg::from);
    line(sink, "%d bytes, %d.%d TSC ticks a byte", &numbers);
}

fn region_line<S: Sink>(sink: &mut S, slot: u8, region: Region, image: &Image, looks: &str) {
    // One that wraps has no last byte that could be named; the table's numbers are what there is to see.
    let end = region.start.wrapping_add(region.len).wrapping_sub(1);
    sink.put(verdict::LINE.as_bytes());
    piece(
        sink,
        "region %2d  %x-%x  %12d bytes",
        &[u64::from(slot).into(), region.start.into(), end.into(), region.len.into()],
    );
    sink.put(looks.as_bytes());
    for (address, name) in [
        (image.kernel, "  kernel"),
        (image.boot_params, "  boot_params"),
        (image.command_line, "  command line"),
        (image.initrd, "  initrd"),
        (image.elfcorehdr, "  elfcorehdr"),
        #[cfg(feature = "backup")]
        (image.backup, "  backup"),
    ] {
        if address != 0 && contains(region, address) {
            sink.put(name.as_bytes());
        }
    }
    sink.put(END);
}

/// What damage looks like where that can be told cheaply: a region that is nothing but zeros or ones is memory that is
/// gone. Ends at the first byte that is another one.
#[inline(never)]
pub(super) fn looks<M: Memory>(memory: &M, region: Region) -> &'static str {
    let (mut at, mut left) = (region.start, region.len);
    let mut all = None;
    while left != 0 && last(region).is_some() {
        let Ok(run) = memory.run(at, left) else { return "" };
        for byte in run {
            if *all.get_or_insert(*byte) != *byte {
                return "";
            }
        }
        at = at.wrapping_add(run.len() as u64);
        left = left.saturating_sub(run.len() as u64);
    }
    match all {
        Some(0x00) => "  all zeros",
        Some(0xff) => "  all ones",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::linux::{RawTables, plan};
    use crate::memory::fake::Pieces;
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
