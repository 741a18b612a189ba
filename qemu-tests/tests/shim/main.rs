//! The blob in the boot shim: every case is one named test, and one virtual machine.
//!
//! Two machines at a time; `cargo test --test shim -- NAME` runs the cases whose names contain NAME.

mod bad_input;
mod confidential;
mod consoles;
mod entry_states;
mod faults;
mod interrupts;
mod policy;
mod processors;
mod verification;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use qemu_tests::shim::Case;
use qemu_tests::{emulator, workspace};

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
    let cases = [
        ("entry-states", entry_states::cases()),
        ("verification", verification::cases()),
        ("bad-input", bad_input::cases()),
        ("consoles", consoles::cases()),
        ("policy", policy::cases()),
        ("interrupts", interrupts::cases()),
        ("faults", faults::cases()),
        ("processors", processors::cases()),
        ("confidential", confidential::cases()),
    ];
    let trials = cases
        .into_iter()
        .flat_map(|(topic, cases)| cases.into_iter().map(move |case| trial(topic, case)))
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(topic: &'static str, case: Case) -> Trial {
    Trial::test(format!("{topic}/{}", case.name()), move || {
        case.run(&workspace::runs().join("shim").join(topic))
            .map_err(|error| format!("{error:#}").into())
    })
}
