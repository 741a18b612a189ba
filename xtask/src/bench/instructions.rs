//! Instructions, counted in the boot shim.

use anyhow::{Context, Result, ensure};
use purgatory_abi::Loader;
use qemu_tests::backends::{self, Machine};
use qemu_tests::shim::{Case, count};
use std::ffi::OsString;

/// Processors that have all backends between them: those without AVX-512 in QEMU, and those with it in Bochs.
const MACHINES: [Machine; 2] = [Machine::CountingQemu("max"), Machine::Bochs("corei7_icelake_u")];

/// Counts, as arguments of the program that measures.
pub(super) fn arguments() -> Result<Vec<OsString>> {
    let mut counts = Vec::new();
    for blob in Loader::ALL {
        let counted = count(blob, Case::CPU)?;
        let (name, per_byte, around) = (blob.name(), counted.per_byte, counted.around);
        println!("  ours-{name}: {around} instructions around, {per_byte:.2} a byte");
        counts.push((format!("ours-{name}"), format!("{per_byte},{around}")));
    }
    for machine in MACHINES {
        let said = backends::run(machine, backends::Task::Count, &[])?;
        let found = said.values("instructions-per-byte");
        ensure!(!found.is_empty(), "the shim has counted nothing: {said:#?}");
        for (name, per_byte) in found {
            let name = format!("backend-{name}");
            if counts.iter().all(|(known, _)| *known != name) {
                per_byte.parse::<f64>().context("the shim has counted no number")?;
                println!("  {name}: {per_byte} instructions a byte");
                counts.push((name, per_byte.to_owned()));
            }
        }
    }
    let arguments = counts.into_iter().flat_map(|(name, counts)| {
        ["--instructions".into(), OsString::from(format!("{name}={counts}"))]
    });
    Ok(arguments.collect())
}
