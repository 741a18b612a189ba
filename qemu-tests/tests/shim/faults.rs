//! Exceptions that nothing expected: reported, and never a triple fault.

use std::thread;

use anyhow::{Context, Result, ensure};
use boot_shim::setup::{Entry, Guest, Rip, Setup};
use purgatory_abi::Loader;
use purgatory_abi::report::{FaultLine, Line, REGISTERS};
use purgatory_abi::status::Status;
use qemu_tests::qemu::Qmp;
use qemu_tests::shim::{Case, Outcome};

use crate::{HALT, LONG, PLAIN, UNDER_WAY, with_any_registers};

/// Long enough to verify that the shim's timer does.
pub(crate) const INJECT: Setup<'static> =
    Setup { guest: Guest::Inject, kernel_bytes: 4 << 20, ..PLAIN };
/// The vectors of exceptions. 2 is no exception: an NMI is survived.
const EXCEPTIONS: std::ops::Range<u8> = 0..32;
const NMI: u8 = 2;
/// Those that are enough for the native blob, whose handlers are the others': without an error code and with one, and
/// those with something of their own.
const OF_NATIVE: [u8; 6] = [0, 6, 13, 14, 18, 29];
/// The ones that the shim injects with its error code.
const WITH_ERROR_CODE: [u8; 10] = [8, 10, 11, 12, 13, 14, 17, 21, 29, 30];

/// Memory that went bad: an uncorrected error in bank 0, with the processor in no state to go on.
fn machine_check(qmp: &mut Qmp) -> Result<()> {
    thread::sleep(UNDER_WAY);
    qmp.monitor("mce 0 0 0xb200000000000000 0x5 0 0").map(drop)
}

/// Where the shim injected, in the report.
fn names_the_place(outcome: &Outcome) -> Result<()> {
    let place = outcome
        .shim
        .lines()
        .find_map(|line| line.strip_prefix("shim: inject ")?.split_once(" at 0x"))
        .and_then(|(_, place)| u64::from_str_radix(place, 16).ok());
    let place = place.context("the shim injected nothing")?;
    let named = |line: &Line<'_>| matches!(line, Line::Pointers(line) if line.rip == place);
    ensure!(outcome.report(0).lines.iter().any(named), "rip is not {place:#x} in the report");
    Ok(())
}

pub(crate) fn cases(blob: Loader) -> Vec<Case> {
    let mut cases = Vec::new();
    let is_tried = |vector: &u8| match blob {
        Loader::Linux | Loader::KexecTools => *vector != NMI,
        Loader::Native => OF_NATIVE.contains(vector),
    };
    for vector in EXCEPTIONS.filter(is_tried) {
        let setup = Setup { inject: vector, ..INJECT };
        let error_code = if WITH_ERROR_CODE.contains(&vector) { 0x5a5a } else { 0 };
        let vector_line = FaultLine { vector: vector.into(), error_code, cr2: 0x1234_5678_9abc };
        cases.push(
            Case::fails(&format!("vector-{vector}"), setup, "", Status::Fault)
                // Not at an instruction that is tried out: there it would be survived.
                .counting()
                .check(names_the_place)
                .check(move |outcome| {
                    let lines = outcome.report(0).lines;
                    ensure!(lines.contains(&vector_line.into()), "no {vector_line:?}");
                    let register = |line: &&Line<'_>| matches!(line, Line::Register(_));
                    let registers = lines.iter().filter(register).count();
                    ensure!(registers == REGISTERS, "{registers} registers");
                    Ok(())
                }),
        );
    }
    for entry in [Entry::Linux6_1, Entry::Linux6_16] {
        let name = format!("machine-check/{entry:?}");
        cases.push(
            Case::fails(&name, Setup { entry, ..LONG }, "", Status::Fault)
                .act(machine_check)
                .says("vector 18"),
        );
    }
    let no_execute = with_any_registers(blob, Setup { rip: Rip::NoExecute, ..PLAIN });
    // After the hand-off the blob's IDT is still loaded, and reports a jump to an unmapped address; then the machine is
    // reset, as it would be without an IDT.
    cases.push(
        Case::resets("entry-not-executable", no_execute, HALT, Status::Fault)
            .says("vector 14")
            .says("rip 0x0000000002800000"),
    );
    cases
}
