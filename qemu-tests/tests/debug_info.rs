//! Dumps of stock kernels that `purgatory load` has loaded the capture kernel for, read with the kernels' debugging
//! information, which is fetched: 300 MB a kernel. `cargo xtask test --full` runs this.

use std::process::ExitCode;

use anyhow::{Result, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use qemu_tests::native::case::Case;
use qemu_tests::native::cases::READ;
use qemu_tests::native::readers;
use qemu_tests::native::run::{dump, run};
use qemu_tests::native::setup::Setup;

const DEBUG_INFO: Case = Case { name: "debug-info", ..READ };

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(1));
    let trial = |setup: Setup| {
        let name = format!("{}::{}", setup.kernel.name, DEBUG_INFO.name);
        Trial::test(name, move || one(&setup).map_err(|error| Failed::from(format!("{error:#}"))))
    };
    let trials = Setup::all()?.into_iter().map(trial).collect();
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn one(setup: &Setup) -> Result<()> {
    run(setup, &DEBUG_INFO, None)?;
    let (dump, release) = (dump(setup, &DEBUG_INFO), &setup.files()?.release);
    readers::check_with_debug_info(&dump, &setup.kernel, release)?;
    readers::cut_short(&dump)?;
    let read = readers::check_with_debug_info(&dump, &setup.kernel, release);
    ensure!(read.is_err(), "the readers read what is no longer there");
    Ok(())
}
