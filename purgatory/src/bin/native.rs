//! `purgatory-native.ro`: the purgatory for images that purgatory-loader makes.
//!
//! Defines the header that the loader fills in.

#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "the header has the name and the place that the loader looks for")]

use purgatory::hardware::Machine;
use purgatory::loaded;
use purgatory::loader::native::{RawTables, plan};
use purgatory::machine::{Loaded, own_code, sha_ni};
use purgatory::plan::Chunks;
use purgatory::run::run;
use purgatory_abi::native::{CONSOLES, Console, FLAGS, Header, MAGIC, Policy, VERSION};
use purgatory_abi::{DIGEST_BYTES, EntryRegs, Region};

/// The header: the facts about this purgatory that the loader needs, and the fields that the loader fills in.
#[unsafe(export_name = "purgatory_header")]
#[unsafe(link_section = ".header")]
static HEADER: Loaded<Header> = Loaded::new(Header {
    magic: MAGIC,
    version: VERSION,
    header_bytes: size_of::<Header>() as u32,
    header_digest: [0; DIGEST_BYTES],
    known: FLAGS,
    flags: 0,
    entry: EntryRegs::ZERO,
    list: Region { start: 0, len: 0 },
    list_digest: [0; DIGEST_BYTES],
    code_digest: [0; DIGEST_BYTES],
    policy: Policy { on_failure: 0, verbose: 0, reserved: [0; 2], seconds: 0 },
    consoles: [Console { kind: 0, reserved: [0; 3], baud: 0, address: 0 }; CONSOLES],
    copies: Region { start: 0, len: 0 },
    elfcorehdr_digest: [0; DIGEST_BYTES],
});

// purgatory-loader does not load images that call back, so the kernel passes nothing in rdx and rsp. `machine::copies`
// passes the result of its repair in rdx.
purgatory::entry!(Chunks<'static>, |machine, faults, slot, repaired, _rsp| {
    let (header, code) = (loaded!(HEADER), own_code());
    let tables = RawTables { header, code, repaired, sha_ni: sha_ni() };
    run(machine, faults, slot.keep(plan(&tables, machine.own(), machine.memory())), |_| ())
});
