//! The tables of kexec-tools' loader (`kexec_load`).
//!
//! kexec-tools writes more into its purgatory than the kernel does: the consoles, whether to verify at all, three
//! register tables of which the image uses one, and tasks between verification and hand-off.
//!
//! | module | contents |
//! | --- | --- |
//! | [`tables`] | the tables that kexec-tools writes |
//! | [`start`] | the register tables: the mode in which the image starts, and its entry |
//! | [`switches`] | the console switches |
//! | [`tasks`] | the tasks before the hand-off: the copy of low memory, and the kernel parameter with the address to call back |

mod start;
mod switches;
mod tables;
mod tasks;

pub use switches::Switches;
pub use tables::{Backup, JumpBack, ModeEntries, RawTables};
pub use tasks::{HandOffTasks, JUMP_BACK_BYTES, jump_back_text};

use super::registers::are_of_kexec_tools;
use crate::config;
use crate::image::Image;
use crate::memory::Memory;
use crate::plan::regions::used;
use crate::plan::{Attempt, OneDigest, Plan, Regions};
use crate::warnings::Warnings;
use core::mem::offset_of;
use purgatory_abi::boot::{BootParams, SetupHeader};
use purgatory_abi::{Loader, Region};
use start::Start;

/// The offset of the version of the boot protocol in `boot_params`.
const VERSION: u64 = (offset_of!(BootParams, hdr) + offset_of!(SetupHeader, version)) as u64;

/// The first version of the boot protocol with a 64-bit entry (`Documentation/arch/x86/boot.rst`, `xloadflags`).
const WITH_64_BIT_ENTRY: u16 = 0x20c;

/// Returns the plan for the tables, and the tasks before the hand-off. `own` is the memory of the purgatory itself.
///
/// Never fails: a defect of the tables is part of the plan, because the purgatory must report it.
pub fn plan<'m, M: Memory>(
    tables: &RawTables<'m>,
    own: Region,
    memory: &'m M,
) -> (Plan<'m, OneDigest<'m>>, HandOffTasks) {
    let Start { target, boot_params, defect } = Start::of(tables, own);
    let mut warnings = Warnings::default();
    let serial = tables.switches.serial(&mut warnings);
    let mut plan = Plan {
        loader: Loader::KexecTools.name(),
        attempts: [Attempt {
            entry: (*tables.entry64).into(),
            target,
            check: OneDigest {
                raw_regions: tables.regions,
                regions: match defect {
                    Some(defect) => Err(defect),
                    None => Regions::check(tables.regions, own),
                },
                registers_are_valid: false,
                expected: tables.digest,
                skip_checks: tables.skip_checks,
            },
            image: Image { kernel: target, boot_params, ..Image::default() },
        }],
        settings: tables.switches.settings(serial),
        warnings,
    };
    let [attempt] = &mut plan.attempts;
    // Only images of Linux have boot_params.
    if boot_params != 0 {
        config::read(memory, &mut attempt.image, &mut plan.settings, &mut plan.warnings);
    }
    attempt.check.registers_are_valid = registers_are_valid(tables, target, &attempt.image, memory);
    tables.switches.add(serial, &mut plan.settings.consoles);
    let tasks = HandOffTasks::of(tables, own, memory, attempt, &mut plan.warnings);
    (plan, tasks)
}

/// Checks the registers of a 64-bit entry, and that the image's first instruction is in a region.
fn registers_are_valid<M: Memory>(
    tables: &RawTables<'_>,
    target: u64,
    image: &Image,
    memory: &M,
) -> bool {
    let RawTables { entry64, regions, stack_end, mode_entries, .. } = *tables;
    let version = image.boot_params.wrapping_add(VERSION);
    let is_bzimage = memory.run(version, 2).is_ok_and(|bytes| {
        bytes.first_chunk().is_some_and(|v| u16::from_le_bytes(*v) >= WITH_64_BIT_ENTRY)
    });
    let entry = (*entry64).into();
    let as_written = entry64.rip == mode_entries.entry32
        || are_of_kexec_tools(
            &entry,
            regions,
            image,
            stack_end,
            image.boot_params != 0 && is_bzimage,
        );
    let mut used = used(regions).peekable();
    let is_inside = used.peek().is_none() || used.any(|(_, region)| region.contains(target));
    as_written && is_inside
}

#[cfg(test)]
mod tests;
