//! elfcorehdr as `purgatory load` makes it, beside that which Linux makes for `kexec -s`: one machine a test, one at a time.
//!
//! The serial logs are in folders of `target/qemu-tests`.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use libtest_mimic::{Arguments, Failed, Trial};
use qemu_tests::native::case::Machine;
use qemu_tests::native::elfcorehdr::as_linux;
use qemu_tests::native::setup::Setup;

/// One processor, four, one of four; two crash regions; RAM in many pieces; page tables of five levels.
const MACHINES: [Machine; 6] = [
    Machine::Small,
    Machine::Processors4,
    Machine::Pluggable,
    Machine::Above4G,
    Machine::Uefi,
    Machine::Levels5,
];

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(1));
    let mut trials = Vec::new();
    for setup in Setup::all()?.into_iter().map(Arc::new) {
        for machine in MACHINES {
            let name = format!("{}::{machine:?}", setup.kernel.name);
            let setup = Arc::clone(&setup);
            trials.push(Trial::test(name, move || {
                as_linux(&setup, machine).map_err(|error| Failed::from(format!("{error:#}")))
            }));
        }
    }
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}
