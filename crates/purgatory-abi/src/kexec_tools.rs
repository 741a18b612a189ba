//! The contract of the purgatory that kexec-tools embeds (x86_64, 2.0.25 to 2.0.32).
//!
//! Source: `purgatory/` of kexec-tools, and the functions that write its symbols: `elf_rel_set_symbol` and
//! `elf_rel_get_addr` (`kexec/kexec-elf-rel.c`), `update_purgatory` (`kexec/kexec.c`), `arch_update_purgatory`
//! (`kexec/arch/i386/kexec-x86-common.c`), and the loaders of the formats in `kexec/arch/i386` and `kexec/arch/x86_64`.
//!
//! A symbol that is *set* must be global, lie in a section with bytes, and have exactly the size given here. Of a symbol that
//! is taken *by address* nothing else matters. The entry point, [`ENTRY`], is found by the object's `e_entry`.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The entry point.
pub const ENTRY: &str = "purgatory_start";

/// u8, set: 1 for `--reset-vga`.
pub const RESET_VGA: &str = "reset_vga";
/// u8, set: 1 for `--console-vga`.
pub const CONSOLE_VGA: &str = "console_vga";
/// u8, set: 1 for `--console-serial`.
pub const CONSOLE_SERIAL: &str = "console_serial";
/// u16, set: the first I/O port of the UART, `--serial=`.
pub const SERIAL_BASE: &str = "serial_base";
/// u32, set: bits per second, `--serial-baud=`; 0 leaves the UART as it is.
pub const SERIAL_BAUD: &str = "serial_baud";
/// u8, set: 1 for a crash image, `-p`.
pub const PANIC_KERNEL: &str = "panic_kernel";
/// u64, set: physical address of the memory to copy before a capture kernel uses it.
pub const BACKUP_SRC_START: &str = "backup_src_start";
/// u64, set: its length in bytes.
pub const BACKUP_SRC_SIZE: &str = "backup_src_size";
/// u64, set for crash images: physical address to copy it to; 0 for nowhere.
pub const BACKUP_START: &str = "backup_start";
/// u32, set: 1 for `--no-checks`; then neither regions nor digest are.
pub const SKIP_CHECKS: &str = "skip_checks";
/// `[Region; linux::REGION_SLOTS]`, set.
pub const SHA256_REGIONS: &str = "sha256_regions";
/// One SHA-256 over all regions in order, set.
pub const SHA256_DIGEST: &str = "sha256_digest";
/// [`EntryRegs`], read, changed and set by the 64-bit formats; the default of `rip` is [`ENTRY32`].
pub const ENTRY64_REGS: &str = "entry64_regs";
/// [`EntryRegs32`], read, changed and set by the 32-bit formats; the default of `eip` is [`ENTRY16`].
pub const ENTRY32_REGS: &str = "entry32_regs";
/// [`EntryRegs16`], read, changed and set for `--real-mode`.
pub const ENTRY16_REGS: &str = "entry16_regs";
/// [`EntryRegs16`], set for `--real-mode`: those of [`ENTRY16_DEBUG`].
pub const ENTRY16_DEBUG_REGS: &str = "entry16_debug_regs";
/// u32, set for `--real-mode -d`: where [`ENTRY16_DEBUG_FIRST32`] leads on to.
pub const ENTRY16_DEBUG_OLD_FIRST32: &str = "entry16_debug_old_first32";
/// u64, set by the loaders of bzImages: physical address of the command line's terminating zero, behind which there is room.
pub const CMDLINE_END: &str = "cmdline_end";
/// u64, written by the purgatory itself: where the old kernel is to be called back.
pub const JUMP_BACK_ENTRY: &str = "jump_back_entry";
/// u32, set by the loader of 32-bit ELF files: the argument of its entry.
pub const STACK_ARG32_1: &str = "stack_arg32_1";
/// u32, set, and its address taken as stack pointer: the return address of its entry; [`STACK_ARG32_1`] is right behind.
pub const STACK_ARG32_2: &str = "stack_arg32_2";

/// By address: the end of a stack that the image may start on.
pub const STACK_END: &str = "stack_end";
/// Where `entry64_regs.rip` leads by default: the way to 32-bit mode.
pub const ENTRY32: &str = "entry32";
/// By address: the way from 32-bit to real mode.
pub const ENTRY16: &str = "entry16";
/// By address: the same for `--real-mode -d`.
pub const ENTRY16_DEBUG: &str = "entry16_debug";
/// By address: what a kernel's real-mode part calls before it leaves real mode, with `-d`.
pub const ENTRY16_DEBUG_PRE32: &str = "entry16_debug_pre32";
/// By address: where a kernel's real-mode part jumps to in 32-bit mode, with `-d`.
pub const ENTRY16_DEBUG_FIRST32: &str = "entry16_debug_first32";

/// What the purgatory appends to a command line: this, and the address in hexadecimal.
pub const JUMP_BACK_WORD: &str = " kexec_jump_back_entry=0x";
/// Bytes that the loaders of bzImages leave behind a command line: `PURGATORY_CMDLINE_SIZE`.
pub const CMDLINE_ROOM: usize = 64;

/// The registers of a 64-bit entry, `struct entry64_regs`.
///
/// As large as the kernel's table of this name ([`crate::EntryRegs`]), and in another order: alphabetical up to rdx.
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
    /// Nothing.
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
    // A far pointer, as the jump through it wants it.
    assert!(offset_of!(EntryRegs16, cs) == offset_of!(EntryRegs16, ip) + 2);
};

#[cfg(test)]
mod tests {
    use super::*;
    use zerocopy::transmute;

    #[test]
    fn the_two_orders_of_entry64_regs_differ_and_every_register_finds_its_place() {
        // Each slot of kexec-tools' table holds its own number.
        let numbers: [u64; 17] = core::array::from_fn(|slot| slot as u64);
        let theirs: EntryRegs = transmute!(numbers);
        let ours: [u64; 17] = transmute!(crate::EntryRegs::from(theirs));
        // The kernel's order, in slots of kexec-tools' table: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, then alike.
        assert_eq!(ours, [0, 2, 3, 1, 6, 7, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
        assert_ne!(ours, numbers);
    }
}
