//! The front door for images that kexec-tools loads (`kexec_load`).
//!
//! kexec-tools writes far more into its purgatory than the kernel does: how to speak, whether to check at all, three
//! register tables of which one counts, and what is to be done between verification and hand-off.
//!
//! | module | what |
//! | --- | --- |
//! | [`start`] | the register tables: in which mode the image starts, and where |
//! | [`switches`] | the console switches |
//! | [`duties`] | the copy of low memory, and the word on the command line that says where to call back |

mod duties;
mod start;
mod switches;

pub use duties::{Backup, Duties, JUMP_BACK_BYTES, JumpBack, jump_back_text};
pub use start::Ways;
pub use switches::Switches;

use crate::config;
use crate::image::Image;
use crate::memory::Memory;
use crate::plan::{OneDigest, Plan, Regions};
use crate::warnings::Warnings;
use purgatory_abi::kexec_tools::{EntryRegs, EntryRegs16, EntryRegs32};
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::{DIGEST_BYTES, Loader, Region};
use start::Start;

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
    pub ways: Ways,
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

/// Makes a plan of the tables, and of what is to be done before the hand-off. `own` is the memory of the purgatory itself.
///
/// There is always a plan: what is wrong with the tables stands in it, since even then someone has to say so.
pub fn plan<'m, M: Memory>(
    tables: &RawTables<'m>,
    own: Region,
    memory: &'m M,
) -> (Plan<'m, OneDigest<'m>>, Duties) {
    let Start { target, boot_params, defect } = Start::of(tables, own);
    let mut warnings = Warnings::default();
    let serial = tables.switches.serial(&mut warnings);
    let mut plan = Plan {
        door: Loader::KexecTools.name(),
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
        settings: tables.switches.settings(serial),
        warnings,
    };
    // Formats that are not Linux's have no boot_params.
    if boot_params != 0 {
        config::read(memory, &mut plan.image, &mut plan.settings, &mut plan.warnings);
    }
    tables.switches.add(serial, &mut plan.settings.consoles);
    let duties = Duties::of(tables, own, memory, &mut plan);
    (plan, duties)
}

#[cfg(test)]
mod tests;
