//! Kernel files, and their segments in memory: everything of a kexec image except the purgatory.
//!
//! [`Kernel::parse`] parses a bzImage or an ELF vmlinux. [`image()`] places the kernel, its initrd, its command line,
//! its `boot_params` and, in a crash image, elfcorehdr. It returns the segments, and the registers at the entry.
//!
//! Contents and places follow `bzImage64_load` in `arch/x86/kernel/kexec-bzimage64.c` and `crash_setup_memmap_entries`
//! in `arch/x86/kernel/crash.c`. Each module documents its differences.

mod boot_params;
mod bz_image;
mod error;
mod image;
mod memory;
mod setup_data;
mod vmlinux;

pub use bz_image::{BzImage, is_bz_image};
pub use error::{ImageError, KernelError};
pub use image::{Crash, Inputs, RNG_SEED_BYTES, image};
pub use memory::crash_memory;
pub use vmlinux::Vmlinux;

use purgatory_abi::boot;

/// First bytes and names of compressed formats: those of the kernel's `lib/decompress.c`, and the LZ4 frame format.
const COMPRESSIONS: [(&[u8], &str); 8] = [
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\x5d\x00\x00", "LZMA"),
    (b"\xfd7zXZ\x00", "XZ"),
    (b"\x89LZO", "LZO"),
    (b"\x02!L\x18", "LZ4"),
    (b"\x04\"M\x18", "LZ4"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
];

/// A kernel for x86_64.
#[derive(Clone, Debug)]
pub enum Kernel<'a> {
    /// The file that distributions install: `vmlinuz`.
    BzImage(BzImage<'a>),
    /// The result of a kernel build: `vmlinux`.
    Vmlinux(Vmlinux<'a>),
}

impl<'a> Kernel<'a> {
    /// Parses a kernel, and checks every number in it that is used later.
    ///
    /// # Errors
    ///
    /// See [`KernelError`].
    pub fn parse(file: &'a [u8]) -> Result<Self, KernelError> {
        if is_bz_image(file) {
            return BzImage::parse(file).map(Self::BzImage);
        }
        if file.starts_with(b"\x7fELF") {
            return Vmlinux::parse(file).map(Self::Vmlinux);
        }
        match COMPRESSIONS.iter().find(|(magic, _)| file.starts_with(magic)) {
            Some((_, compression)) => Err(KernelError::Compressed { compression }),
            None => Err(KernelError::NotKernel),
        }
    }

    /// Returns the maximum length of the command line in bytes, without its terminating zero.
    pub fn command_line_bytes(&self) -> u64 {
        match self {
            Self::BzImage(kernel) => kernel.command_line_bytes().into(),
            Self::Vmlinux(_) => boot::COMMAND_LINE_BYTES as u64 - 1,
        }
    }
}
