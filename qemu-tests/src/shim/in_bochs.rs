//! One run in Bochs: for processors that QEMU does not emulate.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use boot_shim::end::End;

use super::case::{Case, Uarts};
use super::ending::Ending;
use super::files::{LIMIT, SHIM, module, product};
use super::outcome::Outcome;
use crate::bochs::{Bochs, Ended};

/// Runs a case whose processor is one of Bochs'.
///
/// The machine has one UART and no device that a case could add; nothing happens to it, and nothing is read out of it.
pub(super) fn run(case: &Case, directory: &Path) -> Result<Outcome> {
    let is_plain = case.devices.is_empty() && case.act.is_none() && case.read.is_none();
    ensure!(
        is_plain && case.uarts == Uarts::One,
        "only QEMU has devices, acts, reads and other UARTs than one: take `bochs` from the case"
    );
    let path = product(SHIM)?;
    let program = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let started = Instant::now();
    let module = module(case)?;
    let outcome =
        Bochs { model: &case.cpu, program: &program, module: &module }.run(directory, LIMIT)?;
    let ending = match (outcome.ended, End::of(&outcome.debugcon)) {
        (_, Some(end)) => end.into(),
        (Ended::Halted, None) => Ending::Halts,
        (Ended::ShutDown, None) => Ending::Resets,
    };
    Ok(Outcome {
        ending,
        shim: outcome.debugcon,
        serial: [outcome.serial, String::new()],
        took: started.elapsed(),
        memory: Vec::new(),
        picture: None,
    })
}
