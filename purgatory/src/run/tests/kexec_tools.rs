//! The purgatory for images that kexec-tools loads: the statuses of the drop-in for Linux and the additional ones, the
//! console switches, and the tasks before the hand-off.

use super::{BOOT_PARAMS, LINE, REGISTERS, Row, boot_params, compare};
use crate::hardware::fake::{Fake, OwnedEnd, RunResult};
use crate::loader::kexec_tools::{
    Backup, HandOffTasks, JumpBack, ModeEntries, RawTables, Switches, plan,
};
use crate::memory::fake::Pieces;
use purgatory_abi::Region;
use purgatory_abi::kexec_tools::{EntryRegs, EntryRegs16, EntryRegs32};
use purgatory_abi::linux::REGION_SLOTS;
use sha2::{Digest, Sha256};
use std::cell::Cell;

const OWN: Region = Region { start: 0x9_0000, len: 0x4000 };
const STACK_END: u64 = OWN.start + 0x1000;
const WAYS: ModeEntries = ModeEntries { entry32: OWN.start + 0x100, entry16: OWN.start + 0x200 };
const KERNEL: Region = Region { start: 0x100_0000, len: 0x1000 };
const BACKUP: Region = Region { start: 0x200_0000, len: 0x20 };

/// Low memory, which the purgatory copies.
const LOW: Region = Region { start: 0x1000, len: 0x20 };

const TEXTS: &str = include_str!("kexec-tools.txt");

const ROWS: [Row; 13] = [
    ("verified", ["boot", "boot", "boot"]),
    ("skipped", ["boot", "boot", "boot"]),
    ("mismatch", ["halt", "reset", "continue"]),
    ("region-wraps", ["halt", "reset", "halt"]),
    ("region-unmapped", ["halt", "reset", "halt"]),
    ("region-covers-purgatory", ["halt", "reset", "halt"]),
    ("regions-overlap", ["halt", "reset", "halt"]),
    ("implementations-broken", ["halt", "reset", "halt"]),
    ("entry-unmapped", ["halt", "reset", "halt"]),
    ("entry-too-high", ["halt", "reset", "halt"]),
    ("registers-invalid", ["halt", "reset", "halt"]),
    ("fault", ["halt", "reset", "halt"]),
    ("internal", ["halt", "reset", "halt"]),
];

/// An intact image with this command line, as kexec-tools loads it.
struct LoadedImage {
    machine: Fake,
    own: Region,
    entry: EntryRegs,
    entry32: EntryRegs32,
    regions: [Region; REGION_SLOTS],
    digest: [u8; 32],
    skip_checks: u32,
    switches: Switches,
    backup: Option<Backup>,
    jump_back: JumpBack,
}

impl LoadedImage {
    fn with(line: &str) -> Self {
        let parts = [vec![0x11; 0x1000], vec![0; 0x20], boot_params(line)];
        let starts = [KERNEL.start, BACKUP.start, BOOT_PARAMS];
        let mut regions = [Region::default(); REGION_SLOTS];
        let mut pieces = Pieces::default().with(LOW.start, [0x33; 0x20]);
        for ((part, start), region) in parts.iter().zip(starts).zip(&mut regions) {
            *region = Region { start, len: part.len() as u64 };
            pieces = pieces.with(start, part.clone());
        }
        // The command line is different in every run: only the first byte of boot_params is digested, so that the digest
        // is always the same.
        regions[2].len = 1;
        Self {
            machine: Fake::with(pieces, OWN),
            own: OWN,
            entry: EntryRegs {
                rip: REGISTERS.rip,
                rsi: BOOT_PARAMS,
                rsp: STACK_END,
                ..EntryRegs::default()
            },
            entry32: EntryRegs32::default(),
            regions,
            digest: Sha256::digest([&parts[0][..], &parts[1], &[0]].concat()).into(),
            skip_checks: 0,
            switches: Switches { serial_base: 0x3f8, ..Switches::default() },
            backup: None,
            jump_back: JumpBack::default(),
        }
    }

    /// Changes the tables to those for `--no-checks`.
    fn skip_checks(&mut self) {
        (self.regions, self.digest, self.skip_checks) = Default::default();
        self.skip_checks = 1;
    }

    fn run(&self) -> RunResult {
        let entry16 = EntryRegs16::default();
        let tables = RawTables {
            entry64: &self.entry,
            entry32: self.entry32,
            entry16: &entry16,
            mode_entries: WAYS,
            regions: &self.regions,
            digest: &self.digest,
            stack_end: STACK_END,
            skip_checks: self.skip_checks,
            switches: self.switches,
            backup: self.backup,
            jump_back: self.jump_back,
        };
        let tasks = Cell::new(HandOffTasks::default());
        self.machine.run(
            |machine| {
                let (plan, made) = plan(&tables, self.own, &machine.memory);
                tasks.set(made);
                plan
            },
            |machine, warnings| tasks.get().perform(machine, warnings),
        )
    }
}

