//! The memory to verify: one digest over all regions, as the drop-ins' loaders compute it, or a digest for each chunk.

use super::{Defect, OwnPart, Regions, Segments};
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::{DIGEST_BYTES, Region};

/// One digest over all regions, in the order of their slots.
#[derive(Clone, Copy)]
pub struct OneDigest<'m> {
    /// The loader's region table, unchecked, for the report.
    pub raw_regions: &'m [Region; REGION_SLOTS],
    /// The checked table, or the defect of the table or of the entry.
    pub regions: Result<Regions<'m>, Defect>,
    /// The loader's digest of all regions; `None` if the loader disabled verification.
    pub expected: Option<&'m [u8; DIGEST_BYTES]>,
}

/// A digest for each chunk of each segment, and for each part of the purgatory.
#[derive(Clone, Copy)]
pub struct Chunks<'m> {
    /// The header and the list; `None` if the part is unknown or cannot be read.
    pub tables: [Option<OwnPart<'m>>; 2],
    /// The purgatory's code.
    pub code: OwnPart<'m>,
    /// The checked list, or the defect of the list or of the header.
    pub segments: Result<Segments<'m>, Defect>,
}
