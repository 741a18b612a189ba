//! How many instructions each blob takes: printed, and the same each time.

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use purgatory_abi::Loader;
use qemu_tests::shim::{Case, Instructions, count};

/// Far too many instructions on a CPU with the SHA extensions: an implementation without them, a loop that waits for
/// something. The native blob verifies its own code with the scalar implementation: about 5 million instructions.
const TOO_MANY: Instructions = Instructions { around: 8_000_000, per_byte: 20.0 };

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![trial("no-such-processor", nowhere)];
    trials.extend(Loader::ALL.map(|blob| trial(blob.name(), move || of(blob))));
    trials
}

fn trial(name: &str, run: impl FnOnce() -> Result<()> + Send + 'static) -> Trial {
    let run = || run().map_err(|error| format!("{error:#}").into());
    Trial::test(format!("instructions/{name}"), run)
}

fn nowhere() -> Result<()> {
    let counted = count(Loader::Linux, "no-such-processor");
    ensure!(counted.is_err(), "{counted:?} where there is no processor");
    Ok(())
}

fn of(blob: Loader) -> Result<()> {
    let first = count(blob, Case::CPU)?;
    let Instructions { around, per_byte } = first;
    println!("{}: {around} instructions around, {per_byte:.3} for a byte", blob.name());
    let again = count(blob, Case::CPU)?;
    ensure!(again == first, "{first:?}, and once more {again:?}");
    ensure!(around > 0 && around < TOO_MANY.around, "{around} instructions outside the regions");
    ensure!(per_byte > 0.0 && per_byte < TOO_MANY.per_byte, "{per_byte} instructions for a byte");
    Ok(())
}
