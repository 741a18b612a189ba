//! What is verified: one digest over all regions, as the drop-ins' loaders take it, or a digest a chunk.

use super::{Defect, Own, Regions, Segments};
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::{DIGEST_BYTES, Region};

/// One digest over all regions, in the order of their slots.
#[derive(Clone, Copy)]
pub struct OneDigest<'m> {
    /// The region table as it was found, for the report.
    pub raw_regions: &'m [Region; REGION_SLOTS],
    /// The same table checked, or what is wrong with it or with the way to the image.
    pub regions: Result<Regions<'m>, Defect>,
    /// The digest that the loader took of all regions; `None` if it said that nothing is to be verified.
    pub expected: Option<&'m [u8; DIGEST_BYTES]>,
}

/// A digest for each chunk of each segment, and for what the purgatory itself is made of.
#[derive(Clone, Copy)]
pub struct Chunks<'m> {
    /// The header and the list, as far as they are there.
    pub tables: [Option<Own<'m>>; 2],
    /// The purgatory's code.
    pub code: Own<'m>,
    /// The list checked, or what is wrong with it or with the header.
    pub segments: Result<Segments<'m>, Defect>,
}
