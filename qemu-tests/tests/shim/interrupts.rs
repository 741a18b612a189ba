//! Non-maskable interrupts: counted and survived, and blocked on both sides or on none.

use std::thread;

use anyhow::{Result, ensure};
use boot_shim::fault::{Byte, Part};
use boot_shim::setup::{Entry, Rsi, Setup};
use purgatory_abi::Loader;
use qemu_tests::qemu::Qmp;
use qemu_tests::shim::{Case, Ending};
use serde_json::json;

use crate::{LONG, PLAIN, UNDER_WAY, VERBOSE, flip, with_any_registers};

const STORM: usize = 200;

fn one(qmp: &mut Qmp) -> Result<()> {
    thread::sleep(UNDER_WAY);
    qmp.command("inject-nmi", json!({})).map(drop)
}

fn storm(qmp: &mut Qmp) -> Result<()> {
    thread::sleep(UNDER_WAY);
    (0..STORM).try_for_each(|_| qmp.command("inject-nmi", json!({})).map(drop))
}

pub(crate) fn cases(blob: Loader) -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(Case::lands("one", LONG, VERBOSE).act(one).nmis(1).and_broken());
    cases.extend(
        Case::lands("storm", LONG, VERBOSE)
            .act(storm)
            .check(|outcome| {
                let nmis = outcome.verdict(0)?.nmis;
                // Those that come while the emulator is at something else are one.
                ensure!(nmis > 1, "{nmis} of {STORM} NMIs were counted");
                Ok(())
            })
            .and_broken(),
    );
    // On the second processor, and without boot parameters, probes fault in the meantime.
    for (cpu, entry, rsi) in [
        ("max,la57=off", Entry::Linux6_1, Rsi::BootParams),
        ("qemu64", Entry::Linux6_1, Rsi::BootParams),
        ("qemu64", Entry::Linux6_16, Rsi::BootParams),
        ("qemu64", Entry::Linux6_16, Rsi::Unmapped),
    ] {
        let name = format!("blocked/{entry:?}/{rsi:?}/{cpu}");
        let setup = Setup { entry, rsi, nmi_blocked: true, ..PLAIN };
        let setup = if rsi == Rsi::BootParams { setup } else { with_any_registers(blob, setup) };
        // Without boot parameters, a warning makes the report; else it must be asked for.
        cases.extend(Case::lands(&name, setup, VERBOSE).cpu(cpu).nmis(0).and_broken());
    }
    // It stays pending through probes that fault, and arrives when the shim unblocks it.
    let pending = Setup { nmi_blocked: true, ..LONG };
    cases
        .extend(Case::lands("blocked/one-pending", pending, VERBOSE).act(one).nmis(0).and_broken());
    let corrupted = flip(Part::Initrd, Byte::Guest);
    cases.push(Case::ends("while-halted", corrupted, "", Ending::Halts).act(storm));
    cases
}
