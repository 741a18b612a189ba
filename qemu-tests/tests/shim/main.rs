//! The blobs in the boot shim: every case is one named test, and one virtual machine.
//!
//! Two machines at a time; `cargo test --test shim -- NAME` runs the cases whose names contain NAME.

mod bad_input;
mod code_check;
mod confidential;
mod consoles;
mod entry_states;
mod faults;
mod instructions;
mod interrupts;
mod kexec_tools;
mod legacy;
mod native;
mod policy;
mod processors;
mod verification;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, ensure};
use boot_shim::fault::{Byte, Fault, Part};
use boot_shim::setup::{KexecTools, Regions, Setup};
use libtest_mimic::{Arguments, Trial};
use purgatory_abi::Loader;
use purgatory_abi::status::Status;
use qemu_tests::shim::{Case, Outcome};
use qemu_tests::{emulator, workspace};

/// An intact image that is entered as by Linux 6.1.
const PLAIN: Setup<'static> = Setup::PLAIN;
/// The image of most negative cases: a byte of the kernel is corrupted.
const CORRUPTED: Setup<'static> = flip(Part::Kernel, Byte::Guest);

/// An image with a corrupted byte.
const fn flip(part: Part, byte: Byte) -> Setup<'static> {
    PLAIN.with(Fault::flip(part, byte))
}

/// An intact image with these tables of kexec-tools.
const fn tools(kexec_tools: KexecTools) -> Setup<'static> {
    Setup { kexec_tools, ..PLAIN }
}

/// The same image. The drop-ins accept any registers: without regions there is nothing to compare them with.
fn with_any_registers(blob: Loader, setup: Setup<'static>) -> Setup<'static> {
    match blob {
        Loader::Linux | Loader::KexecTools => Setup { regions: Regions::None, ..setup },
        Loader::Native => setup,
    }
}

/// Asks for a report on an intact image too.
const VERBOSE: &str = "purgatory.verbose";
/// Halts, whatever the failure is.
const HALT: &str = "purgatory.on_failure=halt";

/// Long enough that an event after [`UNDER_WAY`] comes while the blob verifies.
const LONG: Setup<'static> = Setup { kernel_bytes: 32 << 20, ..PLAIN };
/// After this the blob, entered a moment ago, verifies.
const UNDER_WAY: Duration = Duration::from_millis(150);

/// The verdict is on ttyS1.
fn on_the_second_port(outcome: &Outcome) -> Result<()> {
    ensure!(outcome.verdict(1)?.status == Status::Mismatch, "another verdict on ttyS1");
    Ok(())
}

/// As many as the smallest machine that runs them has cores.
const MACHINES: usize = 2;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(MACHINES);
    if !arguments.list
        && let Err(error) = emulator::get()
    {
        eprintln!("{error:#}");
        return ExitCode::FAILURE;
    }
    let mut trials = Vec::new();
    for blob in Loader::ALL {
        for (topic, cases) in of_every_blob(blob) {
            trials.extend(cases.into_iter().map(|case| trial(blob, topic, case)));
        }
    }
    for (topic, cases) in kexec_tools::cases().into_iter().chain([("legacy", legacy::cases())]) {
        trials.extend(cases.into_iter().map(|case| trial(Loader::KexecTools, topic, case)));
    }
    for (topic, cases) in native::cases() {
        trials.extend(cases.into_iter().map(|case| trial(Loader::Native, topic, case)));
    }
    trials.extend(instructions::trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Cases for each of our blobs.
fn of_every_blob(blob: Loader) -> [(&'static str, Vec<Case>); 10] {
    [
        ("entry-states", entry_states::cases(blob)),
        ("verification", verification::cases(blob)),
        ("bad-input", bad_input::cases(blob)),
        ("code-check", code_check::cases(blob)),
        ("consoles", consoles::cases(blob)),
        ("policy", policy::cases(blob)),
        ("interrupts", interrupts::cases(blob)),
        ("faults", faults::cases(blob)),
        ("processors", processors::cases(blob)),
        ("confidential", confidential::cases(blob)),
    ]
}

/// Of cases that the same code decides in each blob, the first is enough for the native one.
fn enough<T>(blob: Loader, all: &[T]) -> &[T] {
    match blob {
        Loader::Linux | Loader::KexecTools => all,
        Loader::Native => &all[..1],
    }
}

fn trial(blob: Loader, topic: &str, case: Case) -> Trial {
    let topic = match blob {
        Loader::Linux => topic.to_owned(),
        Loader::KexecTools | Loader::Native => format!("{}/{topic}", blob.name()),
    };
    let case = case.of(blob);
    Trial::test(format!("{topic}/{}", case.name()), move || {
        case.run(&workspace::runs().join("shim").join(&topic))
            .map_err(|error| format!("{error:#}").into())
    })
}
