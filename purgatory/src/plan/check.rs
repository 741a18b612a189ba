//! The memory to verify: one digest over all regions, as the drop-ins' loaders compute it, or a digest for each chunk.

use super::{Defect, OwnPart, Regions, Segments};
#[cfg(feature = "kexec-tools")]
use crate::key::difference;
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::{DIGEST_BYTES, Region};

/// One digest over all regions, in the order of their slots.
#[derive(Clone, Copy)]
pub struct OneDigest<'m> {
    /// The loader's region table, unchecked, for the report.
    pub raw_regions: &'m [Region; REGION_SLOTS],
    /// The checked table, or the defect of the table or of the entry.
    pub regions: Result<Regions<'m>, Defect>,
    /// Whether the registers are those that the loader writes.
    pub registers_are_valid: bool,
    /// The loader's digest of all regions.
    pub expected: &'m [u8; DIGEST_BYTES],
    /// `skip_checks` of kexec-tools.
    #[cfg(feature = "kexec-tools")]
    pub skip_checks: u32,
}

#[cfg(feature = "kexec-tools")]
impl OneDigest<'_> {
    /// The value of `skip_checks` with `--no-checks`.
    const SKIP: u32 = 1;

    /// Whether kexec-tools disabled the verification: then it sets neither regions nor digest (`update_purgatory` of
    /// `kexec/kexec.c`).
    #[must_use]
    pub fn is_skipped(&self) -> bool {
        let is_empty = *self.raw_regions == [Region::default(); REGION_SLOTS];
        self.skip_checks == Self::SKIP && is_empty && *self.expected == [0; DIGEST_BYTES]
    }

    /// Returns the bits in which the tables differ from those of a loader that disabled the verification, or 0.
    #[must_use]
    pub fn tables_without_checks(&self) -> u64 {
        let regions =
            self.raw_regions.iter().fold(0, |all, region| all | region.start | region.len);
        let digest = difference(self.expected, &[0; DIGEST_BYTES]);
        u64::from(self.skip_checks ^ Self::SKIP) | regions | digest
    }
}

/// A digest for each chunk of each segment, and for each part of the purgatory.
#[derive(Clone, Copy)]
pub struct Chunks<'m> {
    /// The header and the list; `None` if the part is unknown or cannot be read.
    pub tables: [Option<OwnPart<'m>>; 2],
    /// The bits in which the digest of the purgatory's code differs from the loader's, or 0.
    pub code: u64,
    /// The checked list, or the defect of the list or of the header.
    pub segments: Result<Segments<'m>, Defect>,
    /// The digest of elfcorehdr, if nothing rewrites it after the load.
    pub elfcorehdr: Option<&'m [u8; DIGEST_BYTES]>,
}
