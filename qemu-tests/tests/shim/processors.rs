//! Processors with and without the instructions that the blob tries out.

use anyhow::{Result, ensure};
use boot_shim::setup::{Entry, Setup};
use purgatory_abi::Loader;
use qemu_tests::shim::{Case, Outcome};

use crate::{PLAIN, VERBOSE};

const GARBAGE: Setup<'static> = Setup { garbage: true, ..PLAIN };

/// QEMU's processors, with the fastest implementation that they have: a drop-in's, and the native blob's.
const OF_QEMU: [(&str, &str, &str); 6] = [
    ("max", "sha-ni", "sha-ni-x3"),
    ("EPYC-Rome", "sha-ni", "sha-ni-x3"),
    ("max,sha-ni=off", "scalar", "avx2"),
    ("Haswell-noTSX", "scalar", "avx2"),
    ("Nehalem", "scalar", "ssse3"),
    ("qemu64", "scalar", "sse2"),
];
/// The CPUs of Bochs: AVX-512, which no CPU of QEMU has, with and without the SHA extensions; and the SHA extensions
/// only.
const OF_BOCHS: [(&str, &str, &str); 3] = [
    ("corei7_icelake_u", "sha-ni", "avx512-short"),
    ("corei7_skylake_x", "scalar", "avx512-short"),
    ("ryzen", "sha-ni", "sha-ni-x3"),
];

fn has_sha_extensions(outcome: &Outcome) -> Result<()> {
    ensure!(
        outcome.shim_value("sha-ni")? == "true",
        "this QEMU emulates no SHA extensions: version 8.2 or a newer one is needed"
    );
    Ok(())
}

pub(crate) fn cases(blob: Loader) -> Vec<Case> {
    let implementation = |drop_in, native| match blob {
        Loader::Linux | Loader::KexecTools => drop_in,
        Loader::Native => native,
    };
    let mut cases = Vec::new();
    for (cpu, drop_in, native) in OF_QEMU {
        for entry in [Entry::Linux6_1, Entry::Linux6_16] {
            let setup = Setup { entry, ..GARBAGE };
            cases.extend(
                Case::lands(&format!("{cpu}/{entry:?}"), setup, VERBOSE)
                    .cpu(cpu)
                    .implementation(implementation(drop_in, native))
                    .and_broken(),
            );
        }
    }
    cases.push(Case::lands("sha-extensions", PLAIN, VERBOSE).check(has_sha_extensions));
    for (model, drop_in, native) in OF_BOCHS {
        cases.extend(
            Case::lands(&format!("bochs/{model}"), GARBAGE, VERBOSE)
                .bochs(model)
                .implementation(implementation(drop_in, native))
                .and_broken(),
        );
    }
    cases
}
