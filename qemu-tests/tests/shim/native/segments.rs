//! Segments that are as they were loaded, and segments that are not.

use boot_shim::fault::{At, Byte, Fault, Part, What, When};
use boot_shim::setup::{BadRegion, Regions, Setup};
use purgatory_abi::status::{Action, Status, Warning};
use qemu_tests::shim::Case;

use crate::verification::bad_regions;
use crate::{PLAIN, VERBOSE, flip};

/// A kernel of four chunks and a half.
const FIVE_CHUNKS: Setup<'static> = Setup { kernel_bytes: 0x4_8000, ..PLAIN };
/// The same, and the last chunk and a half of it are zeros except one byte.
const ZEROS: Setup<'static> = Setup { zeros: 98_303, ..FIVE_CHUNKS };

/// One byte is another one: where, the line of its segment, and that of its chunk.
const CORRUPTED: [(Part, Byte, &str, &str); 9] = [
    (
        Part::Kernel,
        Byte::Guest,
        "0x0000000004003000-0x000000000404afff        294912 bytes  kernel  corrupted: 1 of 5 chunks, first 0\r",
        "chunk 0  0x0000000004003000-0x0000000004012fff\r",
    ),
    (
        Part::Kernel,
        Byte::Middle,
        "kernel  corrupted: 1 of 5 chunks, first 2\r",
        "chunk 2  0x0000000004023000-0x0000000004032fff\r",
    ),
    (
        Part::Kernel,
        Byte::Last,
        "kernel  corrupted: 1 of 5 chunks, first 4\r",
        "chunk 4  0x0000000004043000-0x000000000404afff\r",
    ),
    (
        Part::Initrd,
        Byte::Guest,
        "0x000000000404b000-0x0000000004052fff         32768 bytes  initrd  corrupted: 1 of 1 chunks, first 0\r",
        "chunk 0  0x000000000404b000-0x0000000004052fff\r",
    ),
    (Part::Initrd, Byte::Middle, "initrd  corrupted: 1 of 1 chunks, first 0\r", "chunk 0  "),
    (Part::Initrd, Byte::Last, "initrd  corrupted: 1 of 1 chunks, first 0\r", "chunk 0  "),
    (
        Part::BootParams,
        Byte::Guest,
        "0x0000000004001000-0x0000000004002fff          8192 bytes  boot_params  corrupted: 1 of 1 chunks, first 0\r",
        "chunk 0  0x0000000004001000-0x0000000004002fff\r",
    ),
    (
        Part::BootParams,
        Byte::Middle,
        "boot_params  corrupted: 1 of 1 chunks, first 0\r",
        "chunk 0  ",
    ),
    (Part::BootParams, Byte::Last, "boot_params  corrupted: 1 of 1 chunks, first 0\r", "chunk 0  "),
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = corrupted();
    cases.extend(zeros());
    cases.extend(senseless());
    // As many as can be loaded with the blob's own, of odd lengths.
    let all = Case::lands("all", Setup { regions: Regions::All, ..FIVE_CHUNKS }, VERBOSE);
    cases.extend(all.regions(14).bytes(335_872).and_broken());
    // Nothing but the blob itself.
    let none = Setup { regions: Regions::None, ..PLAIN };
    let case = Case::lands("none", none, VERBOSE);
    cases.push(case.regions(0).bytes(0));
    let list = none.with(Fault::flip(Part::List, Byte::Last));
    cases.push(Case::fails("none/corrupted", list, "", Status::ListCorrupted));
    cases
}

