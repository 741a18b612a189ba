//! The SHA-256 implementations without an operating system, on processors of every kind: the boot shim checks them against
//! NIST's vectors and against another implementation, and counts their instructions. QEMU emulates all but AVX-512, and
//! Bochs that too.

#![cfg(feature = "qemu")]

use boot_shim::end::End;
use qemu_tests::implementations::Machine::{Bochs, CountingQemu, Qemu};
use qemu_tests::implementations::{Machine, Said, Task, run, vectors};

/// The implementations, those of better processors first.
const AVX512: [&str; 2] = ["avx512-short", "avx512"];
const SHA_NI: [&str; 3] = ["sha-ni-x3", "sha-ni-x2", "sha-ni"];
const AVX2: [&str; 1] = ["avx2"];
const SSSE3: [&str; 1] = ["ssse3"];
const ALL_HAVE: [&str; 2] = ["sse2", "scalar"];

fn names<'a>(said: &'a Said, key: &str) -> Vec<&'a str> {
    said.values(key).into_iter().map(|(name, _)| name).collect()
}

/// The machine has just these implementations, and all of them give the right digests.
fn has(machine: Machine, implementations: &[&[&str]]) {
    let said = run(machine, Task::Check, &vectors().unwrap()).unwrap();
    assert_eq!(names(&said, "wrong"), implementations.concat(), "{said:#?}");
    assert_eq!(said.end, End::Passed, "{said:#?}");
    assert!(said.values("wrong").iter().all(|(_, wrong)| *wrong == "0"), "{said:#?}");
}

#[test]
fn max() {
    has(Qemu("max"), &[&SHA_NI, &AVX2, &SSSE3, &ALL_HAVE]);
}

#[test]
fn epyc_rome() {
    has(Qemu("EPYC-Rome"), &[&SHA_NI, &AVX2, &SSSE3, &ALL_HAVE]);
}

#[test]
fn haswell_notsx() {
    has(Qemu("Haswell-noTSX"), &[&AVX2, &SSSE3, &ALL_HAVE]);
}

#[test]
fn nehalem() {
    has(Qemu("Nehalem"), &[&SSSE3, &ALL_HAVE]);
}

#[test]
fn qemu64() {
    has(Qemu("qemu64"), &[&ALL_HAVE]);
}

#[test]
fn skylake_x_in_bochs() {
    has(Bochs("corei7_skylake_x"), &[&AVX512, &AVX2, &SSSE3, &ALL_HAVE]);
}

#[test]
fn icelake_in_bochs() {
    has(Bochs("corei7_icelake_u"), &[&AVX512, &SHA_NI, &AVX2, &SSSE3, &ALL_HAVE]);
}

/// A flipped bit in one of NIST's messages and in one of another shape is found with each of these implementations.
fn finds_what_is_wrong(machine: Machine, implementations: &[&[&str]]) {
    let said = run(machine, Task::Broken, &vectors().unwrap()).unwrap();
    assert_eq!(said.end, End::Failed, "{said:#?}");
    assert_eq!(names(&said, "wrong"), implementations.concat(), "{said:#?}");
    for (name, wrong) in said.values("wrong") {
        assert_eq!(wrong, "2", "{name}: {said:#?}");
        for message in ["nist: message 128 of 129, 6400 bytes", "shape: message 63 of 64, "] {
            let line = format!("wrong digest: {name} {message}");
            let found = said.lines.iter().filter(|said| said.starts_with(&line)).count();
            assert_eq!(found, 1, "{line}: {said:#?}");
        }
    }
}

#[test]
fn a_flipped_bit_is_found() {
    finds_what_is_wrong(Qemu("max"), &[&SHA_NI, &AVX2, &SSSE3, &ALL_HAVE]);
}

#[test]
fn a_flipped_bit_is_found_in_bochs() {
    let implementations = [&AVX512[..], &SHA_NI, &AVX2, &SSSE3, &ALL_HAVE];
    finds_what_is_wrong(Bochs("corei7_icelake_u"), &implementations);
}

#[test]
fn rejects_a_module_without_nist_vectors() {
    let said = run(Qemu("Westmere"), Task::Check, b"Len = 8\nMsg = xy\n").unwrap();
    assert_eq!(said.end, End::Error);
    assert!(said.lines[0].starts_with("error: the vectors: \"xy\""), "{said:#?}");
}

#[test]
fn instructions_are_counted() {
    let said = run(CountingQemu("max"), Task::Count, &[]).unwrap();
    assert_eq!(said.end, End::Passed, "{said:#?}");
    let implementations = [&SHA_NI[..], &AVX2, &SSSE3, &ALL_HAVE].concat();
    assert_eq!(names(&said, "instructions-per-byte"), implementations, "{said:#?}");
    let again = run(CountingQemu("max"), Task::Count, &[]).unwrap();
    assert_eq!(again.lines, said.lines);
}

#[test]
fn rejects_a_clock_that_does_not_count_instructions() {
    let said = run(Qemu("qemu64"), Task::Count, &[]).unwrap();
    assert_eq!(said.end, End::Failed, "{said:#?}");
    assert!(said.lines[0].ends_with("start QEMU with -icount"), "{said:#?}");
    assert!(said.values("instructions-per-byte").is_empty());
}
