//! The machine, with programs of a few bytes.

use std::time::Duration;

use anyhow::Result;

use super::*;

/// Where the programs lie, and are entered.
const ENTRY: u64 = 0x10_0000;
/// The memory that they use.
const MEMORY: u64 = 0x1000;
const MODEL: &str = "corei7_icelake_u";
/// More than a program of a few bytes needs, even on a machine that is busy with something else.
const LIMIT: Duration = Duration::from_secs(60);

/// Prints the first character of the module on the debug console and the second one on ttyS0, and halts.
const PRINTS_ITS_MODULE: [u8; 18] = [
    0x8b, 0x73, 0x10, // mov esi, [ebx + 16]: the list of modules
    0x8b, 0x36, // mov esi, [esi]: the first one's address
    0xac, // lodsb
    0xe6, 0xe9, // out 0xe9, al
    0xac, // lodsb
    0x66, 0xba, 0xf8, 0x03, // mov dx, 0x3f8
    0xee, // out dx, al
    0xb0, b'\n', // mov al, '\n'
    0xee,  // out dx, al
    0xf4,  // hlt
];
/// ud2, without an IDT.
const FAULTS: [u8; 2] = [0x0f, 0x0b];
/// jmp to itself.
const RUNS_ON: [u8; 2] = [0xeb, 0xfe];

/// An ELF file of this code at this address, with a PVH note of this type.
fn elf(address: u64, memory: u64, code: &[u8], note_type: u32) -> Vec<u8> {
    const HEADERS: u64 = 64 + 2 * 56;
    const NOTE_BYTES: u64 = 24;
    // 64-bit, little-endian, version 1; an executable for x86-64; the program headers follow, two of them.
    let identity = u64::from_le_bytes([0x7f, b'E', b'L', b'F', 2, 1, 1, 0]);
    let header = [identity, 0, 0x1_003e_0002, ENTRY, 64, 0, 0x0038_0040_0000_0000, 2];
    let note = [4, HEADERS, 0, 0, NOTE_BYTES, NOTE_BYTES, 4];
    let bytes = code.len() as u64;
    let load = [0x7_0000_0001, HEADERS + NOTE_BYTES, address, address, bytes, memory, 1];
    let words = header.into_iter().chain(note).chain(load);
    let mut file: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
    file.extend([4, 8, note_type].into_iter().flat_map(u32::to_le_bytes));
    file.extend(b"Xen\0");
    file.extend(ENTRY.to_le_bytes());
    file.extend(code);
    file
}

fn program(code: &[u8]) -> Vec<u8> {
    elf(ENTRY, MEMORY, code, 18)
}

/// Lets a program run.
fn run(model: &str, program: &[u8], module: &[u8], limit: Duration) -> Result<Outcome> {
    let directory = tempfile::tempdir()?;
    Bochs { model, program, module }.run(&directory.path().join("run"), limit)
}

/// Why a program that says nothing cannot be started.
fn error(program: &[u8], module: &[u8]) -> String {
    format!("{:#}", run(MODEL, program, module, LIMIT).unwrap_err())
}

#[test]
fn a_program_runs_until_it_halts_and_has_its_module() {
    let program = program(&PRINTS_ITS_MODULE);
    let outcome = run(MODEL, &program, b"module", LIMIT).unwrap();
    assert_eq!(outcome.ended, Ended::Halted);
    assert_eq!(outcome.serial, "o\n");
    assert!(outcome.debugcon.ends_with('m'), "{}", outcome.debugcon);
}

#[test]
fn distinguishes_a_shutdown_from_a_halt() {
    let outcome = run(MODEL, &program(&FAULTS), b"", LIMIT).unwrap();
    assert_eq!(outcome.ended, Ended::ShutDown);
}

#[test]
fn ends_a_program_that_does_not_halt() {
    let ended = run(MODEL, &program(&RUNS_ON), b"", Duration::from_secs(2)).unwrap_err();
    assert!(ended.to_string().starts_with("still running after 2 s"), "{ended}");
}

#[test]
fn reports_the_output_of_bochs_for_an_unknown_cpu() {
    let error = run("corei7_nosuch", &program(&RUNS_ON), b"", LIMIT).unwrap_err().to_string();
    assert!(error.contains("Bochs ended") && error.contains("parameter 'model'"), "{error}");
}

#[test]
fn rejects_a_program_that_cannot_be_loaded() {
    let code = &RUNS_ON;
    let long = vec![0x90; memory::BLOCK as usize - ENTRY as usize + 1];
    for (program, says) in [
        (b"#!/bin/sh".to_vec(), "the program is not a 64-bit ELF file"),
        (elf(ENTRY, MEMORY, code, 17), "the program has no note of a PVH entry"),
        (elf(ENTRY - 1, MEMORY, code, 18), "the segment at 0xfffff is not in RAM above 1 MiB"),
        (elf(ENTRY, memory::BYTES, code, 18), "the segment at 0x100000 is not in RAM above 1 MiB"),
        (elf(!0, 2, code, 18), "is not in RAM above 1 MiB"),
        (elf(ENTRY, 1, code, 18), "is longer in the file than in memory"),
        (elf(ENTRY, MEMORY << 16, &long, 18), "is not in RAM above 1 MiB"),
        (elf(ENTRY, MEMORY << 12, &long, 18), "is too long: it ends at 0x800001"),
    ] {
        let error = error(&program, b"");
        assert!(error.contains(says), "{error}");
    }
    let mut short = program(code);
    short.pop();
    assert_eq!(error(&short, b""), "a segment is not in the file");
}

#[test]
fn rejects_a_module_that_does_not_fit_into_memory() {
    let error = error(&program(&RUNS_ON), &vec![0; memory::BLOCK as usize]);
    assert!(error.starts_with("a module of 8388608 bytes is too long"), "{error}");
}
