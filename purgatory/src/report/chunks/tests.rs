//! What is printed of an image with a digest a chunk, line by line.

use super::*;
use crate::door::native::loaded::{CHUNK, KERNEL, Loaded, Machine, RIP, kernel, sha256};
use crate::verify::chunks as verify;
use purgatory_sha256::{Backend, Instructions};

/// The lines of the report without what each begins with; it took `ticks`.
fn report(machine: &Machine, ticks: u64) -> Vec<String> {
    let backend = Backend::ranked(Instructions::default()).last().expect("one runs everywhere");
    let text = machine.planned(|plan| {
        let mut out = Vec::new();
        chunks(&mut out, plan, &verify(plan, backend, &machine.memory), &machine.memory, ticks);
        String::from_utf8(out).expect("ASCII")
    });
    let lines = text.split_terminator("\r\n");
    lines.map(|line| line.strip_prefix("purgatory: ").expect("prefix").to_owned()).collect()
}

fn hex(digest: [u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

const KERNEL_LINE: &str =
    "segment  0  0x0000000001000000-0x0000000001029387        168840 bytes  kernel";
const INITRD_LINE: &str =
    "segment  1  0x0000000002000000-0x000000000200ffff         65536 bytes  initrd";
const ELFCOREHDR_LINE: &str = "segment  2  0x0000000003000000-0x0000000003000fff          4096 bytes  elfcorehdr  not verified";
const OTHER_LINE: &str =
    "segment  3  0x0000000004000000-0x000000000400012b           300 bytes  other";
const OWN_LINE: &str = "segment  4  0x0000000000009000-0x000000000000d157         16728 bytes  purgatory  not verified";

#[test]
fn a_verified_image_has_its_segments_and_the_speed() {
    let bytes = 229_376;
    assert_eq!(
        report(&Machine::loaded(), bytes * 7 / 2),
        [
            "verified",
            KERNEL_LINE,
            INITRD_LINE,
            ELFCOREHDR_LINE,
            OTHER_LINE,
            OWN_LINE,
            "229376 bytes, 3.5 TSC ticks a byte, and 5300 bytes of zeros",
        ]
    );
}

#[test]
fn every_damaged_segment_has_its_first_damaged_chunk_and_both_digests() {
    let mut machine = Machine::loaded();
    let kernel = sha256(&machine.segment(0)[CHUNK..2 * CHUNK]);
    let initrd = sha256(machine.segment(1));
    machine.segment(0)[CHUNK] ^= 1;
    machine.segment(0)[2 * CHUNK] ^= 1;
    machine.segment(1).fill(0xff);
    let kernel_now = sha256(&machine.segment(0)[CHUNK..2 * CHUNK]);
    assert_eq!(
        report(&machine, 0),
        [
            "mismatch",
            &format!("{KERNEL_LINE}  damaged: 2 of 3 chunks, first 1"),
            "  chunk 1  0x0000000001010000-0x000000000101ffff",
            &format!("  expected sha256 {}", hex(kernel)),
            &format!("  actual   sha256 {}", hex(kernel_now)),
            &format!("{INITRD_LINE}  damaged: 1 of 1 chunks, first 0"),
            "  chunk 0  0x0000000002000000-0x000000000200ffff  all ones",
            &format!("  expected sha256 {}", hex(initrd)),
            &format!("  actual   sha256 {}", hex(sha256(&[0xff; CHUNK]))),
            ELFCOREHDR_LINE,
            OTHER_LINE,
            OWN_LINE,
            "229376 bytes, 0.0 TSC ticks a byte, and 5300 bytes of zeros",
        ]
    );
}

#[test]
fn what_the_first_damaged_chunk_looks_like() {
    for (byte, looks) in [(0, "  all zeros"), (0xff, "  all ones"), (0x55, "")] {
        let mut machine = Machine::with(&[kernel(vec![1; CHUNK + 10])]);
        machine.segment(0)[CHUNK..].fill(byte);
        let chunk = format!("  chunk 1  0x0000000001010000-0x0000000001010009{looks}");
        assert_eq!(report(&machine, 0)[2], chunk);
    }
}

#[test]
fn a_byte_that_is_no_zero_is_named_behind_its_segment() {
    let mut machine = Machine::with(&[Loaded { zeros: 100, ..kernel([1; 10]) }]);
    machine.segment(0)[60] = 1;
    let lines = report(&machine, 0);
    let segment = "segment  0  0x0000000001000000-0x000000000100006d           110 bytes  kernel";
    assert_eq!(lines[..3], ["mismatch", segment, "  not zero at 0x000000000100003c"]);
    assert_eq!(lines.len(), 5);
    machine.segment(0)[60] = 0;
    assert_eq!(report(&machine, 0)[..2], ["verified", segment]);
}

#[test]
fn a_defect_has_its_place() {
    let mut machine = Machine::loaded();
    machine.segment(1).truncate(16);
    let lines = report(&machine, 0);
    assert_eq!(lines[0], "region-unmapped at 0x0000000002000010 in segment 1");
    assert!(lines[2].starts_with(INITRD_LINE), "{lines:?}");

    let mut machine = Machine::loaded();
    machine.set(RIP, KERNEL - 1);
    machine.seal();
    assert_eq!(report(&machine, 0)[0], "entry-unmapped at 0x0000000000ffffff");

    let mut machine = Machine::loaded();
    machine.code[0] ^= 1;
    assert_eq!(report(&machine, 0)[0], "code-damaged at 0x0000000000009160");
}

#[test]
fn a_list_that_makes_no_sense_has_no_segments() {
    let mut machine = Machine::loaded();
    machine.list()[16 + 1] = 2;
    machine.seal();
    assert_eq!(
        report(&machine, 9),
        [
            "list-malformed at 0x0000000001000000 in segment 0",
            "0 bytes, 0.0 TSC ticks a byte, and 0 bytes of zeros",
        ]
    );
}
