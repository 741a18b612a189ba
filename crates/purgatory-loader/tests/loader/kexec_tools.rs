//! A small purgatory object that passes every rule of kexec-tools.

use crate::purgatory::Purgatory;
use object::elf::R_X86_64_64;

/// The symbols that kexec writes, with their sizes, in their order in .data. `stack_arg32_1` is last, directly after
/// `stack_arg32_2`.
pub(crate) const SET: [(&str, u64); 20] = [
    ("reset_vga", 1),
    ("console_vga", 1),
    ("console_serial", 1),
    ("serial_base", 2),
    ("serial_baud", 4),
    ("panic_kernel", 1),
    ("backup_src_start", 8),
    ("backup_src_size", 8),
    ("backup_start", 8),
    ("skip_checks", 4),
    ("sha256_regions", 256),
    ("sha256_digest", 32),
    ("entry64_regs", 136),
    ("entry32_regs", 36),
    ("entry16_regs", 48),
    ("entry16_debug_regs", 48),
    ("entry16_debug_old_first32", 4),
    ("cmdline_end", 8),
    ("stack_arg32_2", 4),
    ("stack_arg32_1", 4),
];

/// The code whose address kexec uses, with its offset in .text.
pub(crate) const CODE: [(&str, u64); 4] = [
    ("entry16", 0x20),
    ("entry16_debug", 0x30),
    ("entry16_debug_pre32", 0x38),
    ("entry16_debug_first32", 0x3c),
];

/// Offset of `entry32` in .text.
pub(crate) const ENTRY32: u64 = 0x18;

/// All symbols of kexec-tools' contract, and the first table's default.
pub(crate) fn purgatory() -> Purgatory {
    let size: u64 = SET.iter().map(|(_, size)| size).sum();
    let mut purgatory = Purgatory::without_tables(size as usize);
    let (text, data) = (purgatory.text, purgatory.data);
    let entry32 = purgatory.global("entry32", text, ENTRY32, 0);
    for (name, value) in CODE {
        purgatory.global(name, text, value, 0);
    }
    let mut end = 0;
    for (name, size) in SET {
        purgatory.global(name, data, end, size);
        if name == "entry64_regs" {
            purgatory.relocate(data, end + 128, R_X86_64_64, entry32, 0);
        }
        end += size;
    }
    purgatory
}