/// The registers of the entry, in the kernel's order.
fn registers() -> purgatory_abi::EntryRegs {
    let [rip, rsi] = [REGISTERS.rip, BOOT_PARAMS];
    let zero = purgatory_abi::EntryRegs::ZERO;
    purgatory_abi::EntryRegs { rsp: STACK_END, rip, rsi, ..zero }
}

fn run(name: &str, line: &str) -> RunResult {
    let mut loaded = LoadedImage::with(line);
    let second = &mut loaded.regions[1];
    match name {
        "verified" => {}
        "skipped" => loaded.skip_checks(),
        "mismatch" => loaded.machine.memory.pieces.0[1].1[0xfff] ^= 1,
        "region-wraps" => second.start = u64::MAX - 0x1e,
        "region-unmapped" => second.len = 0x21,
        "region-covers-purgatory" => second.start = OWN.start - 0x1f,
        "regions-overlap" => second.start = KERNEL.start + 0xfff,
        "implementations-broken" => loaded.machine.computes_wrongly = true,
        "registers-invalid" => loaded.entry.r15 = 1,
        "entry-unmapped" => loaded.entry.rip = 0x500_0000,
        "entry-too-high" => {
            loaded.own.start = 0xffff_d000;
            (loaded.entry.rip, loaded.entry32.esi) = (WAYS.entry32, BOOT_PARAMS as u32);
            loaded.entry32.eip = KERNEL.start as u32;
        }
        "fault" => loaded.machine.memory.poisoned = Some(BACKUP.start),
        "internal" => loaded.machine.memory.contradicts = Some(BACKUP.start),
        other => panic!("{other} is not a status"),
    }
    loaded.run()
}

#[test]
fn every_status_action_and_verbosity_has_the_expected_end_and_text() {
    compare(TEXTS, &ROWS, registers(), run);
}

#[test]
fn a_switch_makes_the_purgatory_print_success_on_its_console() {
    let mut loaded = LoadedImage::with("");
    loaded.switches = Switches { console_serial: true, serial_base: 0x2f8, ..Switches::default() };
    let text = loaded.run().text;
    assert_eq!((text[0].is_empty(), text[1].lines().count()), (true, 6), "{text:?}");
    loaded.switches = Switches { console_vga: true, ..Switches::default() };
    let ran = loaded.run();
    assert_eq!(ran.text[0].lines().count(), 6, "without a serial switch ttyS0 stays: {ran:?}");
    let shown = loaded.machine.cells.row(24);
    assert!(shown.trim_end().ends_with("action=boot"), "{shown}");
}

#[test]
fn low_memory_is_copied_and_the_command_line_extended_if_the_image_is_started() {
    let tasks = |line: &str, corrupted: bool, unmapped: bool| {
        let mut loaded = LoadedImage::with(line);
        loaded.backup = Some(Backup { from: LOW.start, len: LOW.len, to: BACKUP.start });
        if corrupted {
            loaded.machine.memory.pieces.0[1].1[0] ^= 1;
        }
        if unmapped {
            loaded.machine.memory.pieces.0.remove(0);
        }
        let ran = loaded.run();
        (ran.end, ran.written, ran.text[0].lines().next().map(str::to_owned))
    };
    let copied = vec![(BACKUP.start, vec![0x33; 0x20])];
    let started = OwnedEnd::HandOff(registers());
    assert_eq!(tasks("", false, false), (started, copied.clone(), None));
    let failed = "purgatory: warning: backup-unusable at 0x0000000002000000 ".to_owned();
    assert_eq!(tasks("", false, true), (started, vec![], Some(failed)));
    let mismatch = Some("purgatory: mismatch".to_owned());
    assert_eq!(tasks("", true, false), (OwnedEnd::Halt, vec![], mismatch.clone()));
    let continued = tasks("purgatory.on_failure=continue", true, false);
    assert_eq!(continued, (started, copied, mismatch));
}

#[test]
fn the_address_to_call_back_is_appended_to_the_command_line() {
    let mut loaded = LoadedImage::with("quiet");
    loaded.skip_checks();
    loaded.machine.memory.pieces.0[3].1.resize(0x2000, 0);
    loaded.jump_back = JumpBack { entry: 0x1234_5000, cmdline_end: LINE + 5 };
    let ran = loaded.run();
    let parameter = b" kexec_jump_back_entry=0x0000000012345000\0".to_vec();
    assert_eq!(ran.written, [(LINE + 5, parameter)]);
    assert_eq!(ran.end, OwnedEnd::HandOff(registers()));
    loaded.jump_back.cmdline_end = LINE + 4;
    let ran = loaded.run();
    let warning = "purgatory: warning: command-line-end-unusable at 0x";
    assert!(ran.written.is_empty() && ran.text[0].starts_with(warning), "{ran:?}");
}
