//! The kernel parameter that gives the address at which the crashed kernel can be called back.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use core::ops::Range;

use boot_shim::layout::{HOLE, OUTSIDE};
use boot_shim::setup::{Call, CommandLineEnd, Setup};
use purgatory_abi::PAGE;
use purgatory_abi::kexec_tools::{CMDLINE_END, JUMP_BACK_ENTRY};
use purgatory_loader::Image;
use zerocopy::IntoBytes;

use super::bytes::memory;
use super::change::Change;
use super::segments::{JUMP_BACK_BYTES, Segments};
use crate::debugcon::say;
use crate::error::ShimError;

/// The place and the text that the blob must write.
pub(crate) struct JumpBack {
    /// Physical address of `jump_back_entry`.
    symbol: u64,
    /// The expected value.
    pub(crate) entry: u64,
}

impl JumpBack {
    /// The actual value.
    pub(crate) fn found(&self) -> u64 {
        let mut bytes = [0; size_of::<u64>()];
        let end = self.symbol + bytes.len() as u64;
        bytes.copy_from_slice(memory(&(self.symbol..end)));
        u64::from_le_bytes(bytes)
    }
}

/// Writes `cmdline_end`. Returns the expected warning and the expected change.
pub(super) fn write(
    setup: &Setup<'_>,
    segments: &Segments,
    blob: &Range<u64>,
    image: &mut Image,
    came_back: u64,
) -> Result<(JumpBack, Vec<Change>), ShimError> {
    let is_called = setup.kexec_tools.call == Call::Good;
    let mut text = String::new();
    // A string takes everything.
    let _ = write!(text, " kexec_jump_back_entry=0x{came_back:016x}\0");
    let text_bytes = JUMP_BACK_BYTES as u64;
    let end = match setup.kexec_tools.cmdline_end {
        CommandLineEnd::Good => segments.command_line_end(setup),
        CommandLineEnd::Null => 0,
        CommandLineEnd::JustRoom => segments.boot_params.end - text_bytes,
        CommandLineEnd::NoRoom => segments.boot_params.end - text_bytes + 1,
        CommandLineEnd::Unmapped => HOLE,
        CommandLineEnd::Text => segments.command_line_end(setup) - setup.command_line.len() as u64,
        CommandLineEnd::Initrd => segments.initrd.start,
        CommandLineEnd::Outside => OUTSIDE,
        // The lower end of its stack, which nothing has touched.
        CommandLineEnd::Blob => blob.end - PAGE,
    };
    image.set_symbol(CMDLINE_END, end.as_bytes())?;
    say!("cmdline-end={end:#x}");
    let appended = is_called
        && matches!(setup.kexec_tools.cmdline_end, CommandLineEnd::Good | CommandLineEnd::JustRoom);
    let changes =
        if appended { alloc::vec![Change::to(end, text.into_bytes())] } else { Vec::new() };
    let jump_back = JumpBack {
        symbol: image.symbol(JUMP_BACK_ENTRY)?.address,
        entry: if is_called { came_back } else { 0 },
    };
    Ok((jump_back, changes))
}
