//! `purgatory-linux.ro`: the purgatory for images that the Linux kernel loads itself (`kexec_file_load`).
//!
//! Defines the tables that the kernel fills in, under the names that it looks for.

#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "symbols have the names that the kernel looks for")]

use purgatory::hardware::Machine;
use purgatory::loaded;
use purgatory::loader::linux::{RawTables, complete, plan};
use purgatory::machine::{Loaded, stack_end};
use purgatory::plan::OneDigest;
use purgatory::run::run;
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::{DIGEST_BYTES, EntryRegs, Region};

/// The register table. The kernel reads it, sets four registers, and writes it back. The others keep the values given
/// here.
#[unsafe(export_name = "entry64_regs")]
#[unsafe(link_section = ".data.tables")]
static ENTRY64_REGS: Loaded<EntryRegs> = Loaded::new(EntryRegs::ZERO);

/// The region table.
#[unsafe(export_name = "purgatory_sha_regions")]
#[unsafe(link_section = ".data.tables")]
static SHA_REGIONS: Loaded<[Region; REGION_SLOTS]> =
    Loaded::new([Region { start: 0, len: 0 }; REGION_SLOTS]);

/// The digest over all regions.
#[unsafe(export_name = "purgatory_sha256_digest")]
#[unsafe(link_section = ".data.tables")]
static SHA256_DIGEST: Loaded<[u8; DIGEST_BYTES]> = Loaded::new([0; DIGEST_BYTES]);

// The kernel never expects a call back from an image that it loaded itself, so rdx and rsp are not used.
purgatory::entry!(OneDigest<'static>, |machine, faults, slot, _rdx, _rsp| {
    let tables = RawTables {
        entry: loaded!(ENTRY64_REGS),
        regions: loaded!(SHA_REGIONS),
        digest: loaded!(SHA256_DIGEST),
        stack_end: stack_end(),
    };
    let plan = slot.keep(plan(&tables, machine.own()));
    complete(plan, &tables, machine.memory());
    run(machine, faults, plan, |_| ())
});
