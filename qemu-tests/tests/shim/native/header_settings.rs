//! Consoles and policy of the header, which come before those of the command line.

use std::time::Duration;

use anyhow::{Result, ensure};
use boot_shim::fault::{Byte, Part};
use boot_shim::setup::HeaderSetting::{
    self, Continue, FinalElfcorehdr, Halt, Reset, Silent, TtyS0, TtyS1, Verbose,
};
use boot_shim::setup::{Contract, Setup};
use purgatory_abi::status::{Action, Status, Warning};
use qemu_tests::shim::{Case, Ending, Outcome, Uarts};

use crate::{CORRUPTED, PLAIN, flip, on_the_second_port};

/// Less than the three seconds of [`HeaderSetting::Reset`]: the RTC counts whole ones, and the first may have begun.
const LEAST: Duration = Duration::from_secs(2);

fn not_at_once(outcome: &Outcome) -> Result<()> {
    ensure!(outcome.took >= LEAST, "reset after {} ms", outcome.took.as_millis());
    Ok(())
}

/// Adds one or two defects to the header.
fn with<const N: usize>(setup: Setup<'static>, words: [HeaderSetting; N]) -> Setup<'static> {
    let mut words = words.into_iter();
    Setup { header_settings: [words.next(), words.next()], ..setup }
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = consoles();
    cases.extend(policies());
    let verbose = Case::lands("verbose", with(PLAIN, [Verbose]), "");
    cases.push(verbose.verdict(Status::Verified, Action::Boot));
    cases.push(Case::lands("verbose/not", with(PLAIN, [Halt]), "").silent(0));
    // The middle of elfcorehdr is no field that a check reads.
    let final_elfcorehdr = |name: &str, setup| {
        Case::lands(name, with(setup, [FinalElfcorehdr, Verbose]), "")
            .verdict(Status::Verified, Action::Boot)
    };
    cases.push(
        final_elfcorehdr("elfcorehdr/intact", PLAIN).does_not_warn(Warning::ElfcorehdrChanged),
    );
    cases.push(
        final_elfcorehdr("elfcorehdr/changed", flip(Part::Elfcorehdr, Byte::Middle))
            .warns(Warning::ElfcorehdrChanged),
    );
    cases
}

fn consoles() -> Vec<Case> {
    let two_ports = |name: &str, setup, line: &str| {
        Case::ends(name, setup, line, Ending::Halts).uarts(Uarts::Two)
    };
    let ttys1 = with(CORRUPTED, [TtyS1]);
    let bad_port = Setup { contract: Contract::ConsolePort, ..CORRUPTED };
    let header_corrupted = with(flip(Part::Header, Byte::Middle), [TtyS1]);
    vec![
        two_ports("console", ttys1, "").silent(0).check(on_the_second_port),
        two_ports("console/before-ours", ttys1, "purgatory.console=ttyS0")
            .silent(0)
            .check(on_the_second_port),
        two_ports("console/before-linux", ttys1, "console=ttyS0,115200")
            .silent(0)
            .check(on_the_second_port),
        two_ports("console/two", with(CORRUPTED, [TtyS0, TtyS1]), "")
            .verdict(Status::Mismatch, Action::Halt)
            .check(on_the_second_port),
        two_ports("console/none", with(CORRUPTED, [Silent]), "purgatory.console=ttyS1")
            .silent(0)
            .silent(1),
        two_ports("console/none-but", with(CORRUPTED, [Silent, TtyS1]), "purgatory.console=ttyS0")
            .silent(0)
            .check(on_the_second_port),
        // One that no UART has leaves it to the command line.
        two_ports("console/bad-port", bad_port, "")
            .warns(Warning::SerialBaseUnknown)
            .verdict(Status::Mismatch, Action::Halt)
            .silent(1),
        // Nor are those of a header that is corrupted spoken on: its ports may be any.
        Case::fails("console/corrupted", header_corrupted, "", Status::HeaderCorrupted)
            .uarts(Uarts::Two)
            .silent(1),
    ]
}

fn policies() -> Vec<Case> {
    let at_once = "purgatory.on_failure=reset";
    let header_corrupted = with(flip(Part::Header, Byte::Middle), [Continue]);
    vec![
        Case::halts("halt", with(CORRUPTED, [Halt]), at_once, Status::Mismatch),
        Case::ends("reset", with(CORRUPTED, [Reset]), at_once, Ending::Resets)
            .verdict(Status::Mismatch, Action::Reset)
            .check(not_at_once),
        Case::lands("continue", with(CORRUPTED, [Continue]), at_once)
            .verdict(Status::Mismatch, Action::Continue),
        // A header with a wrong digest is not the loader's.
        Case::halts("corrupted", header_corrupted, "", Status::HeaderCorrupted),
    ]
}
