//! What a loader tables hands on: one value that says what to verify, where to jump and how to speak.

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

/// What a purgatory does: the images that it may start, and how it reports. `C` is what is verified of an image.
#[derive(Clone, Copy)]
pub struct Plan<'m, C, const ATTEMPTS: usize = 1> {
    /// Which loader's contract it came through, as the verdict names it.
    pub loader: &'static str,
    /// The images, first choice first.
    pub attempts: [Attempt<C>; ATTEMPTS],
    /// Consoles, failure action, verbosity.
    pub settings: Settings,
    /// What was odd on the way.
    pub warnings: Warnings<'m>,
}

/// An image that may be started.
#[derive(Clone, Copy)]
pub struct Attempt<C> {
    /// The registers with which the image is entered.
    pub entry: EntryRegs,
    /// Physical address of the image's first instruction: where `entry` leads, once the mode is the one it wants.
    pub target: u64,
    /// What is to be verified.
    pub check: C,
    /// Where the parts of the image are, as far as `boot_params` says.
    pub image: Image,
}
