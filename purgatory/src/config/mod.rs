//! What the image itself says of how it wants to be handled: `boot_params` and the command line, read with distrust.

mod boot_params;
mod console;
mod settings;

pub use console::Consoles;
pub use settings::Settings;

use crate::image::Image;
use crate::memory::Memory;
use crate::warnings::Warnings;

/// Reads where the image's parts are and how it is to be handled, from `image.boot_params` on.
///
/// Nothing that is found can fail it: what makes no sense becomes a warning, and the default stands.
pub fn read<'m, M: Memory>(
    memory: &'m M,
    image: &mut Image,
    settings: &mut Settings,
    warnings: &mut Warnings<'m>,
) {
    let command_line = boot_params::read(memory, image, warnings);
    settings::read(command_line, settings, image, warnings);
}
