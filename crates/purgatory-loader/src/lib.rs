//! Loads a kexec purgatory the way the Linux kernel does, with the checks that the kernel leaves out. kexec-tools loads its
//! own in the same way, by a [contract](contract::kexec_tools) of its own.
//!
//! The kernel embeds its purgatory as a relocatable ELF object and trusts it blindly: a wrong object is a wrong memory
//! write, not an error (`kexec_load_purgatory` in `kernel/kexec_file.c`). Here every step can say what is wrong, and where:
//!
//! | step | what | how it fails |
//! | --- | --- | --- |
//! | [`find::purgatories`] | find them in a bigger file, or in memory | finds none, or [broken ones](find::Broken) |
//! | [`Blob::parse`] | read the object; every index and range is checked once, here | [`ElfError`] |
//! | [`contract::check`] | hold the object against each rule of its loader | a [`contract::Finding`] a rule |
//! | [`Layout::of`] | lay out the sections in the kernel's order | [`PlaceError`] |
//! | [`Image::place`] | copy, zero and relocate for one physical address | [`PlaceError`] |
//! | [`Image::set_symbol`] | fill in the tables that the purgatory reads | [`SymbolError`] |
//! | [`Image::seal`] | the same by the native contract: registers, segments, a digest a chunk | [`SealError`] |
//! | [`segments::Builder::finish`] | all of it for an image of segments, as kexec_load(2) takes it | [`segments::BuildError`] |
//! | [`Loaded::decode`] | a loaded image back into what it was made of | [`DecodeError`] |
//! | [`update`](update()) | another payload for one segment of a loaded image | [`UpdateError`] |
//!
//! ```
//! use purgatory_loader::{Blob, ElfError, Image};
//!
//! /// Where the stack of the next kernel ends, with the purgatory at 1 MiB.
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
// Allowed in `system::syscall` alone.
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
