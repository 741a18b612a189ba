//! `purgatory-native.ro`: the purgatory for images that purgatory-loader makes.
//!
//! Here stands the header that the loader fills in, and nothing else.

#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "the header has the name and the place that the loader looks for")]

use core::mem::MaybeUninit;
use purgatory::as_loaded;
use purgatory::door::native::{RawTables, plan};
use purgatory::elfcorehdr;
use purgatory::machine::{Kept, Loader, Physical, Single, internal_fault, own_code, run};
use purgatory::plan::{Chunks, Plan, Segments};
use purgatory::warnings::Warnings;
use purgatory_abi::native::{CONSOLES, Console, FLAGS, Header, MAGIC, Policy, VERSION};
use purgatory_abi::{DIGEST_BYTES, EntryRegs, Region};

/// The header: what the loader must know of this purgatory, and room for what it fills in.
#[unsafe(export_name = "purgatory_header")]
#[unsafe(link_section = ".header")]
static HEADER: Single<Header> = Single::new(Header {
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
});

/// The plan.
static PLAN: Kept<Chunks<'static>> = Kept::new(MaybeUninit::zeroed());

/// purgatory-loader as the loader.
struct Native {
    /// The segments, if the list of them makes sense.
    segments: Option<Segments<'static>>,
}

impl Loader for Native {
    type Check = Chunks<'static>;

    fn kept() -> &'static Kept<Self::Check> {
        &PLAN
    }

    fn plan(&mut self, own: Region, memory: &'static Physical) -> Plan<'static, Self::Check> {
        let tables = RawTables { header: as_loaded!(HEADER as Header), code: own_code() };
        let plan = plan(&tables, own, memory);
        self.segments = plan.check.segments.ok();
        plan
    }

    fn prepare(&mut self, warnings: &mut Warnings<'static>) {
        if let Some(segments) = &self.segments {
            elfcorehdr::check(segments, &Physical, warnings);
        }
    }
}

/// Called by the first instructions, on our own stack and with SSE on. Who wants to be called back has another loader.
#[unsafe(no_mangle)]
extern "C" fn purgatory_main(_rdx: u64, _rsp: u64) -> ! {
    run(Native { segments: None })
}

/// A panic is a fault in our own logic. It is reported as one, without its message, for whose formatting there is no room.
#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    internal_fault()
}
