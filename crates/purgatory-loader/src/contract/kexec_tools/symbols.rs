//! Rules for the symbols through which kexec talks to the purgatory.

use crate::contract::rules::symbols::{by_address, set};
use crate::contract::rules::{Check, Verdict};
use crate::contract::{Level, Rule};
use crate::elf::Blob;
use purgatory_abi::kexec_tools as abi;
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::{DIGEST_BYTES, Region};

/// Without one of these, or where its size is another, kexec gives up: `elf_rel_set_symbol`, `elf_rel_get_symbol`.
pub(super) const SET: [Check; 20] = [
    must("reset_vga: global, 1 byte, not bss", "--reset-vga is written there", |blob| {
        set(blob, abi::RESET_VGA, 1)
    }),
    must("console_vga: global, 1 byte, not bss", "--console-vga is written there", |blob| {
        set(blob, abi::CONSOLE_VGA, 1)
    }),
    must("console_serial: global, 1 byte, not bss", "--console-serial is written there", |blob| {
        set(blob, abi::CONSOLE_SERIAL, 1)
    }),
    must("serial_base: global, 2 bytes, not bss", "--serial is written there", |blob| {
        set(blob, abi::SERIAL_BASE, 2)
    }),
    must("serial_baud: global, 4 bytes, not bss", "--serial-baud is written there", |blob| {
        set(blob, abi::SERIAL_BAUD, 4)
    }),
    must("panic_kernel: global, 1 byte, not bss", "-p is written there", |blob| {
        set(blob, abi::PANIC_KERNEL, 1)
    }),
    must(
        "backup_src_start: global, 8 bytes, not bss",
        "the address of the memory to copy is written there",
        |blob| set(blob, abi::BACKUP_SRC_START, 8),
    ),
    must(
        "backup_src_size: global, 8 bytes, not bss",
        "the size of the memory to copy is written there",
        |blob| set(blob, abi::BACKUP_SRC_SIZE, 8),
    ),
    must(
        "backup_start: global, 8 bytes, not bss",
        "with -p, the address to copy that memory to is written there",
        |blob| set(blob, abi::BACKUP_START, 8),
    ),
    must("skip_checks: global, 4 bytes, not bss", "--no-checks is written there", |blob| {
        set(blob, abi::SKIP_CHECKS, 4)
    }),
    must(
        "sha256_regions: global, 256 bytes, not bss",
        "which memory to verify is written there",
        |blob| set(blob, abi::SHA256_REGIONS, REGION_SLOTS * size_of::<Region>()),
    ),
    must(
        "sha256_digest: global, 32 bytes, not bss",
        "the digest of that memory is written there",
        |blob| set(blob, abi::SHA256_DIGEST, DIGEST_BYTES),
    ),
    must(
        "entry64_regs: global, 136 bytes, not bss",
        "the registers of a 64-bit entry are read and written there",
        |blob| set(blob, abi::ENTRY64_REGS, size_of::<abi::EntryRegs>()),
    ),
    must(
        "entry32_regs: global, 36 bytes, not bss",
        "the registers of a 32-bit entry are read and written there",
        |blob| set(blob, abi::ENTRY32_REGS, size_of::<abi::EntryRegs32>()),
    ),
    must(
        "entry16_regs: global, 48 bytes, not bss",
        "with --real-mode, the registers of that entry are read and written there",
        |blob| set(blob, abi::ENTRY16_REGS, size_of::<abi::EntryRegs16>()),
    ),
    must(
        "entry16_debug_regs: global, 48 bytes, not bss",
        "with --real-mode, the registers of that entry are written there",
        |blob| set(blob, abi::ENTRY16_DEBUG_REGS, size_of::<abi::EntryRegs16>()),
    ),
    must(
        "entry16_debug_old_first32: global, 4 bytes, not bss",
        "with --real-mode -d, the 32-bit entry of the kernel is written there",
        |blob| set(blob, abi::ENTRY16_DEBUG_OLD_FIRST32, 4),
    ),
    must(
        "cmdline_end: global, 8 bytes, not bss",
        "the end of a bzImage's command line is written there",
        |blob| set(blob, abi::CMDLINE_END, 8),
    ),
    must(
        "stack_arg32_1: global, 4 bytes, not bss",
        "the argument of a 32-bit ELF file is written there",
        |blob| set(blob, abi::STACK_ARG32_1, 4),
    ),
    must(
        "stack_arg32_2: global, 4 bytes, not bss",
        "the return address of a 32-bit ELF file is written there",
        |blob| set(blob, abi::STACK_ARG32_2, 4),
    ),
];

/// Without one of these, kexec gives up: `elf_rel_get_addr`. That of a symbol that is not loaded is a wrong one.
pub(super) const BY_ADDRESS: [Check; 5] = [
    must("stack_end: global, loaded", "it is the stack pointer of the next kernel", |blob| {
        by_address(blob, abi::STACK_END)
    }),
    must("entry16: global, loaded", "--real-mode makes it the 32-bit entry", |blob| {
        by_address(blob, abi::ENTRY16)
    }),
    must("entry16_debug: global, loaded", "--real-mode -d makes it the 32-bit entry", |blob| {
        by_address(blob, abi::ENTRY16_DEBUG)
    }),
    must(
        "entry16_debug_pre32: global, loaded",
        "with --real-mode -d, the kernel calls it before it leaves real mode",
        |blob| by_address(blob, abi::ENTRY16_DEBUG_PRE32),
    ),
    must(
        "entry16_debug_first32: global, loaded",
        "with --real-mode -d, the kernel goes there when it has left real mode",
        |blob| by_address(blob, abi::ENTRY16_DEBUG_FIRST32),
    ),
];

const fn must(name: &'static str, why: &'static str, look: fn(&Blob<'_>) -> Verdict) -> Check {
    Check { rule: Rule { name, level: Level::Must, why }, look }
}
