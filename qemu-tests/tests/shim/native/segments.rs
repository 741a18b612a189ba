//! Segments that are as they were loaded, and segments that are not.

use purgatory_abi::status::{Action, Status, Warning};
use purgatory_abi::verdict::key;
use qemu_tests::shim::Case;

const VERBOSE: &str = "purgatory.verbose";
/// A kernel of four chunks and a half.
const FIVE_CHUNKS: &str = "kernel-bytes=0x48000";
/// The same, and the last chunk and a half of it are zeros but for a byte.
const ZEROS: &str = "kernel-bytes=0x48000 zeros=98303";
/// `HOLE` of the shim's layout.rs: where the identity map has a gap.
const HOLE: &str = "0x0000000002400000";

/// One byte is another one: where, the line of its segment, and that of its chunk.
const DAMAGES: [(&str, &str, &str); 9] = [
    (
        "kernel/first",
        "0x0000000004003000-0x000000000404afff        294912 bytes  kernel  damaged: 1 of 5 chunks, first 0\r",
        "chunk 0  0x0000000004003000-0x0000000004012fff\r",
    ),
    (
        "kernel/middle",
        "kernel  damaged: 1 of 5 chunks, first 2\r",
        "chunk 2  0x0000000004023000-0x0000000004032fff\r",
    ),
    (
        "kernel/last",
        "kernel  damaged: 1 of 5 chunks, first 4\r",
        "chunk 4  0x0000000004043000-0x000000000404afff\r",
    ),
    (
        "initrd/first",
        "0x000000000404b000-0x0000000004052fff         32768 bytes  initrd  damaged: 1 of 1 chunks, first 0\r",
        "chunk 0  0x000000000404b000-0x0000000004052fff\r",
    ),
    ("initrd/middle", "initrd  damaged: 1 of 1 chunks, first 0\r", "chunk 0  "),
    ("initrd/last", "initrd  damaged: 1 of 1 chunks, first 0\r", "chunk 0  "),
    (
        "boot-params/first",
        "0x0000000004001000-0x0000000004002fff          8192 bytes  boot_params  damaged: 1 of 1 chunks, first 0\r",
        "chunk 0  0x0000000004001000-0x0000000004002fff\r",
    ),
    ("boot-params/middle", "boot_params  damaged: 1 of 1 chunks, first 0\r", "chunk 0  "),
    ("boot-params/last", "boot_params  damaged: 1 of 1 chunks, first 0\r", "chunk 0  "),
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = damaged();
    cases.extend(zeros());
    cases.extend(senseless());
    // As many as can be loaded with the blob's own, of odd lengths.
    let all = Case::lands("all", "regions=all kernel-bytes=0x48000", VERBOSE);
    cases.extend(all.value(key::REGIONS, "14").value(key::BYTES, "335872").and_broken());
    // Nothing but the blob itself.
    let none = Case::lands("none", "regions=none", VERBOSE);
    cases.push(none.value(key::REGIONS, "0").value(key::BYTES, "0"));
    cases.push(Case::halts("none/broken", "regions=none flip=list/last", "", Status::ListDamaged));
    cases
}

