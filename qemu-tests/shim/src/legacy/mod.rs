//! Images that start in another mode than 64-bit.

use boot_shim::setup::Setup;
use purgatory_loader::Image;

use crate::error::ShimError;

/// Fills in `entry32_regs`. `boot_params` is what esi is to hold.
pub(crate) fn fill_32(
    _setup: &Setup<'_>,
    _image: &mut Image,
    _boot_params: u64,
) -> Result<(), ShimError> {
    Ok(())
}

/// Fills in `entry16_regs`. `boot_params` is where the image has them.
pub(crate) fn fill_16(
    _setup: &Setup<'_>,
    _image: &mut Image,
    _boot_params: u64,
) -> Result<(), ShimError> {
    Ok(())
}
