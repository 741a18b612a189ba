//! Counts of instructions, which the boot shim makes.

use anyhow::{Context, Result, ensure};
use purgatory_abi::Loader;
use qemu_tests::implementations::{self, Machine};
use qemu_tests::shim::{Case, count};
use serde_json::{Value, json};

/// The processors that count: QEMU's for implementations without AVX-512, and Bochs' for those with it.
const MACHINES: [Machine; 2] = [Machine::CountingQemu("max"), Machine::Bochs("corei7_icelake_u")];

/// Returns the counts, in the format of the bench's input.
pub(super) fn rows() -> Result<Vec<Value>> {
    let mut rows = Vec::new();
    for blob in Loader::ALL {
        let counted = count(blob, Case::CPU)?;
        let (name, per_byte, around) = (blob.name(), counted.per_byte, counted.around);
        println!("  ours-{name}: {per_byte:.2} instructions per byte, {around} fixed");
        let name = format!("ours-{name}");
        rows.push(json!({ "name": name, "per_byte": per_byte, "around": around }));
    }
    for machine in MACHINES {
        let output = implementations::run(machine, implementations::Task::Count, &[])?;
        let found = output.values("instructions-per-byte");
        ensure!(!found.is_empty(), "the shim printed no instructions-per-byte: {output:#?}");
        for (name, per_byte) in found {
            let name = format!("implementation-{name}");
            if rows.iter().all(|row| row["name"] != name) {
                let number: f64 = per_byte.parse().with_context(|| {
                    format!("the shim printed an invalid instructions-per-byte: {per_byte}")
                })?;
                println!("  {name}: {per_byte} instructions per byte");
                rows.push(json!({ "name": name, "per_byte": number }));
            }
        }
    }
    Ok(rows)
}
