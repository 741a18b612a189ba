//! The tables that kexec-tools fills in and Linux does not.
//!
//! Source: `arch_update_purgatory` of `kexec/arch/i386/kexec-x86-common.c`, `update_purgatory` of `kexec/kexec.c`.

use boot_shim::setup::KexecTools;
use purgatory_abi::kexec_tools::{
    CONSOLE_SERIAL, CONSOLE_VGA, PANIC_KERNEL, RESET_VGA, SERIAL_BASE, SERIAL_BAUD, SKIP_CHECKS,
};
use purgatory_loader::Image;
use zerocopy::IntoBytes;

use crate::error::ShimError;

/// Writes the switches, all of them, as kexec-tools does.
pub(super) fn write_switches(setup: &KexecTools, image: &mut Image) -> Result<(), ShimError> {
    for (name, switch) in [
        (RESET_VGA, setup.reset_vga),
        (CONSOLE_VGA, setup.console_vga),
        (CONSOLE_SERIAL, setup.console_serial),
        (PANIC_KERNEL, setup.panic_kernel),
    ] {
        image.set_symbol(name, &[u8::from(switch)])?;
    }
    image.set_symbol(SERIAL_BASE, setup.serial_base.as_bytes())?;
    image.set_symbol(SERIAL_BAUD, setup.serial_baud.as_bytes())?;
    image.set_symbol(SKIP_CHECKS, u32::from(setup.skip_checks).as_bytes())?;
    Ok(())
}
