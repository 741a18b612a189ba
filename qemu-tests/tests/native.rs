//! `purgatory load` between stock kernels: one machine a test, two at a time.
//!
//! The serial logs are in folders of `target/qemu-tests`.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use qemu_tests::native::case::Case;
use qemu_tests::native::cases::ALL;
use qemu_tests::native::run::{dump, run};
use qemu_tests::native::setup::Setup;
use qemu_tests::native::{readers, refusals};

/// Machines at a time, where nothing else is asked for: most have one processor.
const AT_A_TIME: usize = 2;

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(AT_A_TIME));
    let mut trials = Vec::new();
    for setup in Setup::all()?.into_iter().map(Arc::new) {
        let cases = ALL.iter().filter(|case| setup.is_of(case.kernels));
        trials.extend(cases.map(|case| trial(&setup, case.name, move |setup| one(setup, case))));
        trials.push(trial(&setup, "loaded-stays", refusals::loaded_stays));
        trials.push(trial(&setup, "without-memory", refusals::without_memory));
    }
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn trial(
    setup: &Arc<Setup>,
    name: &str,
    run: impl FnOnce(&Setup) -> Result<()> + Send + 'static,
) -> Trial {
    let setup = Arc::clone(setup);
    Trial::test(format!("{}::{name}", setup.kernel.name), move || {
        run(&setup).map_err(|error| Failed::from(format!("{error:#}")))
    })
}

fn one(setup: &Setup, case: &Case) -> Result<()> {
    run(setup, case, None)?;
    if case.read {
        let (dump, release) = (dump(setup, case), &setup.files()?.release);
        readers::check(&dump, release)?;
        ensure!(readers::check(&dump, "0.0").is_err(), "the readers find another release too");
        readers::cut_short(&dump)?;
        ensure!(
            readers::check(&dump, release).is_err(),
            "the readers read what is no longer there"
        );
    }
    Ok(())
}