fn damaged() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(
        Case::lands("sound", FIVE_CHUNKS, VERBOSE)
            .verdict(Status::Verified, Action::Boot)
            .value(key::REGIONS, "3")
            .value(key::BYTES, "335872")
            .says("294912 bytes  kernel\r")
            .says("4096 bytes  elfcorehdr  not verified\r")
            .says("335872 bytes, ")
            .and_broken(),
    );
    for (place, segment, chunk) in DAMAGES {
        cases.push(
            Case::halts(place, &format!("{FIVE_CHUNKS} flip={place}"), "", Status::Mismatch)
                .says(segment)
                .says(chunk)
                .says("purgatory:   expected sha256 ")
                .says("purgatory:   actual   sha256 "),
        );
    }
    // One hides no other.
    let two = format!("{FIVE_CHUNKS} flip=kernel/middle flip=initrd/last");
    cases.push(
        Case::halts("two-segments", &two, "", Status::Mismatch)
            .says("kernel  damaged: 1 of 5 chunks, first 2\r")
            .says("initrd  damaged: 1 of 1 chunks, first 0\r"),
    );
    let two = format!("{FIVE_CHUNKS} flip=kernel/middle flip=kernel/last");
    cases.push(
        Case::halts("two-chunks", &two, "", Status::Mismatch)
            .says("kernel  damaged: 2 of 5 chunks, first 2\r"),
    );
    // A digest that the loader took of another byte.
    for (place, chunk) in [("first", "chunk 0  "), ("middle", "chunk 2  "), ("last", "chunk 4  ")] {
        let settings = format!("{FIVE_CHUNKS} flip=digest/{place}");
        let name = format!("digest/{place}");
        cases.push(Case::halts(&name, &settings, "", Status::Mismatch).says(chunk));
    }
    // The old kernel rewrites it when memory comes and goes. Only where it makes no sense is there something to say.
    for place in ["middle", "last"] {
        let name = format!("elfcorehdr/{place}");
        let settings = format!("flip=elfcorehdr/{place}");
        let case = Case::lands(&name, &settings, VERBOSE);
        cases.push(case.verdict(Status::Verified, Action::Boot));
        cases.push(Case::lands(&format!("{name}/quiet"), &settings, "").silent(0));
    }
    cases.push(
        Case::lands("elfcorehdr/first", "flip=elfcorehdr/first", "")
            .verdict(Status::Verified, Action::Boot)
            .warns(Warning::ElfcorehdrMagic)
            .says("elfcorehdr-magic at 0x0000000004000000 "),
    );
    cases
}

fn zeros() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(
        Case::lands("zeros/sound", ZEROS, VERBOSE)
            .value(key::BYTES, "237569")
            .says("294912 bytes  kernel\r")
            .says("and 98303 bytes of zeros\r")
            .and_broken(),
    );
    for (place, address) in [
        ("first", "not zero at 0x0000000004033001\r"),
        ("middle", "not zero at 0x000000000403f000\r"),
        ("last", "not zero at 0x000000000404afff\r"),
    ] {
        let name = format!("zeros/{place}");
        let settings = format!("{ZEROS} flip=zeros/{place}");
        cases.push(
            Case::halts(&name, &settings, "", Status::Mismatch)
                .says(address)
                .says("294912 bytes  kernel\r"),
        );
    }
    let both = format!("{ZEROS} flip=zeros/last flip=kernel/first");
    cases.push(
        Case::halts("zeros/and-a-chunk", &both, "", Status::Mismatch)
            .says("kernel  damaged: 1 of 4 chunks, first 0\r")
            .says("not zero at 0x000000000404afff\r"),
    );
    cases
}

fn senseless() -> Vec<Case> {
    let mut cases = Vec::new();
    for (bad, status) in [
        ("wraps", Status::RegionWraps),
        ("unmapped", Status::RegionUnmapped),
        ("partly-unmapped", Status::RegionUnmapped),
        ("middle-unmapped", Status::RegionUnmapped),
        ("covers-blob", Status::RegionCoversPurgatory),
        ("overlaps", Status::RegionsOverlap),
    ] {
        let name = format!("bad/{bad}");
        // `continue` is for a mismatch only.
        let words = "purgatory.on_failure=continue";
        let settings = format!("bad-region={bad}");
        let mut case = Case::halts(&name, &settings, words, status).says(" in segment 4\r");
        if bad.ends_with("unmapped") {
            case = case.says(HOLE);
        }
        cases.push(case);
    }
    // Zeros without an end: up to where there is something, or nothing any more.
    cases.push(Case::halts("bad/huge", "bad-region=huge", "", Status::Mismatch));
    // All others are digested all the same, those before and those behind.
    let settings =
        format!("{FIVE_CHUNKS} bad-region=middle-unmapped flip=kernel/last flip=initrd/first");
    cases.push(
        Case::halts("bad/middle-unmapped/others", &settings, "", Status::RegionUnmapped)
            .says("kernel  damaged: 1 of 5 chunks, first 4\r")
            .says("initrd  damaged: 1 of 1 chunks, first 0\r"),
    );
    cases
}
