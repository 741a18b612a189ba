//! elfcorehdr as `purgatory load` makes it, beside that which Linux makes for `kexec -s`: one machine a test, two at a time.
//!
//! The serial logs are in folders of `target/qemu-tests`.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use libtest_mimic::{Arguments, Failed, Trial};
use qemu_tests::native::case::{Kernels, Machine};
use qemu_tests::native::elfcorehdr::as_linux;
use qemu_tests::native::setup::Setup;

/// One processor, four, one of four; two crash regions; RAM in many pieces; page tables of five levels. On which processors
/// there are notes for, and on what a second region is left out of, kernels differ.
const MACHINES: [(Machine, Kernels); 6] = [
    (Machine::Small, Kernels::Newest),
    (Machine::Processors4, Kernels::All),
    (Machine::Pluggable, Kernels::All),
    (Machine::Above4G, Kernels::All),
    (Machine::Uefi, Kernels::Newest),
    (Machine::Levels5, Kernels::Newest),
];

/// Machines at a time, where nothing else is asked for: most have one processor.
const AT_A_TIME: usize = 2;

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(AT_A_TIME));
    let mut trials = Vec::new();
    for setup in Setup::all()?.into_iter().map(Arc::new) {
        for (machine, _) in MACHINES.into_iter().filter(|(_, kernels)| setup.is_of(*kernels)) {
            let name = format!("{}::{machine:?}", setup.kernel.name);
            let setup = Arc::clone(&setup);
            trials.push(Trial::test(name, move || {
                as_linux(&setup, machine).map_err(|error| Failed::from(format!("{error:#}")))
            }));
        }
    }
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}
