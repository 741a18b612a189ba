//! The contract of the purgatory that kexec-tools embeds (x86_64, 2.0.25 to 2.0.32).
//!
//! Source: `purgatory/` of kexec-tools, and the functions that write its symbols: `elf_rel_set_symbol` and
//! `elf_rel_get_addr` (`kexec/kexec-elf-rel.c`), `update_purgatory` (`kexec/kexec.c`), `arch_update_purgatory`
//! (`kexec/arch/i386/kexec-x86-common.c`), and the loaders of the formats in `kexec/arch/i386` and `kexec/arch/x86_64`.
//!
//! kexec-tools finds the entry point, [`ENTRY`], by the object's `e_entry`.

use crate::linux::REGION_SLOTS;
use crate::{DIGEST_BYTES, Region};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

symbols! {
    /// The entry point.
    ENTRY = "purgatory_start": function;
    /// Set: 1 for `--reset-vga`.
    RESET_VGA = "reset_vga": [u8], "global, 1 byte, not bss",
        "kexec writes --reset-vga to it";
    /// Set: 1 for `--console-vga`.
    CONSOLE_VGA = "console_vga": [u8], "global, 1 byte, not bss",
        "kexec writes --console-vga to it";
    /// Set: 1 for `--console-serial`.
    CONSOLE_SERIAL = "console_serial": [u8], "global, 1 byte, not bss",
        "kexec writes --console-serial to it";
    /// Set: the first I/O port of the UART, `--serial=`.
    SERIAL_BASE = "serial_base": [u16], "global, 2 bytes, not bss",
        "kexec writes --serial to it";
    /// Set: bits per second, `--serial-baud=`; 0 leaves the UART as it is.
    SERIAL_BAUD = "serial_baud": [u32], "global, 4 bytes, not bss",
        "kexec writes --serial-baud to it";
    /// Set: 1 for a crash image, `-p`.
    PANIC_KERNEL = "panic_kernel": [u8], "global, 1 byte, not bss",
        "kexec writes -p to it";
    /// Set: physical address of the memory to copy before a capture kernel uses it.
    BACKUP_SRC_START = "backup_src_start": [u64], "global, 8 bytes, not bss",
        "kexec writes the address of the memory to copy to it";
    /// Set: the length of that memory in bytes.
    BACKUP_SRC_SIZE = "backup_src_size": [u64], "global, 8 bytes, not bss",
        "kexec writes the size of the memory to copy to it";
    /// Set for crash images: physical address to copy that memory to; 0 disables the copy.
    BACKUP_START = "backup_start": [u64], "global, 8 bytes, not bss",
        "with -p, kexec writes the destination address of the copy to it";
    /// Set: 1 for `--no-checks`; regions and digest are then not set.
    SKIP_CHECKS = "skip_checks": [u32], "global, 4 bytes, not bss",
        "kexec writes --no-checks to it";
    /// The region table, set.
    SHA256_REGIONS = "sha256_regions": [[Region; REGION_SLOTS]], "global, 256 bytes, not bss",
        "kexec writes the memory regions to verify to it";
    /// One SHA-256 over all regions in order, set.
    SHA256_DIGEST = "sha256_digest": [[u8; DIGEST_BYTES]], "global, 32 bytes, not bss",
        "kexec writes the digest of those regions to it";
    /// [`EntryRegs`], read, changed and set by the 64-bit formats; the default of `rip` is [`ENTRY32`].
    ENTRY64_REGS = "entry64_regs": [EntryRegs], "global, 136 bytes, not bss",
        "kexec reads and writes the registers of a 64-bit entry in it";
    /// [`EntryRegs32`], read, changed and set by the 32-bit formats; the default of `eip` is [`ENTRY16`].
    ENTRY32_REGS = "entry32_regs": [EntryRegs32], "global, 36 bytes, not bss",
        "kexec reads and writes the registers of a 32-bit entry in it";
    /// [`EntryRegs16`], read, changed and set for `--real-mode`.
    ENTRY16_REGS = "entry16_regs": [EntryRegs16], "global, 48 bytes, not bss",
        "with --real-mode, kexec reads and writes the registers of that entry in it";
    /// [`EntryRegs16`], set for `--real-mode`: the registers for [`ENTRY16_DEBUG`].
    ENTRY16_DEBUG_REGS = "entry16_debug_regs": [EntryRegs16], "global, 48 bytes, not bss",
        "with --real-mode, kexec writes the registers of that entry to it";
    /// Set for `--real-mode -d`: the address to which [`ENTRY16_DEBUG_FIRST32`] jumps.
    ENTRY16_DEBUG_OLD_FIRST32 = "entry16_debug_old_first32": [u32], "global, 4 bytes, not bss",
        "with --real-mode -d, kexec writes the 32-bit entry of the kernel to it";
    /// Set by the loaders of bzImages: physical address of the command line's terminating zero, which is followed by
    /// free space.
    CMDLINE_END = "cmdline_end": [u64], "global, 8 bytes, not bss",
        "kexec writes the end of a bzImage's command line to it";
    /// Written by the purgatory itself: the address at which the running kernel wants to be called back.
    JUMP_BACK_ENTRY = "jump_back_entry": [u64];
    /// Set by the loader of 32-bit ELF files: the argument of its entry.
    STACK_ARG32_1 = "stack_arg32_1": [u32], "global, 4 bytes, not bss",
        "kexec writes the argument of a 32-bit ELF kernel to it";
    /// Set, and its address is used as the stack pointer: the return address of that entry; [`STACK_ARG32_1`] follows
    /// it.
    STACK_ARG32_2 = "stack_arg32_2": [u32], "global, 4 bytes, not bss",
        "kexec writes the return address of a 32-bit ELF kernel to it";
    /// By address: the end of a stack that the image may start on.
    STACK_END = "stack_end": label, "global, loaded",
        "kexec uses its address as the stack pointer of the target kernel";
    /// The default of `entry64_regs.rip`: the code that switches to 32-bit mode.
    ENTRY32 = "entry32": function;
    /// By address: the code that switches from 32-bit to real mode.
    ENTRY16 = "entry16": label, "global, loaded",
        "with --real-mode, it is the 32-bit entry";
    /// By address: the same for `--real-mode -d`.
    ENTRY16_DEBUG = "entry16_debug": label, "global, loaded",
        "with --real-mode -d, it is the 32-bit entry";
    /// By address: with `-d`, a kernel's real-mode part calls it before it leaves real mode.
    ENTRY16_DEBUG_PRE32 = "entry16_debug_pre32": label, "global, loaded",
        "with --real-mode -d, the kernel calls it before it leaves real mode";
    /// By address: with `-d`, a kernel's real-mode part jumps to it in 32-bit mode.
    ENTRY16_DEBUG_FIRST32 = "entry16_debug_first32": label, "global, loaded",
        "with --real-mode -d, the kernel jumps to it after it has left real mode";
}

