//! The purgatory for images that the kernel loads.

use super::{BOOT_PARAMS, REGISTERS, Row, boot_params, compare};
use crate::hardware::fake::{Fake, RunResult};
use crate::loader::linux::{RawTables, complete, plan};
use crate::memory::fake::Pieces;
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::{EntryRegs, Region};
use sha2::{Digest, Sha256};

/// The memory of the purgatory.
pub(super) const OWN: Region = Region { start: 0x9000, len: 0x4000 };

/// The regions that are digested: a kernel and an initrd, in two slots.
const KERNEL: Region = Region { start: 0x100_0000, len: 0x1000 };
pub(super) const INITRD: Region = Region { start: 0x200_0000, len: 0x20 };
const INITRD_SLOT: usize = 2;

/// The first byte of `boot_params`. The rest is different in every run and not digested, so that the digest is always
/// the same.
const FIRST_BYTE: Region = Region { start: BOOT_PARAMS, len: 1 };
const STACK_END: u64 = OWN.start + 0x1000;

const TEXTS: &str = include_str!("linux.txt");

const ROWS: [Row; 11] = [
    ("verified", ["boot", "boot", "boot"]),
    ("mismatch", ["halt", "reset", "continue"]),
    ("region-wraps", ["halt", "reset", "halt"]),
    ("region-unmapped", ["halt", "reset", "halt"]),
    ("region-covers-purgatory", ["halt", "reset", "halt"]),
    ("regions-overlap", ["halt", "reset", "halt"]),
    ("implementations-broken", ["halt", "reset", "halt"]),
    ("entry-unmapped", ["halt", "reset", "halt"]),
    ("registers-invalid", ["halt", "reset", "halt"]),
    ("fault", ["halt", "reset", "halt"]),
    ("internal", ["halt", "reset", "halt"]),
];

/// The registers that the kernel writes.
fn registers() -> EntryRegs {
    EntryRegs { rip: REGISTERS.rip, rsi: BOOT_PARAMS, rsp: STACK_END, ..EntryRegs::ZERO }
}

/// An intact image with this command line, as the kernel loads it.
pub(super) struct LoadedImage {
    pub(super) machine: Fake,
    pub(super) entry: EntryRegs,
    pub(super) regions: [Region; REGION_SLOTS],
    pub(super) digest: [u8; 32],
}

impl LoadedImage {
    pub(super) fn with(line: &str) -> Self {
        let (kernel, initrd) = ([0x11; 0x1000], [0x22; 0x20]);
        let mut regions = [Region::default(); REGION_SLOTS];
        regions[0] = KERNEL;
        regions[INITRD_SLOT] = INITRD;
        regions[INITRD_SLOT + 1] = FIRST_BYTE;
        let pieces = Pieces::default()
            .with(KERNEL.start, kernel)
            .with(INITRD.start, initrd)
            .with(BOOT_PARAMS, boot_params(line));
        let digest = Sha256::digest([&kernel[..], &initrd[..], &[0]].concat()).into();
        Self { machine: Fake::with(pieces, OWN), entry: registers(), regions, digest }
    }

    pub(super) fn run(&self) -> RunResult {
        let Self { machine, entry, regions, digest } = self;
        let tables = RawTables { entry, regions, digest, stack_end: STACK_END };
        machine.run(
            |machine| {
                let mut plan = plan(&tables, OWN);
                complete(&mut plan, &tables, &machine.memory);
                plan
            },
            |_, _| (),
        )
    }
}

pub(super) fn run(name: &str, line: &str) -> RunResult {
    let mut loaded = LoadedImage::with(line);
    let initrd = &mut loaded.regions[INITRD_SLOT];
    match name {
        "verified" => {}
        "mismatch" => loaded.machine.memory.pieces.0[0].1[0xfff] ^= 1,
        "region-wraps" => initrd.start = u64::MAX - 0x1e,
        "region-unmapped" => initrd.len = 0x21,
        "region-covers-purgatory" => initrd.start = OWN.start - 0x1f,
        "regions-overlap" => initrd.start = KERNEL.start + 0xfff,
        "implementations-broken" => loaded.machine.computes_wrongly = true,
        "registers-invalid" => loaded.entry.r15 = 1,
        "entry-unmapped" => loaded.entry.rip = 0x500_0000,
        "fault" => loaded.machine.memory.poisoned = Some(INITRD.start),
        "internal" => loaded.machine.memory.contradicts = Some(INITRD.start),
        other => panic!("{other} is not a status"),
    }
    loaded.run()
}

#[test]
fn every_status_action_and_verbosity_has_the_expected_end_and_text() {
    compare(TEXTS, &ROWS, registers(), run);
}
