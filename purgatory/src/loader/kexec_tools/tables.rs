//! The tables that kexec-tools writes.

use super::switches::Switches;
use purgatory_abi::kexec_tools::{EntryRegs, EntryRegs16, EntryRegs32};
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::{DIGEST_BYTES, Region};

/// The tables as kexec-tools wrote them, unchecked.
#[derive(Clone, Copy)]
pub struct RawTables<'m> {
    /// `entry64_regs`; its order differs from the kernel's.
    pub entry64: &'m EntryRegs,
    /// `entry32_regs`.
    pub entry32: EntryRegs32,
    /// `entry16_regs`.
    pub entry16: &'m EntryRegs16,
    /// The entries of our code for the two other modes.
    pub mode_entries: ModeEntries,
    /// `sha256_regions`.
    pub regions: &'m [Region; REGION_SLOTS],
    /// `sha256_digest`.
    pub digest: &'m [u8; DIGEST_BYTES],
    /// The address of `stack_end`.
    pub stack_end: u64,
    /// `skip_checks`.
    pub skip_checks: u32,
    /// The console switches.
    pub switches: Switches,
    /// `backup_src_start`, `backup_src_size` and `backup_start` of a crash image.
    pub backup: Option<Backup>,
    /// `cmdline_end`, and the address at which the running kernel wants to be called back.
    pub jump_back: JumpBack,
}

/// The entries of our code for other modes, as physical addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModeEntries {
    /// `entry32`: switches from long mode to 32-bit protected mode without paging.
    pub entry32: u64,
    /// `entry16`: switches from there to real mode.
    pub entry16: u64,
}

/// A copy of memory that the image will overwrite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Physical address to copy from.
    pub from: u64,
    /// Length in bytes.
    pub len: u64,
    /// Physical address to copy to.
    pub to: u64,
}

/// The address at which the running kernel continues after a call back, and the end of the command line that will give
/// it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JumpBack {
    /// Physical address at which the running kernel continues; 0 if it does not.
    pub entry: u64,
    /// Physical address of the command line's terminating zero; 0 if there is no command line.
    pub cmdline_end: u64,
}
