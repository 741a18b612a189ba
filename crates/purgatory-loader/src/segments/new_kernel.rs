//! A placed target kernel.

use crate::segment::Segment;
use alloc::vec::Vec;
use purgatory_abi::EntryRegs;

/// A target kernel with all its segments, placed: the result of [`kernel::image`](crate::kernel::image()).
#[derive(Clone, Debug)]
pub struct NewKernel<'a> {
    /// Segments to be loaded: kernel, initrd, boot_params, command line, elfcorehdr. Each starts at a page boundary,
    /// and its zero padding ends at one.
    pub segments: Vec<Segment<'a>>,
    /// Registers at the kernel's first instruction: `rip`, `rsi` (its boot_params), all others 0. The 64-bit boot
    /// protocol needs no stack.
    pub entry: EntryRegs,
}
