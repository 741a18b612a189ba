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

use crate::config;
use crate::image::Image;
use crate::memory::Memory;
use crate::plan::{Attempt, OneDigest, Plan, Regions};
use crate::warnings::Warnings;
use purgatory_abi::{Loader, Region};
use start::Start;

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
                expected: (tables.skip_checks == 0).then_some(tables.digest),
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
    tables.switches.add(serial, &mut plan.settings.consoles);
    let tasks = HandOffTasks::of(tables, own, memory, attempt, &mut plan.warnings);
    (plan, tasks)
}

#[cfg(test)]
mod tests;
