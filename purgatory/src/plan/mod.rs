//! The plan: the checked form of a loader's tables. It gives the memory to verify, the entry and the settings of the
//! report.

mod check;
mod own_part;
pub mod regions;
#[cfg(test)]
mod segments_tests;

pub use check::{Chunks, OneDigest};
pub use own_part::OwnPart;
pub use purgatory_abi::native::Segments;
pub use purgatory_abi::status::Defect;
pub use regions::Regions;

use crate::config::Settings;
use crate::image::Image;
use crate::warnings::Warnings;
use purgatory_abi::EntryRegs;

/// The work of a purgatory: the images that it may start, and its settings. `C` is the type of an image's digests.
#[derive(Clone, Copy)]
pub struct Plan<'m, C, const ATTEMPTS: usize = 1> {
    /// The loader, as the verdict names it.
    pub loader: &'static str,
    /// The images, in the order in which they are tried.
    pub attempts: [Attempt<C>; ATTEMPTS],
    /// Consoles, failure action, verbosity.
    pub settings: Settings,
    /// The warnings found while the plan was made.
    pub warnings: Warnings<'m>,
}

/// An image that may be started.
#[derive(Clone, Copy)]
pub struct Attempt<C> {
    /// The registers with which the image is entered.
    pub entry: EntryRegs,
    /// Physical address of the image's first instruction, in the mode in which the image starts.
    pub target: u64,
    /// The memory to verify, with its digests.
    pub check: C,
    /// The addresses of the image's parts, as far as `boot_params` gives them.
    pub image: Image,
}
