//! Images that kexec-tools starts in 32-bit protected mode and in real mode.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Error, Result, bail, ensure};
use purgatory_abi::status::{Action, Status};
use qemu_tests::qemu::Qmp;
use qemu_tests::shim::{Case, Ending};
use serde_json::json;

/// Where a real-mode image wants the blob.
const REAL: &str = "mode=16 place=low";
const REAL_DEBUG: &str = "mode=16-debug place=low";
const VERBOSE: &str = "purgatory.verbose";

/// Between two looks at the machine, and how many there are.
const POLL: Duration = Duration::from_millis(20);
const LOOKS: usize = 500;
/// Attributes of a segment as the emulator shows them: its limit counts pages; it is one of 32-bit code or stack.
const PAGES_OR_32_BIT: u32 = 0xc0_0000;

/// What no instruction tells in real mode, and the emulator does not enforce: where the processor takes segments to begin
/// and to end.
fn segments_of_real_mode(qmp: &mut Qmp) -> Result<()> {
    let registers = json!({ "command-line": "info registers" });
    for _ in 0..LOOKS {
        let shown = qmp.command("human-monitor-command", registers.clone())?;
        let shown = shown.as_str().context("the monitor shows no registers")?;
        if shown.contains("HLT=1") {
            return ["CS", "DS", "ES", "SS", "FS", "GS"].into_iter().try_for_each(|name| {
                is_of_real_mode(name, shown).with_context(|| format!("{name} in {shown}"))
            });
        }
        thread::sleep(POLL);
    }
    bail!("it does not halt")
}

/// Looks at the line `NAME =SELECTOR BASE LIMIT ATTRIBUTES`.
fn is_of_real_mode(name: &str, shown: &str) -> Result<()> {
    let line = shown.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" ="));
    let mut numbers = line.context("not shown")?.split_ascii_whitespace();
    let mut next = || Ok::<_, Error>(u32::from_str_radix(numbers.next().context("cut off")?, 16)?);
    let (selector, base, limit, attributes) = (next()?, next()?, next()?, next()?);
    ensure!(base == selector * 16, "it begins at {base:#x}");
    ensure!(limit == 0xffff, "its last byte is {limit:#x}");
    ensure!(attributes & PAGES_OR_32_BIT == 0, "its attributes are {attributes:#x}");
    Ok(())
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, settings, cpu) in [
        // The stack pointer at the two arguments that 32-bit ELF images get, the other registers 0.
        ("32/stack-arguments", "mode=32".to_owned(), "max,la57=off"),
        ("32/stack-arguments/low", "mode=32 place=low".to_owned(), "max,la57=off"),
        // No stack pointer at all: the blob's own stack stands in, and an NMI finds room there.
        ("32/no-stack", "mode=32-no-stack".to_owned(), "max,la57=off"),
        ("32/no-stack/low", "mode=32-no-stack place=low".to_owned(), "max,la57=off"),
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
    let halting = "mode=16-halt place=low registers";
    cases.push(
        Case::ends("16/segments-from-outside", halting, VERBOSE, Ending::Halts)
            .act(segments_of_real_mode)
            .verdict(Status::Verified, Action::Boot),
    );
    cases
}
