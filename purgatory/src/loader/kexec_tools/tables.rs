//! What kexec-tools writes into the tables.

use super::switches::Switches;
use purgatory_abi::kexec_tools::{EntryRegs, EntryRegs16, EntryRegs32};
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::{DIGEST_BYTES, Region};

/// The tables as kexec-tools left them: nothing in them is checked.
#[derive(Clone, Copy)]
pub struct RawTables<'m> {
    /// `entry64_regs`, whose order is not the kernel's.
    pub entry64: &'m EntryRegs,
    /// `entry32_regs`.
    pub entry32: &'m EntryRegs32,
    /// `entry16_regs`.
    pub entry16: &'m EntryRegs16,
    /// Where our own ways to the two other modes begin.
    pub mode_entries: ModeEntries,
    /// `sha256_regions`.
    pub regions: &'m [Region; REGION_SLOTS],
    /// `sha256_digest`.
    pub digest: &'m [u8; DIGEST_BYTES],
    /// `skip_checks`.
    pub skip_checks: u32,
    /// The console switches.
    pub switches: Switches,
    /// `backup_src_start`, `backup_src_size` and `backup_start` of a crash image.
    pub backup: Option<Backup>,
    /// `cmdline_end`, and where the old kernel wants to be called back.
    pub jump_back: JumpBack,
}

/// Where our own ways to other modes begin, as physical addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModeEntries {
    /// `entry32`: from long mode to 32-bit protected mode without paging.
    pub entry32: u64,
    /// `entry16`: from there to real mode.
    pub entry16: u64,
}

/// A copy of memory that the image is going to overwrite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Physical address to copy from.
    pub from: u64,
    /// Length in bytes.
    pub len: u64,
    /// Physical address to copy to.
    pub to: u64,
}

/// The address at which the calling kernel continues, and the end of the command line that names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JumpBack {
    /// Physical address at which the old kernel goes on; 0 if it does not.
    pub entry: u64,
    /// Physical address of the command line's terminating zero; 0 if there is no command line.
    pub cmdline_end: u64,
}
