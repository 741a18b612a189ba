//! Dumps of stock kernels that `purgatory load` has loaded the capture kernel for, read with the kernels' debugging
//! information, which is fetched: 300 MB a kernel. `cargo xtask test --full` runs this.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use qemu_tests::stock::case::{Case, Purgatory};
use qemu_tests::stock::cases::native::READ;
use qemu_tests::stock::files::Setup;
use qemu_tests::stock::readers;
use qemu_tests::stock::run::{dump, run};
use qemu_tests::stock::state::State;
use qemu_tests::stock::states::States;

static DEBUG_INFO: Case = Case { name: "debug-info", ..READ };

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(1));
    let trial = |setup: Setup| {
        let name = format!("{}::{}", setup.kernel.name, DEBUG_INFO.name);
        let state = States::default().load(&Arc::new(setup), &DEBUG_INFO, Purgatory::Ours);
        Trial::test(name, move || one(&state).map_err(|error| Failed::from(format!("{error:#}"))))
    };
    let trials = Setup::all()?.into_iter().map(trial).collect();
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn one(state: &Arc<State>) -> Result<()> {
    run(&DEBUG_INFO, Purgatory::Ours, state, None)?;
    let (dump, setup) = (dump(&DEBUG_INFO, state), state.setup());
    let release = &setup.files()?.release;
    readers::check_with_debug_info(&dump, &setup.kernel, release)?;
    readers::cut_short(&dump)?;
    let read = readers::check_with_debug_info(&dump, &setup.kernel, release);
    ensure!(read.is_err(), "the readers read what is no longer there");
    Ok(())
}
