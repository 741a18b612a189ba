//! The blobs: what each is built of, which symbols its loader looks for, and what it must keep to.

use crate::freestanding::Program;
use object::elf::{STT_FUNC, STT_NOTYPE, STT_OBJECT, SymbolType};
use purgatory_abi::{Loader, kexec_tools, linux, native};

/// A blob.
pub(crate) struct Kind {
    /// Its loader, whose contract it follows.
    pub(crate) loader: Loader,
    /// How it is compiled and linked.
    pub(crate) program: Program<'static>,
    /// What its loader looks for by name.
    pub(super) symbols: &'static [Wanted],
    /// The largest file, in bytes.
    pub(super) largest_file: usize,
    /// Why that is so, as the name of a rule.
    pub(super) why: &'static str,
}

/// A symbol that a loader looks for.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    /// Its name.
    pub(super) name: &'static str,
    /// Its type in the object.
    pub(super) kind: SymbolType,
    /// Its size in bytes, where the loader compares it.
    pub(super) size: Option<u64>,
}

/// A blob no larger can take its place in an installed program, in a kernel's file or in memory.
const SMALLEST_STOCK: &str = "no larger than the smallest stock purgatory";

/// All of them.
pub(crate) const ALL: [&Kind; 3] = [&LINUX, &KEXEC_TOOLS, &NATIVE];

/// The drop-in for the purgatory that the Linux kernel embeds.
pub(crate) const LINUX: Kind = Kind {
    loader: Loader::Linux,
    program: program("purgatory-linux", "blob"),
    symbols: &[
        function(linux::ENTRY),
        table::<purgatory_abi::EntryRegs>(linux::ENTRY64_REGS),
        table::<[purgatory_abi::Region; linux::REGION_SLOTS]>(linux::SHA_REGIONS),
        table::<[u8; purgatory_abi::DIGEST_BYTES]>(linux::SHA256_DIGEST),
        label(linux::STACK_END),
    ],
    // Debian's 6.12 cloud kernel.
    largest_file: 15_856,
    why: SMALLEST_STOCK,
};

/// The drop-in for the purgatory that kexec-tools embeds.
pub(crate) const KEXEC_TOOLS: Kind = Kind {
    loader: Loader::KexecTools,
    program: program("purgatory-kexec-tools", "blob,kexec-tools"),
    symbols: &[
        function(kexec_tools::ENTRY),
        table::<u8>(kexec_tools::RESET_VGA),
        table::<u8>(kexec_tools::CONSOLE_VGA),
        table::<u8>(kexec_tools::CONSOLE_SERIAL),
        table::<u16>(kexec_tools::SERIAL_BASE),
        table::<u32>(kexec_tools::SERIAL_BAUD),
        table::<u8>(kexec_tools::PANIC_KERNEL),
        table::<u64>(kexec_tools::BACKUP_SRC_START),
        table::<u64>(kexec_tools::BACKUP_SRC_SIZE),
        table::<u64>(kexec_tools::BACKUP_START),
        table::<u32>(kexec_tools::SKIP_CHECKS),
        table::<[purgatory_abi::Region; linux::REGION_SLOTS]>(kexec_tools::SHA256_REGIONS),
        table::<[u8; purgatory_abi::DIGEST_BYTES]>(kexec_tools::SHA256_DIGEST),
        table::<kexec_tools::EntryRegs>(kexec_tools::ENTRY64_REGS),
        table::<kexec_tools::EntryRegs32>(kexec_tools::ENTRY32_REGS),
        table::<kexec_tools::EntryRegs16>(kexec_tools::ENTRY16_REGS),
        table::<kexec_tools::EntryRegs16>(kexec_tools::ENTRY16_DEBUG_REGS),
        table::<u32>(kexec_tools::ENTRY16_DEBUG_OLD_FIRST32),
        table::<u64>(kexec_tools::CMDLINE_END),
        table::<u64>(kexec_tools::JUMP_BACK_ENTRY),
        table::<u32>(kexec_tools::STACK_ARG32_1),
        table::<u32>(kexec_tools::STACK_ARG32_2),
        label(kexec_tools::STACK_END),
        function(kexec_tools::ENTRY32),
        label(kexec_tools::ENTRY16),
        label(kexec_tools::ENTRY16_DEBUG),
        label(kexec_tools::ENTRY16_DEBUG_PRE32),
        label(kexec_tools::ENTRY16_DEBUG_FIRST32),
    ],
    // kexec-tools 2.0.32.
    largest_file: 35_488,
    why: SMALLEST_STOCK,
};

/// The purgatory of our own contract.
pub(crate) const NATIVE: Kind = Kind {
    loader: Loader::Native,
    program: Program { profile: "blob-native", ..program("purgatory-native", "blob,native") },
    symbols: &[function(native::ENTRY), table::<native::Header>(native::HEADER)],
    largest_file: 65_536,
    why: "no larger than a chunk",
};

/// What the programs of all blobs have in common.
const fn program(bin: &'static str, features: &'static str) -> Program<'static> {
    Program {
        package: "purgatory",
        bin,
        features,
        profile: "blob",
        script: "linker/purgatory.ld",
        flags: &[
            "-Crelocation-model=pie",
            // With full RELRO, the default, calls of global functions go through a table, and each entry is a relocation.
            "-Crelro-level=off",
            "-Clink-arg=--no-dynamic-linker",
            "-Clink-arg=-znorelro",
            "-Clink-arg=-znotext",
        ],
    }
}

const fn function(name: &'static str) -> Wanted {
    Wanted { name, kind: STT_FUNC, size: None }
}

const fn table<T>(name: &'static str) -> Wanted {
    Wanted { name, kind: STT_OBJECT, size: Some(size_of::<T>() as u64) }
}

const fn label(name: &'static str) -> Wanted {
    Wanted { name, kind: STT_NOTYPE, size: None }
}
