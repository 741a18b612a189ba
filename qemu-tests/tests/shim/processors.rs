//! Processors with and without the instructions that the blob tries out.

use anyhow::{Result, ensure};
use purgatory_abi::verdict::{self, key};
use qemu_tests::shim::{Case, Outcome};

/// The engine is the fastest that the processor has.
fn engine_fits(outcome: &Outcome) -> Result<()> {
    let engine = verdict::value(outcome.verdict()?, key::ENGINE).unwrap_or_default();
    let fitting = if outcome.shim_value("sha-ni")? == "true" { "sha-ni" } else { "scalar" };
    ensure!(engine == fitting, "engine is {engine} and not {fitting}");
    Ok(())
}

fn has_sha_extensions(outcome: &Outcome) -> Result<()> {
    ensure!(
        outcome.shim_value("sha-ni")? == "true",
        "this QEMU emulates no SHA extensions: version 8.2 or a newer one is needed"
    );
    Ok(())
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for cpu in ["max", "EPYC-Rome", "Haswell-noTSX", "Nehalem", "qemu64"] {
        for entry in ["6.1", "6.16"] {
            let settings = format!("entry={entry} garbage");
            cases.extend(
                Case::lands(&format!("{cpu}/{entry}"), &settings, "purgatory.verbose")
                    .cpu(cpu)
                    .check(engine_fits)
                    .and_broken(),
            );
        }
    }
    cases.extend(
        Case::lands("sha-extensions", "", "purgatory.verbose")
            .check(has_sha_extensions)
            .value(key::ENGINE, "sha-ni")
            .and_broken(),
    );
    cases.extend(
        Case::lands("no-sha-extensions", "", "purgatory.verbose")
            .cpu("max,sha-ni=off")
            .value(key::ENGINE, "scalar")
            .and_broken(),
    );
    // With AVX-512, which no processor of QEMU's has: with the SHA extensions and without.
    for model in ["corei7_icelake_u", "corei7_skylake_x"] {
        cases.extend(
            Case::lands(&format!("bochs/{model}"), "garbage", "purgatory.verbose")
                .bochs(model)
                .and_broken(),
        );
    }
    cases
}
