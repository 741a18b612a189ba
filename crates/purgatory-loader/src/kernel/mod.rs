//! Kernels as files, and what of them goes where: everything of a kexec image but the purgatory.
//!
//! [`Kernel::parse`] reads a bzImage or an ELF vmlinux. [`image()`] finds places for the kernel, its initrd, its command
//! line, its `boot_params` and, in a crash image, elfcorehdr, and gives the segments and the registers of its entry.
//!
//! What the kernel is told, and where it is put, follows `bzImage64_load` of `arch/x86/kernel/kexec-bzimage64.c` and
//! `crash_setup_memmap_entries` of `arch/x86/kernel/crash.c`; each module says where it differs.

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

/// What compressed files begin with, and what each kind is called. Those of the kernel's `lib/decompress.c`, and LZ4's own.
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
    /// What distributions install: `vmlinuz`.
    BzImage(BzImage<'a>),
    /// What a build leaves: `vmlinux`.
    Vmlinux(Vmlinux<'a>),
}

impl<'a> Kernel<'a> {
    /// Reads a kernel; every number in it that is used later is checked here.
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

    /// The longest command line in bytes, without its terminating zero.
    pub fn command_line_bytes(&self) -> u64 {
        match self {
            Self::BzImage(kernel) => kernel.command_line_bytes().into(),
            Self::Vmlinux(_) => boot::COMMAND_LINE_BYTES as u64 - 1,
        }
    }
}
