//! Loads a kexec purgatory as the Linux kernel does, with the checks that the kernel omits. kexec-tools loads its
//! purgatory in the same way, with a different [contract](contract::kexec_tools).
//!
//! The kernel embeds its purgatory as a relocatable ELF object and trusts it: a wrong object causes a wrong memory
//! write, not an error (`kexec_load_purgatory` in `kernel/kexec_file.c`). Here, every step returns an error that names
//! the place:
//!
//! | step | effect | error |
//! | --- | --- | --- |
//! | [`find::purgatories`] | finds purgatories in a larger file, or in memory | finds none, or [corrupted objects](find::CorruptedObject) |
//! | [`Blob::parse`] | parses the object, and checks every index and range | [`ElfError`] |
//! | [`contract::check`] | checks the object against each rule of its loader | one [`contract::Finding`] for each rule |
//! | [`Layout::of`] | lays out the sections in the kernel's order | [`PlaceError`] |
//! | [`Image::place`] | copies, zeroes and relocates for one physical address | [`PlaceError`] |
//! | [`Image::set_symbol`] | fills in the tables that the purgatory reads | [`SymbolError`] |
//! | [`Image::seal`] | fills in the native header and list: registers, segments, one digest for each chunk | [`SealError`] |
//! | [`segments::Builder::finish`] | makes a complete image of segments for kexec_load(2) | [`segments::BuildError`] |
//! | [`Loaded::decode`] | decodes a loaded image | [`DecodeError`] |
//! | [`update`](update()) | replaces the payload of one segment of a loaded image | [`UpdateError`] |
//!
//! ```
//! use purgatory_loader::{Blob, ElfError, Image};
//!
//! /// Returns the end of the target kernel's stack, with the purgatory at 1 MiB.
//! fn stack_end(object: &[u8]) -> Result<u64, Box<dyn std::error::Error>> {
//!     let blob = Blob::parse(object)?;
//!     let mut image = Image::place(&blob, 0x10_0000)?;
//!     image.set_symbol("purgatory_sha256_digest", &[0; 32])?;
//!     Ok(image.symbol("stack_end")?.address)
//! }
//!
//! let error = stack_end(b"not an object").unwrap_err();
//! assert_eq!(error.downcast_ref(), Some(&ElfError::HeaderTruncated { len: 13 }));
//! ```

#![no_std]
// Allowed only in `system::syscall`.
#![deny(unsafe_code)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod contract;
mod elf;
pub mod elfcorehdr;
pub mod find;
mod image;
pub mod kernel;
pub mod machine;
mod native;
mod segment;
pub mod segments;
#[cfg(feature = "std")]
pub mod system;

pub use elf::{
    Binding, Blob, ElfError, Relocation, RelocationType, Section, SectionId, Symbol, SymbolPlace,
};
pub use image::{Image, Layout, MAX_MEMSZ, PlaceError, PlacedSymbol, SymbolError};
pub use native::{
    DecodeError, Loaded, LoadedSegment, Options, SealError, UpdateError, sealed_memsz, update,
};
pub use segment::{Segment, SegmentId};

/// Compiles the Rust examples of the README with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
