//! What a front door hands on: one value that says what to verify, where to jump and how to speak.

use crate::config::{Image, Settings, Warnings};
use crate::region::{Defect, Regions};
use purgatory_abi::linux::{DIGEST_BYTES, EntryRegs, REGION_SLOTS, Region};

/// Everything that the steps behind a front door need to know.
#[derive(Clone, Copy)]
pub struct Plan<'m> {
    /// Which loader's contract it came through, as the verdict names it.
    pub door: &'static str,
    /// The registers with which the image is entered.
    pub entry: EntryRegs,
    /// Physical address of the image's first instruction: where `entry` leads, once the mode is the one it wants.
    pub target: u64,
    /// The region table as it was found, for the report.
    pub raw_regions: &'m [Region; REGION_SLOTS],
    /// The same table checked, or what is wrong with it or with the way to the image.
    pub regions: Result<Regions<'m>, Defect>,
    /// The digest that the loader took of all regions; `None` if it said that nothing is to be verified.
    pub expected: Option<&'m [u8; DIGEST_BYTES]>,
    /// Where the parts of the image are, as far as `boot_params` says.
    pub image: Image,
    /// Consoles, policy, loudness.
    pub settings: Settings,
    /// What was odd on the way.
    pub warnings: Warnings<'m>,
}
