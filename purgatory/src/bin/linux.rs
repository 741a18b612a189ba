//! `purgatory-linux.ro`: the purgatory for images that the Linux kernel loads itself (`kexec_file_load`).
//!
//! Here stand the tables that the kernel fills in, under the names that it looks for, and nothing else.

#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "symbols have the names that the kernel looks for")]

use core::mem::MaybeUninit;
use purgatory::as_loaded;
use purgatory::door::linux::{RawTables, plan};
use purgatory::machine::{Kept, Loader, Physical, Single, internal_fault, run};
use purgatory::plan::{OneDigest, Plan};
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::{DIGEST_BYTES, EntryRegs, Region};

/// The register table. The kernel reads it, sets four registers, and writes it back: the others keep what stands here.
#[unsafe(export_name = "entry64_regs")]
#[unsafe(link_section = ".data.tables")]
static ENTRY64_REGS: Single<EntryRegs> = Single::new(EntryRegs::ZERO);

/// The region table.
#[unsafe(export_name = "purgatory_sha_regions")]
#[unsafe(link_section = ".data.tables")]
static SHA_REGIONS: Single<[Region; REGION_SLOTS]> =
    Single::new([Region { start: 0, len: 0 }; REGION_SLOTS]);

/// The digest over all regions.
#[unsafe(export_name = "purgatory_sha256_digest")]
#[unsafe(link_section = ".data.tables")]
static SHA256_DIGEST: Single<[u8; DIGEST_BYTES]> = Single::new([0; DIGEST_BYTES]);

/// The kernel as the loader.
struct Linux;

/// The plan.
static PLAN: Kept<OneDigest<'static>> = Kept::new(MaybeUninit::zeroed());

impl Loader for Linux {
    type Check = OneDigest<'static>;

    fn kept() -> &'static Kept<Self::Check> {
        &PLAN
    }

    fn plan(&mut self, own: Region, memory: &'static Physical) -> Plan<'static, Self::Check> {
        let tables = RawTables {
            entry: as_loaded!(ENTRY64_REGS as EntryRegs),
            regions: as_loaded!(SHA_REGIONS as [Region; REGION_SLOTS]),
            digest: as_loaded!(SHA256_DIGEST as [u8; DIGEST_BYTES]),
        };
        plan(&tables, own, memory)
    }
}

/// Called by the first instructions, on our own stack and with SSE on. The kernel is never called back by what it loaded
/// itself.
#[unsafe(no_mangle)]
extern "C" fn purgatory_main(_rdx: u64, _rsp: u64) -> ! {
    run(Linux)
}

/// A panic is a fault in our own logic. It is reported as one, without its message, for whose formatting there is no room.
#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    internal_fault()
}
