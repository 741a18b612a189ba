//! The mode in which the image starts, and its entry. By default, each of the three register tables leads to the next
//! one.

use super::tables::RawTables;
use crate::plan::Defect;
use purgatory_abi::Region;
use purgatory_abi::status::Status;

/// The end of the memory that 32-bit code without paging can reach.
const END_OF_32_BIT: u64 = 1 << 32;

/// The end of the memory that real-mode code can reach without wrapping.
const END_OF_REAL_MODE: u64 = 1 << 20;

/// The start of the image.
pub(super) struct Start {
    /// Physical address of its first instruction.
    pub(super) target: u64,
    /// Physical address of `boot_params`, or 0.
    pub(super) boot_params: u64,
    /// The defect that prevents the jump to it.
    pub(super) defect: Option<Defect>,
}

impl Start {
    /// Reads the tables in the order in which they lead to each other.
    pub(super) fn of(tables: &RawTables<'_>, own: Region) -> Self {
        let RawTables { entry64, entry32, entry16, mode_entries, .. } = tables;
        let eip = u64::from(entry32.eip);
        let (target, boot_params, limit) = if entry64.rip != mode_entries.entry32 {
            (entry64.rip, entry64.rsi, u64::MAX)
        } else if eip == 0 || eip == mode_entries.entry16 {
            let target = u64::from(entry16.cs) * 16 + u64::from(entry16.ip);
            (target, entry32.esi.into(), END_OF_REAL_MODE)
        } else {
            (eip, entry32.esi.into(), END_OF_32_BIT)
        };
        let defect = |status, address| Some(Defect { status, slot: None, address });
        let defect = if own.start.saturating_add(own.len) > limit {
            defect(Status::EntryTooHigh, own.start)
        } else if target == 0 {
            // No loader filled in the table. The memory at address 0 may be mapped.
            defect(Status::EntryUnmapped, target)
        } else {
            None
        };
        Self { target, boot_params, defect }
    }
}
