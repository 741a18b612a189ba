//! `purgatory-kexec-tools.ro`: the purgatory for images that kexec-tools loads (`kexec_load`).
//!
//! Defines the tables that kexec-tools fills in, under the names that it looks for. Three of them, `entry32_regs`,
//! `entry16_regs` and `entry16_debug_regs`, are defined next to the code that loads them.

#![no_std]
#![no_main]
#![allow(unsafe_code, reason = "symbols have the names that kexec-tools looks for")]

use core::arch::global_asm;
use purgatory::hardware::Machine;
use purgatory::loaded;
use purgatory::loader::kexec_tools::{Backup, JumpBack, RawTables, Switches, plan};
use purgatory::machine::{Loaded, Single, Writer, legacy, stack_end};
use purgatory::memory::Memory;
use purgatory::plan::OneDigest;
use purgatory::run::run;
use purgatory::vga::reset::reset;
use purgatory_abi::kexec_tools::EntryRegs;
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::{DIGEST_BYTES, Region};

/// Defines tables that are single values: the static, its symbol, its type and its default.
macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident $symbol:literal: $type:ty = $default:expr;)+) => {
        $(
            $(#[$doc])*
            #[unsafe(export_name = $symbol)]
            #[unsafe(link_section = ".data.tables")]
            static $name: Loaded<$type> = Loaded::new($default);
        )+
    };
}

tables! {
    /// Whether to reset the VGA adapter to text mode.
    RESET_VGA "reset_vga": u8 = 0;
    /// Whether to print on the VGA screen.
    CONSOLE_VGA "console_vga": u8 = 0;
    /// Whether to print on the serial port, on success too.
    CONSOLE_SERIAL "console_serial": u8 = 0;
    /// Whether this is a crash image.
    PANIC_KERNEL "panic_kernel": u8 = 0;
    /// The serial port.
    SERIAL_BASE "serial_base": u16 = 0x3f8;
    /// Its speed.
    SERIAL_BAUD "serial_baud": u32 = 0;
    /// Whether to skip the verification.
    SKIP_CHECKS "skip_checks": u32 = 0;
    /// Low memory, and the address to copy it to.
    BACKUP_SRC_START "backup_src_start": u64 = 0;
    BACKUP_SRC_SIZE "backup_src_size": u64 = 0;
    BACKUP_START "backup_start": u64 = 0;
    /// The command line's terminating zero.
    CMDLINE_END "cmdline_end": u64 = 0;
    /// The region table.
    SHA256_REGIONS "sha256_regions": [Region; REGION_SLOTS] = [Region { start: 0, len: 0 }; REGION_SLOTS];
    /// The digest over all regions.
    SHA256_DIGEST "sha256_digest": [u8; DIGEST_BYTES] = [0; DIGEST_BYTES];
}

/// The address at which the running kernel wants to be called back. We write it for programs that read it.
#[unsafe(export_name = "jump_back_entry")]
#[unsafe(link_section = ".data.tables")]
static JUMP_BACK_ENTRY: Single<u64> = Single::new(0);

/// The registers of a 64-bit entry. kexec-tools reads them, changes some, and writes them back.
#[unsafe(export_name = "entry64_regs")]
#[unsafe(link_section = ".data.tables")]
static ENTRY64_REGS: Loaded<EntryRegs, DefaultRegs> =
    Loaded::new(DefaultRegs { registers: [0; 16], rip: legacy::entry32 });

/// [`EntryRegs`] with an address that only the loader will know.
#[repr(C)]
struct DefaultRegs {
    registers: [u64; 16],
    rip: unsafe extern "C" fn() -> !,
}

// The stack of 32-bit ELF images that need an argument: the stack pointer points to the return address, and the
// argument follows it. A loader can write only memory that has bytes in the file.
global_asm!(
    ".pushsection .data.tables, \"aw\"",
    ".balign 16",
    ".zero 4096",
    ".globl stack_arg32_2",
    ".type stack_arg32_2, @object",
    ".size stack_arg32_2, 4",
    "stack_arg32_2: .long 0",
    ".globl stack_arg32_1",
    ".type stack_arg32_1, @object",
    ".size stack_arg32_1, 4",
    "stack_arg32_1: .long 0",
    ".popsection",
);

/// Returns the copy to make. Only a crash image leaves the memory of the crashed kernel to be read.
fn backup() -> Option<Backup> {
    let backup = Backup {
        from: *loaded!(BACKUP_SRC_START),
        len: *loaded!(BACKUP_SRC_SIZE),
        to: *loaded!(BACKUP_START),
    };
    (*loaded!(PANIC_KERNEL) != 0 && backup.to != 0).then_some(backup)
}

// Linux leaves 0 in rdx, unless it expects a call back (KEXEC_PRESERVE_CONTEXT). Then rdx is the purgatory's own
// address, and the stack holds the address to call (`arch/x86/kernel/relocate_kernel_64.S`, `identity_mapped`).
purgatory::entry!(OneDigest<'static>, |machine, faults, slot, rdx, rsp| {
    let mut jump_back_entry = 0;
    if rdx != 0
        && let Ok(Some(entry)) = machine.memory().run(rsp, 8).map(<[u8]>::first_chunk)
    {
        jump_back_entry = u64::from_le_bytes(*entry);
        JUMP_BACK_ENTRY.write(jump_back_entry);
    }
    let tables = RawTables {
        entry64: loaded!(ENTRY64_REGS),
        entry32: legacy::entry32_regs.read(),
        entry16: loaded!(legacy::entry16_regs),
        mode_entries: legacy::mode_entries(),
        regions: loaded!(SHA256_REGIONS),
        digest: loaded!(SHA256_DIGEST),
        stack_end: stack_end(),
        skip_checks: *loaded!(SKIP_CHECKS),
        switches: Switches {
            console_serial: *loaded!(CONSOLE_SERIAL) != 0,
            console_vga: *loaded!(CONSOLE_VGA) != 0,
            serial_base: *loaded!(SERIAL_BASE),
            serial_baud: *loaded!(SERIAL_BAUD),
        },
        backup: backup(),
        jump_back: JumpBack { entry: jump_back_entry, cmdline_end: *loaded!(CMDLINE_END) },
    };
    if *loaded!(RESET_VGA) != 0 {
        reset(&mut machine.ports());
    }
    let (plan, tasks) = plan(&tables, machine.own(), machine.memory());
    run(machine, faults, slot.keep(plan), |warnings| {
        // SAFETY: the tasks write neither to the purgatory nor to the text of a warning, and `run` keeps no other slice of
        // memory.
        let writer = unsafe { Writer::new() };
        tasks.perform(&writer, warnings);
        legacy::prepare();
    })
});
