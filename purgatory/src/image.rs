//! The addresses of an image's parts.

use purgatory_abi::report::Content;

/// The addresses of an image's parts, as the image itself gives them. 0 means that the image lacks the part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// Physical address of the capture kernel's entry.
    pub kernel: u64,
    /// Bytes of memory for the kernel: `init_size` of the boot protocol, in whole pages; 0 without `boot_params`.
    pub kernel_bytes: u64,
    /// Physical address of `boot_params`.
    pub boot_params: u64,
    /// Physical address of the command line.
    pub command_line: u64,
    /// Physical address of the initrd.
    pub initrd: u64,
    /// Physical address of elfcorehdr, as the kernel parameter `elfcorehdr=` gives it.
    pub elfcorehdr: u64,
    /// Physical address to which low memory is copied. Only images loaded by kexec-tools have one.
    pub backup: u64,
}

impl Image {
    /// Returns the addresses in the order of [`Content::ALL`].
    #[must_use]
    pub fn addresses(&self) -> [u64; Content::ALL.len()] {
        [
            self.kernel,
            self.boot_params,
            self.command_line,
            self.initrd,
            self.elfcorehdr,
            self.backup,
        ]
    }
}
