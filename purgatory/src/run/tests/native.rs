//! The purgatory for images that purgatory-loader makes.

use super::{BOOT_PARAMS, REGISTERS, Row, boot_params, compare};
use crate::elfcorehdr::tests::valid;
use crate::hardware::fake::{Fake, OwnedEnd, RunResult};
use crate::loader::native::fake_image::{
    self, FakeImage, KERNEL, LIST, LIST_AT, OWN, POLICY, kernel,
};
use crate::loader::native::{RawTables, plan};
use purgatory_abi::EntryRegs;
use purgatory_abi::native::Header;
use zerocopy::{FromBytes, IntoBytes};

const INITRD: u64 = 0x200_0000;
const ELFCOREHDR: u64 = 0x300_0000;
/// The elfcorehdr's place in the fixture's memory: after the list, the kernel and the initrd.
const ELFCOREHDR_PIECE: usize = 3;

const TEXTS: &str = include_str!("native.txt");

const ROWS: [Row; 18] = [
    ("verified", ["boot", "boot", "boot"]),
    ("verified without notes", ["boot", "boot", "boot"]),
    ("mismatch", ["halt", "reset", "continue"]),
    ("mismatch without notes", ["halt", "reset", "continue"]),
    ("region-wraps", ["halt", "reset", "halt"]),
    ("region-unmapped", ["halt", "reset", "halt"]),
    ("region-covers-purgatory", ["halt", "reset", "halt"]),
    ("regions-overlap", ["halt", "reset", "halt"]),
    ("implementations-broken", ["halt", "reset", "halt"]),
    ("entry-unmapped", ["halt", "reset", "halt"]),
    ("header-unknown", ["halt", "reset", "halt"]),
    ("header-corrupted", ["halt", "reset", "halt"]),
    ("list-unmapped", ["halt", "reset", "halt"]),
    ("list-corrupted", ["halt", "reset", "halt"]),
    ("list-malformed", ["halt", "reset", "halt"]),
    ("code-corrupted", ["halt", "reset", "halt"]),
    ("fault", ["halt", "reset", "halt"]),
    ("internal", ["halt", "reset", "halt"]),
];

/// A kernel with zero padding, an initrd and an elfcorehdr at these addresses.
fn image(initrd: u64) -> FakeImage {
    let segment = |kind, verified, address, payload: Vec<u8>, zeros| fake_image::FakeSegment {
        kind,
        verified,
        address,
        payload,
        zeros,
    };
    let mut image = FakeImage::with(&[
        fake_image::FakeSegment { zeros: 300, ..kernel([0x11; 1000]) },
        segment(2, 1, initrd, vec![0x22; 0x20], 0),
        segment(5, 0, ELFCOREHDR, valid(), 0),
    ]);
    let registers = EntryRegs { rip: KERNEL, ..REGISTERS };
    image.header[fake_image::REGISTERS..][..136].copy_from_slice(registers.as_bytes());
    image.seal();
    image
}

/// Runs the purgatory of this image, with this command line.
fn run_on(image: FakeImage, line: &str, change: impl FnOnce(&mut Fake)) -> RunResult {
    let FakeImage { header, code, memory } = image;
    let header = Header::read_from_bytes(&header).expect("400 bytes");
    let mut fake = Fake::with(memory.with(BOOT_PARAMS, boot_params(line)), OWN);
    change(&mut fake);
    let tables = RawTables { header: &header, code: &code, repaired: 0, sha_ni: None };
    fake.run(|fake| plan(&tables, OWN, &fake.memory), |_, _| ())
}

fn run(name: &str, line: &str) -> RunResult {
    let (status, notes) = match name.strip_suffix(" without notes") {
        Some(status) => (status, false),
        None => (name, true),
    };
    let mut loaded = image(match status {
        "region-wraps" => u64::MAX - 0x1e,
        "region-covers-purgatory" => OWN.start - 0x1f,
        "regions-overlap" => KERNEL + 1299,
        _ => INITRD,
    });
    if !notes {
        // The type of the first program header.
        loaded.memory.0[ELFCOREHDR_PIECE].1[64] = 1;
    }
    match status {
        "verified" | "region-wraps" | "region-covers-purgatory" | "regions-overlap" => {}
        "mismatch" => loaded.memory.0[1].1[999] ^= 1,
        "region-unmapped" => drop(loaded.memory.0[2].1.pop()),
        "implementations-broken" => {
            return run_on(loaded, line, |fake| fake.computes_wrongly = true);
        }
        "entry-unmapped" => {
            loaded.set(fake_image::RIP, 0x500_0000);
            loaded.seal();
        }
        "header-unknown" => {
            loaded.header[8] = 9;
        }
        "header-corrupted" => loaded.header[fake_image::REGISTERS] ^= 1,
        "list-unmapped" => {
            loaded.set(LIST_AT, LIST + 0x100_0000);
            loaded.seal_header();
        }
        "list-corrupted" => *loaded.list().last_mut().expect("a digest") ^= 1,
        "list-malformed" => {
            loaded.list()[16] = 99;
            loaded.seal();
        }
        "code-corrupted" => loaded.code[500] ^= 1,
        "fault" => return run_on(loaded, line, |fake| fake.memory.poisoned = Some(INITRD)),
        "internal" => return run_on(loaded, line, |fake| fake.memory.contradicts = Some(INITRD)),
        other => panic!("{other} is not a status"),
    }
    run_on(loaded, line, |_| ())
}

#[test]
fn every_status_action_and_verbosity_has_the_expected_end_and_text() {
    compare(TEXTS, &ROWS, EntryRegs { rip: KERNEL, ..REGISTERS }, run);
}

/// Runs the purgatory of a corrupted image with this policy in the header.
pub(super) fn run_with_policy(policy: [u8; 8], line: &str) -> RunResult {
    let mut loaded = image(INITRD);
    loaded.header[POLICY..][..8].copy_from_slice(&policy);
    loaded.seal();
    loaded.memory.0[1].1[999] ^= 1;
    run_on(loaded, line, |_| ())
}

#[test]
fn the_failure_action_of_the_header_replaces_that_of_the_command_line() {
    // 2 resets, after 30 seconds.
    let ran = run_with_policy([2, 0, 0, 0, 30, 0, 0, 0], "purgatory.on_failure=halt");
    assert_eq!(ran.end, OwnedEnd::Reset(30));
}
