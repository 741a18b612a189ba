//! Instructions, counted in the boot shim.

use anyhow::{Context, Result, ensure};
use purgatory_abi::Loader;
use qemu_tests::implementations::{self, Machine};
use qemu_tests::shim::{Case, count};
use serde_json::{Value, json};

/// Processors that have all implementations between them: those without AVX-512 in QEMU, and those with it in Bochs.
const MACHINES: [Machine; 2] = [Machine::CountingQemu("max"), Machine::Bochs("corei7_icelake_u")];

/// Returns the counted rows, as the program that measures reads them.
pub(super) fn rows() -> Result<Vec<Value>> {
    let mut rows = Vec::new();
    for blob in Loader::ALL {
        let counted = count(blob, Case::CPU)?;
        let (name, per_byte, around) = (blob.name(), counted.per_byte, counted.around);
        println!("  ours-{name}: {around} instructions around, {per_byte:.2} a byte");
        let name = format!("ours-{name}");
        rows.push(json!({ "name": name, "per_byte": per_byte, "around": around }));
    }
    for machine in MACHINES {
        let said = implementations::run(machine, implementations::Task::Count, &[])?;
        let found = said.values("instructions-per-byte");
        ensure!(!found.is_empty(), "the shim has counted nothing: {said:#?}");
        for (name, per_byte) in found {
            let name = format!("implementation-{name}");
            if rows.iter().all(|row| row["name"] != name) {
                let number: f64 = per_byte.parse().context("the shim has counted no number")?;
                println!("  {name}: {per_byte} instructions a byte");
                rows.push(json!({ "name": name, "per_byte": number }));
            }
        }
    }
    Ok(rows)
}
