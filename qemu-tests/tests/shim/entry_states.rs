//! The states that Linux enters a purgatory in, and harsher ones.

use anyhow::{Result, ensure};
use qemu_tests::shim::{Case, Outcome};

/// Four levels of page tables, and five.
const LEVELS: [(&str, &str); 2] = [("4-levels", "max,la57=off"), ("5-levels", "max,la57=on")];

/// What the purgatory counts begins at zero, whatever its memory was left like.
fn counts_from_zero(outcome: &Outcome) -> Result<()> {
    ensure!(outcome.serial[0].contains(" nmis=0 "), "NMIs were counted, and there was none");
    Ok(())
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in ["6.1", "6.16"] {
        for place in ["crash", "low", "high"] {
            for (levels, cpu) in LEVELS {
                let name = format!("{entry}/{place}/{levels}");
                let settings = format!("entry={entry} place={place}");
                cases.extend(
                    Case::lands(&name, &settings, "purgatory.verbose").cpu(cpu).and_broken(),
                );
            }
        }
    }
    for (name, settings) in [
        ("machine-checks-on", "mce"),
        ("task-switched", "ts"),
        ("dirty-registers", "garbage"),
        ("dirty-sse", "garbage xcr0=0x1"),
        ("dirty-avx", "garbage xcr0=0x7"),
        ("xcr0-sse", "xcr0=0x3"),
        ("registers-of-the-image", "registers"),
        ("everything", "entry=6.16 place=low mce ts garbage xcr0=0x7 registers nmi-blocked"),
    ] {
        let case = Case::lands(name, settings, "purgatory.verbose").check(counts_from_zero);
        cases.extend(case.and_broken());
    }
    cases.push(Case::lands("quiet", "", "").silent(0));
    cases
}
