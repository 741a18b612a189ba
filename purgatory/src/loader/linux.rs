//! The tables of the Linux kernel's loader (`kexec_file_load`).
//!
//! The kernel writes three tables into the blob: `purgatory_sha_regions`, `purgatory_sha256_digest`, `entry64_regs`
//! (`kernel/kexec_file.c`, `kexec_calculate_store_digests`; `arch/x86/kernel/kexec-bzimage64.c`, `bzImage64_load`).
//! They have no field for consoles or a failure action, but `entry64_regs.rsi` points to `boot_params`.

use super::registers::are_of_linux;
use crate::config::{self, Settings};
use crate::image::Image;
use crate::memory::Memory;
use crate::plan::{Attempt, OneDigest, Plan, Regions};
use crate::warnings::Warnings;
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::{DIGEST_BYTES, EntryRegs, Loader, Region};

/// The tables as the kernel wrote them, unchecked.
#[derive(Clone, Copy)]
pub struct RawTables<'m> {
    /// `entry64_regs`.
    pub entry: &'m EntryRegs,
    /// `purgatory_sha_regions`.
    pub regions: &'m [Region; REGION_SLOTS],
    /// `purgatory_sha256_digest`.
    pub digest: &'m [u8; DIGEST_BYTES],
    /// The address of `stack_end`.
    pub stack_end: u64,
}

/// Returns the plan for the tables, without the settings that the image gives. `own` is the memory of the purgatory itself.
///
/// Never fails: a defect of the tables is part of the plan, because the purgatory must report it.
#[must_use]
pub fn plan<'m>(tables: &RawTables<'m>, own: Region) -> Plan<'m, OneDigest<'m>> {
    Plan {
        loader: Loader::Linux.name(),
        attempts: [Attempt {
            entry: *tables.entry,
            target: tables.entry.rip,
            check: OneDigest {
                raw_regions: tables.regions,
                regions: Regions::check(tables.regions, own),
                registers_are_valid: false,
                expected: tables.digest,
                #[cfg(feature = "kexec-tools")]
                skip_checks: 0,
            },
            image: Image {
                kernel: tables.entry.rip,
                boot_params: tables.entry.rsi,
                ..Image::default()
            },
        }],
        settings: Settings::DEFAULT,
        warnings: Warnings::default(),
    }
}

/// Completes the plan: reads the settings, and compares the registers with the image.
pub fn complete<'m, M: Memory>(
    plan: &mut Plan<'m, OneDigest<'m>>,
    tables: &RawTables<'m>,
    memory: &'m M,
) {
    let [attempt] = &mut plan.attempts;
    config::read(memory, &mut attempt.image, &mut plan.settings, &mut plan.warnings);
    attempt.check.registers_are_valid =
        are_of_linux(tables.entry, tables.regions, &attempt.image, tables.stack_end);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::fake::Pieces;
    use purgatory_abi::status::{Status, Warning};

    #[test]
    fn an_invalid_table_becomes_a_plan_with_a_defect() {
        let mut regions = [Region::default(); REGION_SLOTS];
        regions[3] = Region { start: u64::MAX, len: 2 };
        let entry = EntryRegs { rsi: 0x9000, ..EntryRegs::default() };
        let tables = RawTables {
            entry: &entry,
            regions: &regions,
            digest: &[7; DIGEST_BYTES],
            stack_end: 0,
        };
        let memory = Pieces::default();
        let mut plan = plan(&tables, Region { start: 0x1000, len: 0x1000 });
        complete(&mut plan, &tables, &memory);
        assert_eq!(
            plan.attempts[0].check.regions.err().map(|d| (d.status, d.slot)),
            Some((Status::RegionWraps, Some(3)))
        );
        assert_eq!(
            plan.warnings.iter().map(|w| w.warning).collect::<Vec<_>>(),
            [Warning::BootParamsUnmapped]
        );
        assert_eq!(plan.attempts[0].check.expected, &[7; DIGEST_BYTES]);
    }
}
