//! Our purgatories inside this program.

use purgatory_abi::Loader;

/// Our purgatories, one for each loader.
#[derive(Clone, Copy, Debug)]
pub struct Blobs<'a> {
    /// `purgatory-linux.ro`.
    pub linux: &'a [u8],
    /// `purgatory-kexec-tools.ro`.
    pub kexec_tools: &'a [u8],
    /// `purgatory-native.ro`.
    pub native: &'a [u8],
}

impl<'a> Blobs<'a> {
    /// Returns the purgatory for a loader.
    pub fn get(&self, loader: Loader) -> &'a [u8] {
        match loader {
            Loader::Linux => self.linux,
            Loader::KexecTools => self.kexec_tools,
            Loader::Native => self.native,
        }
    }
}

/// Returns the purgatories inside this program. `None` without the feature `blobs`, which `cargo xtask build` sets.
pub const fn built_in() -> Option<Blobs<'static>> {
    #[cfg(feature = "blobs")]
    return Some(Blobs {
        linux: include_bytes!(concat!(env!("PURGATORY_BLOBS"), "/purgatory-linux.ro")),
        kexec_tools: include_bytes!(concat!(env!("PURGATORY_BLOBS"), "/purgatory-kexec-tools.ro")),
        native: include_bytes!(concat!(env!("PURGATORY_BLOBS"), "/purgatory-native.ro")),
    });
    #[cfg(not(feature = "blobs"))]
    None
}
