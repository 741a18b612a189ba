//! The settings that the image itself gives, in `boot_params` and on its command line.
//!
//! Both may be corrupted, so every value is checked.

mod boot_params;
mod console;
mod settings;

pub use console::Consoles;
pub use settings::Settings;

use crate::image::Image;
use crate::memory::Memory;
use crate::warnings::Warnings;

/// Reads the addresses of the image's parts and the settings, starting at `image.boot_params`.
///
/// Never fails: an invalid value becomes a warning, and the default is used.
pub fn read<'m, M: Memory>(
    memory: &'m M,
    image: &mut Image,
    settings: &mut Settings,
    warnings: &mut Warnings<'m>,
) {
    let command_line = boot_params::read(memory, image, warnings);
    settings::read(command_line, settings, image, warnings);
}
