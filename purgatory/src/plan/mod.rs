//! What a front door hands on: one value that says what to verify, where to jump and how to speak.

mod check;
mod own;
pub mod regions;
#[cfg(test)]
mod segments_tests;

pub use check::{Chunks, OneDigest};
pub use own::Own;
pub use purgatory_abi::native::Segments;
pub use purgatory_abi::status::Defect;
pub use regions::Regions;

use crate::config::Settings;
use crate::image::Image;
use crate::warnings::Warnings;
use purgatory_abi::EntryRegs;

/// Everything that the steps behind a front door need to know. `C` is what is to be verified, see [`crate::check`].
#[derive(Clone, Copy)]
pub struct Plan<'m, C> {
    /// Which loader's contract it came through, as the verdict names it.
    pub door: &'static str,
    /// The registers with which the image is entered.
    pub entry: EntryRegs,
    /// Physical address of the image's first instruction: where `entry` leads, once the mode is the one it wants.
    pub target: u64,
    /// What is to be verified.
    pub check: C,
    /// Where the parts of the image are, as far as `boot_params` says.
    pub image: Image,
    /// Consoles, policy, loudness.
    pub settings: Settings,
    /// What was odd on the way.
    pub warnings: Warnings<'m>,
}
