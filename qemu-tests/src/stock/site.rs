//! The address of a run's purgatory: a CPU that is halted elsewhere is halted for another reason.

use std::ops::Range;

use anyhow::{Context, Result};
use purgatory_abi::Loader;
use purgatory_loader::Blob;

use super::case::{Case, Purgatory, Start};
use super::faults;
use crate::guest::memory::Memory;
use crate::guest::running::Guest;
use crate::guest::{blob, purgatory};
use crate::workspace;

/// Where the purgatory is.
#[derive(Debug)]
pub(super) struct Site {
    range: Range<u64>,
    /// The code to search for at the standstill, if the purgatory cannot be found earlier.
    code: Option<purgatory::Code>,
}

impl Site {
    /// That of a case whose image is loaded and not yet started or changed; none where the end must be another than a
    /// standstill.
    ///
    /// # Errors
    /// The purgatory that was to be loaded is not there, or there twice.
    pub(super) fn of(case: &Case, purgatory: Purgatory, guest: &Guest) -> Result<Option<Self>> {
        let region = guest.facts.crash_region.clone();
        let range = match (case.start, case.loader) {
            (Start::Panic, Loader::Linux) => {
                purgatory::find(&guest.memory, region, &blob::embedded(guest)?)?.range
            }
            (Start::Panic, Loader::Native) => return Self::native(guest).map(Some),
            (Start::Panic, Loader::KexecTools) => match purgatory {
                // It is a part of `kexec` that nothing takes out.
                Purgatory::Stock => region,
                Purgatory::Ours => ours()?.find(&guest.memory, region)?,
            },
            (Start::Exec, _) if case.faults.is_empty() => return Ok(None),
            // Its pages are anywhere before the start.
            (Start::Exec, _) => {
                let code = (purgatory == Purgatory::Ours).then(ours).transpose()?;
                return Ok(Some(Self { range: 0..case.machine.ram, code }));
            }
        };
        Ok(Some(Self { range, code: None }))
    }

    /// That of a crash image that `purgatory load` has loaded.
    ///
    /// # Errors
    /// There is not exactly one.
    pub(super) fn native(guest: &Guest) -> Result<Self> {
        let range = faults::native(&guest.memory, guest.facts.crash_region.clone())?;
        Ok(Self { range, code: None })
    }

    /// Whether the purgatory is at `address`.
    pub(super) fn contains(&self, memory: &Memory, address: u64) -> bool {
        let found = |code: &purgatory::Code| code.holds(memory, &self.range, address);
        self.range.contains(&address) && self.code.as_ref().is_none_or(found)
    }
}

/// The code of our purgatory for kexec-tools.
fn ours() -> Result<purgatory::Code> {
    let object = workspace::blob(Loader::KexecTools)?;
    purgatory::Code::of(&Blob::parse(&object).context("the blob is broken")?)
}

#[cfg(test)]
impl Site {
    pub(super) fn at(range: Range<u64>) -> Self {
        Self { range, code: None }
    }
}
