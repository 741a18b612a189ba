//! The wide vector registers: turned on where they were off, and as they were at the landing, which the shim compares.

use anyhow::{Result, ensure};
use boot_shim::setup::{Entry, Guest, Setup};
use qemu_tests::shim::{Case, Ending, Outcome};

use crate::confidential::only_ports;
use crate::{PLAIN, VERBOSE};

/// With AVX2, and without the SHA extensions, which would be taken before it.
const AVX2: &str = "max,la57=off,sha-ni=off";
/// With AVX-512.
const AVX512: &str = "corei7_icelake_u";

/// XSETBV was tried and refused, and nothing else that is not to be tried.
fn refused(outcome: &Outcome) -> Result<()> {
    only_ports(outcome)?;
    ensure!(outcome.shim_value("xsetbv")? != "0", "XSETBV was not tried");
    Ok(())
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let setup = |xcr0| Setup { xcr0: Some(xcr0), garbage: true, ..PLAIN };
    for xcr0 in [1, 3, 7] {
        for entry in [Entry::Linux6_1, Entry::Linux6_16] {
            let name = format!("avx2/{xcr0:#x}/{entry:?}");
            let case = Case::lands(&name, Setup { entry, ..setup(xcr0) }, VERBOSE).cpu(AVX2);
            cases.extend(case.implementation("avx2").and_broken());
        }
    }
    for xcr0 in [1, 7, 0xe7] {
        let name = format!("avx512/{xcr0:#x}");
        let case = Case::lands(&name, setup(xcr0), VERBOSE).bochs(AVX512);
        cases.extend(case.implementation("avx512-short").and_broken());
    }
    // Where the host keeps XSETBV to itself: off they stay off, on they may be used.
    for cpu in [Case::CPU, AVX2] {
        for xcr0 in [1, 7] {
            let name = format!("xsetbv-raises-vc/{xcr0:#x}/{cpu}");
            let setup = Setup { guest: Guest::VcXsetbv, ..setup(xcr0) };
            let case = Case::lands(&name, setup, VERBOSE).cpu(cpu);
            let both = case.and_broken_silently(Ending::GuestHalts);
            cases.extend(both.map(|case| case.silent(0).check(refused)));
        }
    }
    cases
}
