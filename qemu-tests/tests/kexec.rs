//! Debian 12's kexec between stock kernels, with its own purgatory and with ours: one machine a test, two at a time.
//!
//! When all have run and ended as expected, `target/qemu-tests/kexec-tools-table.md` holds what was seen.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use libtest_mimic::{Arguments, Failed, Trial};
use qemu_tests::crash::case::Purgatory;
use qemu_tests::kexec::case::Case;
use qemu_tests::kexec::cases::ALL;
use qemu_tests::kexec::run::run;
use qemu_tests::kexec::setup::Setup;
use qemu_tests::kexec::table::{Row, table};
use qemu_tests::{FULL, workspace};

/// Machines at a time, where nothing else is asked for: one has one processor.
const AT_A_TIME: usize = 2;

type Rows = Arc<Mutex<Vec<Row>>>;

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(AT_A_TIME));
    let setups: Vec<Arc<Setup>> = Setup::all()?.into_iter().map(Arc::new).collect();
    let kernels: Vec<&str> = setups.iter().map(|setup| setup.kernel.name.as_str()).collect();
    let rows = Rows::default();
    let mut trials = Vec::new();
    for setup in &setups {
        for purgatory in Purgatory::ALL {
            let cases = ALL.iter().filter(|case| setup.runs(case));
            trials.extend(cases.map(|case| trial(setup, purgatory, case, &rows)));
        }
    }
    let runs = trials.len();
    let conclusion = libtest_mimic::run(&arguments, trials);
    let rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
    if rows.len() == runs {
        let file = workspace::runs().join("kexec-tools-table.md");
        std::fs::write(&file, table(&rows, &kernels))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(conclusion.exit_code())
}

fn trial(setup: &Arc<Setup>, purgatory: Purgatory, case: &'static Case, rows: &Rows) -> Trial {
    let prefix = if setup.is_for_full(purgatory, case) { FULL } else { "" };
    let name = format!("{prefix}{}::{}::{}", setup.kernel.name, purgatory.name(), case.name);
    let (setup, rows) = (Arc::clone(setup), Arc::clone(rows));
    Trial::test(name, move || {
        let (seen, tails) = run(&setup, purgatory, case).map_err(failed)?;
        seen.check(case.expected(purgatory)).context(tails).map_err(failed)?;
        let kernel = setup.kernel.name.clone();
        let row = Row { kernel, purgatory, case: case.name, seen: seen.to_string() };
        rows.lock().unwrap_or_else(PoisonError::into_inner).push(row);
        Ok(())
    })
}

fn failed(error: anyhow::Error) -> Failed {
    format!("{error:#}").into()
}
