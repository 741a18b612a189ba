//! What the image itself says of how it wants to be handled: `boot_params` and the command line, read with distrust.

mod boot_params;
mod command_line;
mod console;
mod number;
mod settings;
mod warnings;

pub use boot_params::Image;
pub use console::{Consoles, Serial};
pub use settings::{OnFailure, Settings};
pub use warnings::{Noted, Warnings};

use crate::memory::Memory;
use purgatory_abi::linux::EntryRegs;

/// Reads where the image's parts are and how it is to be handled, from the registers of its entry on.
///
/// Nothing that is found can fail it: what makes no sense becomes a warning, and the default stands.
pub fn read<'m, M: Memory>(memory: &'m M, entry: &EntryRegs) -> (Image, Settings, Warnings<'m>) {
    let mut warnings = Warnings::default();
    let (mut image, command_line) = boot_params::read(memory, entry, &mut warnings);
    let settings = settings::read(command_line, &mut image, &mut warnings);
    (image, settings, warnings)
}
