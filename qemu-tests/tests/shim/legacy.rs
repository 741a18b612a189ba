//! Images that kexec-tools starts in 32-bit protected mode and in real mode.

use purgatory_abi::status::{Action, Status};
use qemu_tests::shim::Case;

/// Where a real-mode image wants the blob.
const REAL: &str = "mode=16 place=low";
const REAL_DEBUG: &str = "mode=16-debug place=low";
const VERBOSE: &str = "purgatory.verbose";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, settings, cpu) in [
        // The stack pointer at the two arguments that 32-bit ELF images get, the other registers 0.
        ("32/stack-arguments", "mode=32".to_owned(), "max,la57=off"),
        ("32/stack-arguments/low", "mode=32 place=low".to_owned(), "max,la57=off"),
        // Every register with a value of its own.
        ("32/registers", "mode=32 registers".to_owned(), "max,la57=off"),
        ("32/registers/low", "mode=32 registers place=low".to_owned(), "max,la57=off"),
        ("32/registers/6.16", "mode=32 registers entry=6.16".to_owned(), "max,la57=off"),
        ("32/registers/5-levels", "mode=32 registers".to_owned(), "max,la57=on"),
        ("32/registers/scalar", "mode=32 registers".to_owned(), "qemu64"),
        ("32/machine-checks-on", "mode=32 registers mce".to_owned(), "max,la57=off"),
        ("32/task-switched", "mode=32 registers ts".to_owned(), "max,la57=off"),
        ("32/dirty", "mode=32 garbage xcr0=0x7 registers".to_owned(), "max,la57=off"),
        // The segments that a real-mode kernel is started with, the other registers 0.
        ("16/segments", REAL.to_owned(), "max,la57=off"),
        ("16/registers", format!("{REAL} registers"), "max,la57=off"),
        ("16/registers/6.16", format!("{REAL} registers entry=6.16"), "max,la57=off"),
        ("16/registers/5-levels", format!("{REAL} registers"), "max,la57=on"),
        ("16/machine-checks-on", format!("{REAL} registers mce"), "max,la57=off"),
        ("16/dirty", format!("{REAL} garbage xcr0=0x7 ts registers"), "max,la57=off"),
        // Once more through the blob, as with kexec's -d.
        ("16/debug", REAL_DEBUG.to_owned(), "max,la57=off"),
        ("16/debug/registers", format!("{REAL_DEBUG} registers"), "max,la57=off"),
    ] {
        let case = Case::lands(name, &settings, VERBOSE).cpu(cpu);
        cases.extend(case.verdict(Status::Verified, Action::Boot).and_broken());
    }
    for (name, settings) in [
        ("32/entry-unmapped", "mode=32 rip=unmapped"),
        ("32/entry-in-the-blob", "mode=32 rip=blob"),
        // All memory that real mode reaches is mapped: the blob's own counts as unmapped.
        ("16/entry-in-the-blob", "mode=16 place=low rip=blob"),
        ("16/debug/entry-in-the-blob", "mode=16-debug place=low rip=blob"),
    ] {
        cases.push(Case::halts(name, settings, "", Status::EntryUnmapped));
    }
    cases
}
