//! The states that Linux enters a purgatory in, and harsher ones.

use anyhow::{Result, ensure};
use boot_shim::setup::{Entry, Place, Setup};
use purgatory_abi::Loader;
use qemu_tests::shim::{Case, Outcome};

use crate::{PLAIN, with_any_registers};

/// Four levels of page tables, and five.
const LEVELS: [(&str, &str); 2] = [("4-levels", "max,la57=off"), ("5-levels", "max,la57=on")];

/// The purgatory's counters begin at zero, for any previous content of its memory.
fn counts_from_zero(outcome: &Outcome) -> Result<()> {
    ensure!(outcome.verdict(0)?.nmis == 0, "NMIs were counted without an NMI");
    Ok(())
}

pub(crate) fn cases(blob: Loader) -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in [Entry::Linux6_1, Entry::Linux6_16] {
        for place in [Place::Crash, Place::Low, Place::High] {
            for (levels, cpu) in LEVELS {
                let name = format!("{entry:?}/{place:?}/{levels}");
                let setup = Setup { entry, place, ..PLAIN };
                cases.extend(Case::lands(&name, setup, "purgatory.verbose").cpu(cpu).and_broken());
            }
        }
    }
    let everything = Setup {
        entry: Entry::Linux6_16,
        place: Place::Low,
        mce: true,
        ts: true,
        garbage: true,
        xcr0: Some(7),
        nmi_blocked: true,
        ..PLAIN
    };
    let registers = |setup| Setup { registers: true, ..with_any_registers(blob, setup) };
    for (name, setup) in [
        ("machine-checks-on", Setup { mce: true, ..PLAIN }),
        ("task-switched", Setup { ts: true, ..PLAIN }),
        ("dirty-registers", Setup { garbage: true, ..PLAIN }),
        ("dirty-sse", Setup { garbage: true, xcr0: Some(1), ..PLAIN }),
        ("dirty-avx", Setup { garbage: true, xcr0: Some(7), ..PLAIN }),
        ("xcr0-sse", Setup { xcr0: Some(3), ..PLAIN }),
        ("registers-of-the-image", registers(PLAIN)),
        ("everything", everything),
        ("everything/registers-of-the-image", registers(everything)),
    ] {
        let case = Case::lands(name, setup, "purgatory.verbose").check(counts_from_zero);
        cases.extend(case.and_broken());
    }
    cases.push(Case::lands("quiet", PLAIN, "").silent(0));
    cases
}
