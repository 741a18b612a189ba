//! Images that kexec-tools starts in 32-bit protected mode and in real mode.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Error, Result, bail, ensure};
use boot_shim::setup::{Entry, Mode, Place, Rip, Setup};
use purgatory_abi::status::{Action, Status};
use qemu_tests::qemu::Qmp;
use qemu_tests::shim::{Case, Ending};

use crate::{PLAIN, VERBOSE};

const BITS_32: Setup<'static> = Setup { mode: Mode::Bits32, ..PLAIN };
const NO_STACK: Setup<'static> = Setup { mode: Mode::Bits32NoStack, ..PLAIN };
const REGISTERS_32: Setup<'static> = Setup { registers: true, ..BITS_32 };
/// A real-mode image wants the blob in low memory.
const REAL: Setup<'static> = Setup { mode: Mode::Bits16, place: Place::Low, ..PLAIN };
const REGISTERS_16: Setup<'static> = Setup { registers: true, ..REAL };
const REAL_DEBUG: Setup<'static> = Setup { mode: Mode::Bits16Debug, ..REAL };

/// Between two looks at the machine, and how many there are.
const POLL: Duration = Duration::from_millis(20);
const LOOKS: usize = 500;
/// Attributes of a segment as the emulator shows them: its limit counts pages; it is one of 32-bit code or stack.
const PAGES_OR_32_BIT: u32 = 0xc0_0000;

/// What no instruction tells in real mode, and the emulator does not enforce: where the processor takes segments to
/// begin and to end.
fn segments_of_real_mode(qmp: &mut Qmp) -> Result<()> {
    for _ in 0..LOOKS {
        let shown = &qmp.monitor("info registers")?;
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
    for (name, setup, cpu) in [
        // The stack pointer at the two arguments that 32-bit ELF images get, the other registers 0.
        ("32/stack-arguments", BITS_32, Case::CPU),
        ("32/stack-arguments/low", Setup { place: Place::Low, ..BITS_32 }, Case::CPU),
        // Without a stack pointer the blob's own stack is used, and an NMI finds room there.
        ("32/no-stack", NO_STACK, Case::CPU),
        ("32/no-stack/low", Setup { place: Place::Low, ..NO_STACK }, Case::CPU),
        // Every register with a value of its own.
        ("32/registers", REGISTERS_32, Case::CPU),
        ("32/registers/low", Setup { place: Place::Low, ..REGISTERS_32 }, Case::CPU),
        ("32/registers/6.16", Setup { entry: Entry::Linux6_16, ..REGISTERS_32 }, Case::CPU),
        ("32/registers/5-levels", REGISTERS_32, "max,la57=on"),
        ("32/registers/scalar", REGISTERS_32, "qemu64"),
        ("32/machine-checks-on", Setup { mce: true, ..REGISTERS_32 }, Case::CPU),
        ("32/task-switched", Setup { ts: true, ..REGISTERS_32 }, Case::CPU),
        ("32/dirty", Setup { garbage: true, xcr0: Some(7), ..REGISTERS_32 }, Case::CPU),
        // The segments that a real-mode kernel is started with, the other registers 0.
        ("16/segments", REAL, Case::CPU),
        ("16/registers", REGISTERS_16, Case::CPU),
        ("16/registers/6.16", Setup { entry: Entry::Linux6_16, ..REGISTERS_16 }, Case::CPU),
        ("16/registers/5-levels", REGISTERS_16, "max,la57=on"),
        ("16/machine-checks-on", Setup { mce: true, ..REGISTERS_16 }, Case::CPU),
        ("16/dirty", Setup { garbage: true, xcr0: Some(7), ts: true, ..REGISTERS_16 }, Case::CPU),
        // Once more through the blob, as with kexec's -d.
        ("16/debug", REAL_DEBUG, Case::CPU),
        ("16/debug/registers", Setup { registers: true, ..REAL_DEBUG }, Case::CPU),
    ] {
        let case = Case::lands(name, setup, VERBOSE).cpu(cpu);
        cases.extend(case.verdict(Status::Verified, Action::Boot).and_broken());
    }
    for (name, setup, status) in [
        ("32/entry-unmapped", Setup { rip: Rip::Unmapped, ..BITS_32 }, Status::EntryUnmapped),
        ("32/entry-in-the-blob", Setup { rip: Rip::Blob, ..BITS_32 }, Status::EntryUnmapped),
        // Mapped, and in no region.
        ("32/entry-outside", Setup { rip: Rip::NoExecute, ..BITS_32 }, Status::RegistersInvalid),
        // All memory that real mode reaches is mapped: the blob's own counts as unmapped.
        ("16/entry-in-the-blob", Setup { rip: Rip::Blob, ..REAL }, Status::EntryUnmapped),
        (
            "16/debug/entry-in-the-blob",
            Setup { rip: Rip::Blob, ..REAL_DEBUG },
            Status::EntryUnmapped,
        ),
    ] {
        cases.push(Case::fails(name, setup, "", status));
    }
    let halting = Setup { mode: Mode::Bits16Halt, ..REGISTERS_16 };
    cases.push(
        Case::ends("16/segments-from-outside", halting, VERBOSE, Ending::Halts)
            .act(segments_of_real_mode)
            .verdict(Status::Verified, Action::Boot),
    );
    cases
}