fn corrupted() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(
        Case::lands("intact", FIVE_CHUNKS, VERBOSE)
            .verdict(Status::Verified, Action::Boot)
            .regions(3)
            .bytes(335_872)
            .says("294912 bytes  kernel\r")
            .says("4096 bytes  elfcorehdr  not verified\r")
            .says("335872 bytes, ")
            .and_broken(),
    );
    for (part, byte, segment, chunk) in CORRUPTED {
        let setup = FIVE_CHUNKS.with(Fault::flip(part, byte));
        cases.push(
            Case::fails(&format!("{part:?}/{byte:?}"), setup, "", Status::Mismatch)
                .says(segment)
                .says(chunk)
                .says("purgatory:   expected sha256 ")
                .says("purgatory:   actual   sha256 "),
        );
    }
    // One hides no other.
    let middle = FIVE_CHUNKS.with(Fault::flip(Part::Kernel, Byte::Middle));
    let two = middle.with(Fault::flip(Part::Initrd, Byte::Last));
    cases.push(
        Case::fails("two-segments", two, "", Status::Mismatch)
            .says("kernel  corrupted: 1 of 5 chunks, first 2\r")
            .says("initrd  corrupted: 1 of 1 chunks, first 0\r"),
    );
    let two = middle.with(Fault::flip(Part::Kernel, Byte::Last));
    cases.push(
        Case::fails("two-chunks", two, "", Status::Mismatch)
            .says("kernel  corrupted: 2 of 5 chunks, first 2\r"),
    );
    // Runs of bytes, from an address on: one in a chunk, one across its end.
    for (name, start, byte, chunks) in
        [("zeros", 0x401_2000, 0, "1 of 5"), ("ones", 0x401_2ff0, 0xff, "2 of 5")]
    {
        let what = What::Fill { byte, count: 0x20 };
        let fault = Fault { at: At::Address(start), what, when: When::BeforeStart };
        cases.push(
            Case::fails(&format!("run/{name}"), FIVE_CHUNKS.with(fault), "", Status::Mismatch)
                .says(chunks),
        );
    }
    // A digest that the loader took of another byte.
    for (byte, chunk) in
        [(Byte::Guest, "chunk 0  "), (Byte::Middle, "chunk 2  "), (Byte::Last, "chunk 4  ")]
    {
        let setup = FIVE_CHUNKS.with(Fault::flip(Part::Digest, byte));
        let name = format!("digest/{byte:?}");
        cases.push(Case::fails(&name, setup, "", Status::Mismatch).says(chunk));
    }
    // The running kernel rewrites it on memory hotplug. Only an inconsistent one causes a warning.
    for byte in [Byte::Middle, Byte::Last] {
        let name = format!("elfcorehdr/{byte:?}");
        let setup = flip(Part::Elfcorehdr, byte);
        let case = Case::lands(&name, setup, VERBOSE);
        cases.push(case.verdict(Status::Verified, Action::Boot));
        cases.push(Case::lands(&format!("{name}/quiet"), setup, "").silent(0));
    }
    cases.push(
        Case::lands("elfcorehdr/Guest", flip(Part::Elfcorehdr, Byte::Guest), "")
            .verdict(Status::Verified, Action::Boot)
            .warns(Warning::ElfcorehdrMagic)
            .says("elfcorehdr-magic at 0x0000000004000000 "),
    );
    cases
}

fn zeros() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(
        Case::lands("zeros/intact", ZEROS, VERBOSE)
            .bytes(237_569)
            .says("294912 bytes  kernel\r")
            .says("and 98303 bytes of zeros\r")
            .and_broken(),
    );
    for (byte, address) in [
        (Byte::Guest, "not zero at 0x0000000004033001\r"),
        (Byte::Middle, "not zero at 0x000000000403f000\r"),
        (Byte::Last, "not zero at 0x000000000404afff\r"),
    ] {
        let name = format!("zeros/{byte:?}");
        let setup = ZEROS.with(Fault::flip(Part::ZeroPadding, byte));
        cases.push(
            Case::fails(&name, setup, "", Status::Mismatch)
                .says(address)
                .says("294912 bytes  kernel\r"),
        );
    }
    let both = ZEROS.with(Fault::flip(Part::ZeroPadding, Byte::Last));
    let both = both.with(Fault::flip(Part::Kernel, Byte::Guest));
    cases.push(
        Case::fails("zeros/and-a-chunk", both, "", Status::Mismatch)
            .says("kernel  corrupted: 1 of 4 chunks, first 0\r")
            .says("not zero at 0x000000000404afff\r"),
    );
    cases
}

fn senseless() -> Vec<Case> {
    let mut cases: Vec<_> = bad_regions("bad", " in segment 4\r").collect();
    // Zeros without an end: up to where there is something, or nothing any more.
    let huge = Setup { bad_region: BadRegion::Huge, ..PLAIN };
    cases.push(Case::fails("bad/Huge", huge, "", Status::Mismatch));
    // All others are still digested, those before and those after it.
    let others = Setup { bad_region: BadRegion::MiddleUnmapped, ..FIVE_CHUNKS };
    let others = others.with(Fault::flip(Part::Kernel, Byte::Last));
    let others = others.with(Fault::flip(Part::Initrd, Byte::Guest));
    cases.push(
        Case::fails("bad/MiddleUnmapped/others", others, "", Status::RegionUnmapped)
            .says("kernel  corrupted: 1 of 5 chunks, first 4\r")
            .says("initrd  corrupted: 1 of 1 chunks, first 0\r"),
    );
    cases
}
