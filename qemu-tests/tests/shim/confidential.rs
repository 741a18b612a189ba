//! Guests in which ports, CPUID and model-specific registers raise exceptions.

use anyhow::{Result, ensure};
use boot_shim::setup::{Entry, Guest, Place, Setup};
use purgatory_abi::Loader;
use qemu_tests::shim::{Case, Ending, Outcome};

use crate::{CORRUPTED, PLAIN};

/// No instruction that a confidential guest has to ask its host for, but ports, which are tried out; and no #VE that
/// comes before the one before it was asked for, which is a double fault.
pub(crate) fn only_ports(outcome: &Outcome) -> Result<()> {
    for key in ["cpuid", "msrs", "others", "unasked"] {
        let times = outcome.shim_value(key)?;
        ensure!(times == "0", "{key}={times}");
    }
    Ok(())
}

/// Ports that fault are tried once each, and not waited for.
fn at_once(outcome: &Outcome) -> Result<()> {
    let ports: u64 = outcome.shim_value("ports")?.parse()?;
    ensure!(ports <= 32, "{ports} ports were tried");
    Ok(())
}

/// Processors with SVM, which the guests need, and with different implementations.
fn processors(blob: Loader) -> [&'static str; 2] {
    match blob {
        Loader::Linux | Loader::KexecTools => ["max,la57=off", "EPYC-Rome"],
        Loader::Native => ["max,la57=off", "max,la57=off,sha-ni=off"],
    }
}

pub(crate) fn cases(blob: Loader) -> Vec<Case> {
    let mut cases = Vec::new();
    let linux_6_16 = Setup { entry: Entry::Linux6_16, ..PLAIN };
    // The drop-ins accept only the registers that their loaders write.
    let registers = blob == Loader::Native;
    let dirty = Setup { garbage: true, registers, xcr0: Some(7), ..PLAIN };
    for (what, guest) in [("vc", Guest::Vc), ("ve", Guest::Ve)] {
        for (name, setup) in [
            ("6.1", PLAIN),
            ("6.16", linux_6_16),
            ("machine-checks-on", Setup { mce: true, ..linux_6_16 }),
            ("dirty", dirty),
            ("above-4-gib", Setup { place: Place::High, ..PLAIN }),
        ] {
            for cpu in processors(blob) {
                let name = format!("{what}/{name}/{cpu}");
                let case =
                    Case::lands(&name, Setup { guest, ..setup }, "purgatory.verbose").cpu(cpu);
                let both = case.and_broken_silently(Ending::GuestHalts);
                cases.extend(both.map(|case| case.silent(0).check(only_ports)));
            }
        }
        // The last way of a reset is a shutdown of the processor.
        cases.push(
            Case::ends(
                &format!("{what}/reset"),
                Setup { guest, ..CORRUPTED },
                "purgatory.on_failure=reset",
                Ending::GuestShutsDown,
            )
            .silent(0)
            .check(only_ports)
            .check(at_once),
        );
    }
    cases
}