/// The kernel parameter that the purgatory appends to a command line. The address in hexadecimal follows it.
pub const JUMP_BACK_PARAMETER: &str = " kexec_jump_back_entry=0x";
/// Free bytes that the loaders of bzImages leave after a command line: `PURGATORY_CMDLINE_SIZE`.
pub const CMDLINE_ROOM: usize = 64;

/// The registers of a 64-bit entry, `struct entry64_regs`.
///
/// It has the size of the kernel's table of this name ([`crate::EntryRegs`]), and another order: alphabetical up to
/// rdx.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[allow(missing_docs, reason = "the fields are the registers they are named after")]
pub struct EntryRegs {
    pub rax: u64,
    pub rbx: u64,
    pub rcx: u64,
    pub rdx: u64,
    pub rsi: u64,
    pub rdi: u64,
    pub rsp: u64,
    pub rbp: u64,
    pub r8: u64,
    pub r9: u64,
    pub r10: u64,
    pub r11: u64,
    pub r12: u64,
    pub r13: u64,
    pub r14: u64,
    pub r15: u64,
    pub rip: u64,
}

impl From<EntryRegs> for crate::EntryRegs {
    fn from(regs: EntryRegs) -> Self {
        let EntryRegs { rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp, .. } = regs;
        let EntryRegs { r8, r9, r10, r11, r12, r13, r14, r15, rip, .. } = regs;
        Self { rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15, rip }
    }
}

/// The registers of a 32-bit entry, `struct entry32_regs`.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[allow(missing_docs, reason = "the fields are the registers they are named after")]
pub struct EntryRegs32 {
    pub eax: u32,
    pub ebx: u32,
    pub ecx: u32,
    pub edx: u32,
    pub esi: u32,
    pub edi: u32,
    pub esp: u32,
    pub ebp: u32,
    pub eip: u32,
}

/// The registers of a real-mode entry, `struct entry16_regs`.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[allow(missing_docs, reason = "the fields are the registers they are named after")]
pub struct EntryRegs16 {
    pub eax: u32,
    pub ebx: u32,
    pub ecx: u32,
    pub edx: u32,
    pub esi: u32,
    pub edi: u32,
    pub esp: u32,
    pub ebp: u32,
    pub ds: u16,
    pub es: u16,
    pub ss: u16,
    pub fs: u16,
    pub gs: u16,
    pub ip: u16,
    pub cs: u16,
    /// Unused.
    pub pad: u16,
}

const _: () = {
    use core::mem::offset_of;
    assert!(size_of::<EntryRegs>() == 17 * 8);
    assert!(offset_of!(EntryRegs, rbx) == 8);
    assert!(offset_of!(EntryRegs, rdi) == 5 * 8);
    assert!(offset_of!(EntryRegs, rsp) == 6 * 8);
    assert!(offset_of!(EntryRegs, rip) == 16 * 8);
    assert!(size_of::<EntryRegs32>() == 36);
    assert!(offset_of!(EntryRegs32, eip) == 32);
    assert!(size_of::<EntryRegs16>() == 48);
    assert!(offset_of!(EntryRegs16, ds) == 32);
    // A far pointer, as the jump needs it.
    assert!(offset_of!(EntryRegs16, cs) == offset_of!(EntryRegs16, ip) + 2);
};

#[cfg(test)]
mod tests {
    use super::*;
    use zerocopy::transmute;

    #[test]
    fn converts_every_register_to_the_order_of_the_kernel() {
        // Each slot of kexec-tools' table holds its own number.
        let numbers: [u64; 17] = core::array::from_fn(|slot| slot as u64);
        let theirs: EntryRegs = transmute!(numbers);
        let ours: [u64; 17] = transmute!(crate::EntryRegs::from(theirs));
        // The kernel's order, in slots of kexec-tools' table: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, then alike.
        assert_eq!(ours, [0, 2, 3, 1, 6, 7, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
        assert_ne!(ours, numbers);
    }
}
