//! Addresses of the parts of an image.

use purgatory_abi::report::Content;

/// The addresses of the parts of the image, as the image gives them. 0 means that there is no such part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// Physical address of the capture kernel's entry.
    pub kernel: u64,
    /// Physical address of `boot_params`.
    pub boot_params: u64,
    /// Physical address of the command line.
    pub command_line: u64,
    /// Physical address of the initrd.
    pub initrd: u64,
    /// Physical address of elfcorehdr, by the command line's `elfcorehdr=`.
    pub elfcorehdr: u64,
    /// Physical address that low memory is copied to. Only kexec-tools' images have one.
    pub backup: u64,
}

impl Image {
    /// The addresses of the parts, in the order of [`Content::ALL`].
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
