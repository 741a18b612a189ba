//! Regions and digests, right and wrong.

use boot_shim::fault::{Byte, Fault, Part, When};
use boot_shim::setup::{BadRegion, Regions, Rip, Setup};
use purgatory_abi::Loader;
use purgatory_abi::status::{Action, Status};
use qemu_tests::shim::Case;

use crate::{CORRUPTED, HALT, PLAIN, VERBOSE, flip};

/// `HOLE` of the shim's layout.rs: where the identity map has a gap.
const HOLE: &str = "0x0000000002400000";

pub(crate) fn cases(blob: Loader) -> Vec<Case> {
    let mut cases = match blob {
        Loader::Linux | Loader::KexecTools => drop_in(),
        // It does not use one digest over a table of regions: `native` has its cases.
        Loader::Native => Vec::new(),
    };
    let entry = |rip| Setup { rip, ..PLAIN };
    let (unmapped, in_blob) = (entry(Rip::Unmapped), entry(Rip::Blob));
    let status = Status::EntryUnmapped;
    cases.push(Case::fails("entry-unmapped", unmapped, "", status).says(HOLE));
    cases.push(Case::halts("entry-unmapped/halt", unmapped, HALT, status).says(HOLE));
    cases.push(Case::fails("entry-in-blob", in_blob, "", status));
    // A byte that was changed before the digests were computed.
    let before = Fault { when: When::BeforeLoad, ..Fault::flip(Part::Kernel, Byte::Middle) };
    cases.extend(Case::lands("changed-before-load", PLAIN.with(before), VERBOSE).and_broken());
    cases
}

/// The malformed regions, which no blob reads.
pub(crate) fn bad_regions(topic: &str, place: &'static str) -> impl Iterator<Item = Case> {
    [
        (BadRegion::Wraps, Status::RegionWraps),
        (BadRegion::Unmapped, Status::RegionUnmapped),
        (BadRegion::PartlyUnmapped, Status::RegionUnmapped),
        (BadRegion::MiddleUnmapped, Status::RegionUnmapped),
        (BadRegion::CoversBlob, Status::RegionCoversPurgatory),
        (BadRegion::Overlaps, Status::RegionsOverlap),
    ]
    .into_iter()
    .map(move |(region, status)| bad_region(topic, region, status, place))
}

fn bad_region(topic: &str, bad_region: BadRegion, status: Status, place: &'static str) -> Case {
    let name = format!("{topic}/{bad_region:?}");
    // `continue` is for a mismatch only.
    let words = "purgatory.on_failure=continue";
    let case = Case::halts(&name, Setup { bad_region, ..PLAIN }, words, status).says(place);
    if name.ends_with("nmapped") { case.says(HOLE) } else { case }
}

fn drop_in() -> Vec<Case> {
    let mut cases = Vec::new();
    for part in [Part::Kernel, Part::Initrd, Part::BootParams, Part::Elfcorehdr, Part::Digest] {
        for byte in [Byte::Guest, Byte::Middle, Byte::Last] {
            let name = format!("flip/{part:?}/{byte:?}");
            cases.push(
                Case::fails(&name, flip(part, byte), "", Status::Mismatch)
                    .regions(4)
                    .bytes(176_128)
                    .says("purgatory: expected sha256 ")
                    .says("purgatory: actual   sha256 ")
                    .says("0x0000000004003000-0x0000000004022fff        131072 bytes  kernel")
                    .says("0x0000000004023000-0x000000000402afff         32768 bytes  initrd"),
            );
        }
    }
    // All: pieces that are neither whole pages nor whole blocks of SHA-256.
    for (regions, count) in [(Regions::None, 0), (Regions::All, 16), (Regions::Hole, 4)] {
        let name = format!("regions/{regions:?}");
        let case = Case::lands(&name, Setup { regions, ..PLAIN }, VERBOSE);
        cases.extend(case.regions(count).and_broken());
    }

    cases.extend(bad_regions("bad-region", "in region 4"));
    cases.push(bad_region("bad-region", BadRegion::Huge, Status::RegionUnmapped, "in region 4"));
    cases.extend(registers());
    // The elfcorehdr= parameter of the capture kernel names a region.
    let elfcorehdr = Case::fails("elfcorehdr", CORRUPTED, "elfcorehdr=65536K", Status::Mismatch);
    cases.push(
        elfcorehdr.says("0x0000000004000000-0x0000000004000fff          4096 bytes  elfcorehdr"),
    );
    cases
}

/// Registers that no loader writes. The digest does not cover them.
fn registers() -> Vec<Case> {
    let status = Status::RegistersInvalid;
    let mut cases = Vec::new();
    // The first one, one in the middle, and the address of the entry.
    for byte in [Byte::Guest, Byte::Middle, Byte::FromEnd(8)] {
        let changed = flip(Part::Registers, byte);
        cases.push(Case::fails(&format!("registers/{byte:?}"), changed, "", status));
        cases.push(Case::halts(&format!("registers/{byte:?}/halt"), changed, HALT, status));
    }
    let intact =
        Case::lands("registers/intact", PLAIN, "purgatory.verbose purgatory.on_failure=halt");
    cases.push(intact.verdict(Status::Verified, Action::Boot));
    // An entry that is mapped, and in no region.
    let outside = Setup { rip: Rip::NoExecute, ..PLAIN };
    cases.push(Case::fails("registers/entry-outside", outside, "", status));
    cases
}
