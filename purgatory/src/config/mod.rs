//! What the image itself says of how it wants to be handled: `boot_params` and the command line, read with distrust.

mod boot_params;
mod command_line;
mod console;
mod number;
mod settings;
mod warnings;

pub use boot_params::Image;
pub use console::{Consoles, PC_FASTEST, Serial};
pub use settings::{OnFailure, Settings};
pub use warnings::{Noted, Warnings};

use crate::memory::Memory;
use crate::plan::Plan;

/// Reads where the image's parts are and how it is to be handled, from `boot_params` on, whose address the plan has.
///
/// Nothing that is found can fail it: what makes no sense becomes a warning, and the default stands.
pub fn read<'m, M: Memory, C>(memory: &'m M, plan: &mut Plan<'m, C>) {
    let command_line = boot_params::read(memory, &mut plan.image, &mut plan.warnings);
    settings::read(command_line, &mut plan.settings, &mut plan.image, &mut plan.warnings);
}
