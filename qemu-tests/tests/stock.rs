//! Runs on stock kernels: one machine a test, two at a time.
//!
//! The directories in `target/qemu-tests` have the serial logs.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use purgatory_abi::Loader;
use qemu_tests::FULL;
use qemu_tests::stock::case::{Case, Image, Purgatory};
use qemu_tests::stock::cases::{self, linux};
use qemu_tests::stock::elfcorehdr::{self, as_linux};
use qemu_tests::stock::files::Setup;
use qemu_tests::stock::machine::Machine;
use qemu_tests::stock::run::{dump, run};
use qemu_tests::stock::state::State;
use qemu_tests::stock::states::States;
use qemu_tests::stock::{placement, readers, refusals};

/// Machines at a time, unless the arguments say otherwise: most have one processor.
const AT_A_TIME: usize = 2;

type Check = Box<dyn FnOnce(&Arc<State>) -> Result<()> + Send>;

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(AT_A_TIME));
    let setups: Vec<Arc<Setup>> = Setup::all()?.into_iter().map(Arc::new).collect();
    let mut states = States::default();
    let mut trials = Vec::new();
    for case in cases::all() {
        for (index, setup) in setups.iter().enumerate() {
            for purgatory in Purgatory::ALL {
                let runs =
                    case.run(purgatory).filter(|_| case.kernels.contains(index, setups.len()));
                let Some(runs) = runs else { continue };
                let always = runs.always.contains(index, setups.len());
                let state = states.load(setup, case, purgatory);
                let name = format!("{}::{}", purgatory.name(), case.name);
                let run = move |state: &Arc<State>| one(state, case, purgatory);
                trials.push(trial(always, case.loader, setup, &name, state, run));
            }
        }
    }
    for (index, setup) in setups.iter().enumerate() {
        // The kernel places both in the same way.
        for (purgatory, always) in [(Purgatory::Ours, true), (Purgatory::Stock, false)] {
            let state = states.load(setup, &linux::ALL[0], purgatory);
            let name = format!("{}::placement", purgatory.name());
            let run = move |state: &Arc<State>| placement::check(state, purgatory);
            trials.push(trial(always, Loader::Linux, setup, &name, state, run));
        }
        let mut native = |machine, name: &str, run: Check| {
            let state = states.boot(setup, machine, Image::BzImage);
            trials.push(trial(true, Loader::Native, setup, name, state, run));
        };
        native(Machine::SMALL, "loaded-stays", Box::new(refusals::loaded_stays));
        native(Machine::SMALL, "without-memory", Box::new(refusals::without_memory));
        for (name, machine, kernels) in elfcorehdr::MACHINES {
            if kernels.contains(index, setups.len()) {
                let run = move |state: &Arc<State>| as_linux(state, name, machine);
                native(machine, &format!("elfcorehdr::{name}"), Box::new(run));
            }
        }
    }
    drop(states);
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn trial(
    always: bool,
    loader: Loader,
    setup: &Setup,
    name: &str,
    state: Arc<State>,
    run: impl FnOnce(&Arc<State>) -> Result<()> + Send + 'static,
) -> Trial {
    let prefix = if always { "" } else { FULL };
    let name = format!("{prefix}{}::{}::{name}", loader.name(), setup.kernel.name);
    Trial::test(name, move || run(&state).map_err(|error| Failed::from(format!("{error:#}"))))
}

fn one(state: &Arc<State>, case: &'static Case, purgatory: Purgatory) -> Result<()> {
    run(case, purgatory, state, None)?;
    if case.read {
        let (dump, setup) = (dump(case, state), state.setup());
        let release = &setup.files()?.release;
        let with_debug_info = || readers::check_with_debug_info(&dump, &setup.kernel, release);
        readers::check(&dump, release)?;
        ensure!(readers::check(&dump, "0.0").is_err(), "the readers also find a wrong release");
        if case.debug_info {
            with_debug_info()?;
        }
        readers::cut_short(&dump)?;
        let read =
            readers::check(&dump, release).is_ok() || case.debug_info && with_debug_info().is_ok();
        ensure!(!read, "the readers read data that is no longer in the dump");
    }
    Ok(())
}
