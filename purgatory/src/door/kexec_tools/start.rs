//! In which mode the image starts, and where: three register tables, of which each leads to the next by default.

use super::RawTables;
use crate::region::Defect;
use purgatory_abi::linux::Region;
use purgatory_abi::status::Status;

/// Where our own ways to other modes begin, as physical addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways {
    /// `entry32`: from long mode to 32-bit protected mode without paging.
    pub entry32: u64,
    /// `entry16`: from there to real mode.
    pub entry16: u64,
}

/// Behind the last byte that 32-bit code without paging can be at.
const END_OF_32_BIT: u64 = 1 << 32;

/// Behind the last byte that real-mode code can be at with no thought of wrapping.
const END_OF_REAL_MODE: u64 = 1 << 20;

/// Where the image begins.
pub(super) struct Start {
    /// Physical address of its first instruction.
    pub(super) target: u64,
    /// Physical address of `boot_params`, or 0.
    pub(super) boot_params: u64,
    /// What keeps the purgatory from getting there.
    pub(super) defect: Option<Defect>,
}

impl Start {
    /// Reads the tables in the order in which they lead to each other.
    pub(super) fn of(tables: &RawTables<'_>, own: Region) -> Self {
        let RawTables { entry64, entry32, entry16, ways, .. } = tables;
        if entry64.rip != ways.entry32 {
            return Self { target: entry64.rip, boot_params: entry64.rsi, defect: None };
        }
        let eip = u64::from(entry32.eip);
        let (target, limit) = if eip == 0 || eip == ways.entry16 {
            (u64::from(entry16.cs) * 16 + u64::from(entry16.ip), END_OF_REAL_MODE)
        } else {
            (eip, END_OF_32_BIT)
        };
        let too_high = own.start.saturating_add(own.len) > limit;
        let defect = Defect { status: Status::EntryTooHigh, slot: None, address: own.start };
        Self { target, boot_params: entry32.esi.into(), defect: too_high.then_some(defect) }
    }
}
