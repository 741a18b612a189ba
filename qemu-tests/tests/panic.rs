//! Real panics of stock kernels, with the stock purgatory and with ours: one machine a test, two at a time.
//!
//! `target/qemu-tests/panic-table.md` holds what was seen, side by side, and the folders beside it the serial logs.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use libtest_mimic::{Arguments, Failed, Trial};
use qemu_tests::crash::case::{Case, Changed, OURS, Purgatory, Start, TWINS};
use qemu_tests::crash::placement;
use qemu_tests::crash::run::run;
use qemu_tests::crash::setup::Setup;
use qemu_tests::crash::table::{Row, table};
use qemu_tests::{FULL, kernels, workspace};

/// Machines at a time, where nothing else is asked for: one has one processor.
const AT_A_TIME: usize = 2;

type Rows = Arc<Mutex<Vec<Row>>>;

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(AT_A_TIME));
    let rows = Rows::default();
    let mut trials = Vec::new();
    let kernels = kernels::all()?;
    let newest = kernels.last().cloned();
    for kernel in kernels {
        // What is ours alone does not change from kernel to kernel, and the newest one's stock purgatory stands for all.
        let prefix = if newest.as_ref() == Some(&kernel) { "" } else { FULL };
        let setup = Arc::new(Setup::new(kernel));
        for case in &TWINS {
            // One digest covers all segments: which of them is changed makes no difference.
            let other = !matches!(case.changed, None | Some(Changed::Kernel | Changed::Elfcorehdr));
            let ours = if other { prefix } else { "" };
            // That the stock one starts a kernel is seen where nothing is changed.
            let stock = if other || case.start == Start::Exec { FULL } else { prefix };
            trials.push(panic_trial(ours, &setup, Purgatory::Ours, case, &rows));
            trials.push(panic_trial(stock, &setup, Purgatory::Stock, case, &rows));
        }
        let ours = |case| panic_trial(prefix, &setup, Purgatory::Ours, case, &rows);
        trials.extend(OURS.iter().map(ours));
        // The kernel places both in the same way.
        trials.push(placement_trial("", &setup, Purgatory::Ours));
        trials.push(placement_trial(FULL, &setup, Purgatory::Stock));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    let rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
    if !rows.is_empty() {
        let (table, file) = (table(&rows), workspace::runs().join("panic-table.md"));
        println!("{table}");
        std::fs::write(&file, table).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(conclusion.exit_code())
}

fn placement_trial(prefix: &str, setup: &Arc<Setup>, purgatory: Purgatory) -> Trial {
    let name = format!("{prefix}{}::{}::placement", setup.kernel.name, purgatory.name());
    let setup = Arc::clone(setup);
    Trial::test(name, move || placement::check(&setup, purgatory).map_err(failed))
}

fn panic_trial(
    prefix: &str,
    setup: &Arc<Setup>,
    purgatory: Purgatory,
    case: &'static Case,
    rows: &Rows,
) -> Trial {
    let name = format!("{prefix}{}::{}::{}", setup.kernel.name, purgatory.name(), case.name);
    let (setup, rows) = (Arc::clone(setup), Arc::clone(rows));
    Trial::test(name, move || {
        let seen = run(&setup, purgatory, case, None);
        let row = Row {
            kernel: setup.kernel.name.clone(),
            purgatory,
            case: case.name,
            seen: seen.as_ref().map(|(outcome, _)| outcome.clone()).map_err(|e| format!("{e:#}")),
        };
        rows.lock().unwrap_or_else(PoisonError::into_inner).push(row);
        let (outcome, facts) = seen.map_err(failed)?;
        let expected = case.expected(purgatory, &facts);
        let release = &setup.files().map_err(failed)?.release;
        outcome.check(case, &expected, release).map_err(failed)
    })
}

fn failed(error: anyhow::Error) -> Failed {
    format!("{error:#}").into()
}
