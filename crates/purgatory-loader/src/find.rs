//! Objects inside something bigger: a program that carries one, an unpacked kernel, the memory of a machine.

use crate::contract::Kind;
use crate::elf::{self, Blob, ElfError};
use alloc::vec::Vec;
use object::elf::{ELFCLASS64, ELFDATA2LSB, ELFMAG, EM_X86_64, ET_REL};
use purgatory_abi::linux::ENTRY;

/// An object found inside other bytes.
#[derive(Clone, Debug)]
pub struct Embedded<'a> {
    /// Offset of its first byte.
    pub offset: usize,
    /// The object. [`Blob::bytes`] are its bytes, as many as its section headers say.
    pub blob: Blob<'a>,
}

/// What a search for purgatories came upon, each in the order in which it stands.
#[derive(Clone, Debug, Default)]
pub struct Search<'a> {
    /// The purgatories.
    pub found: Vec<Purgatory<'a>>,
    /// What starts like a purgatory and cannot be read as one, such as a truncated one.
    pub broken: Vec<Broken>,
}

/// A purgatory found inside other bytes.
#[derive(Clone, Debug)]
pub struct Purgatory<'a> {
    /// Offset of its first byte.
    pub offset: usize,
    /// The object. [`Blob::bytes`] are its bytes, as many as its section headers say.
    pub blob: Blob<'a>,
    /// The loader that it is for, if its tables tell.
    pub kind: Option<Kind>,
}

/// A relocatable object for x86_64, inside other bytes, that cannot be read. Whether it is a purgatory is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Offset of its first byte.
    pub offset: usize,
    /// What is wrong with it.
    pub error: ElfError,
}

/// Finds all objects that [`Blob::parse`] accepts, in the order in which they stand. The search goes on behind each.
///
/// Others than purgatories may be among them, such as kernel modules; [`purgatories`] leaves those out.
pub fn embedded(bytes: &[u8]) -> Vec<Embedded<'_>> {
    let mut found = Vec::new();
    search(bytes, |offset, object| {
        if let Ok(blob) = object {
            found.push(Embedded { offset, blob });
        }
    });
    found
}

/// Finds all objects that define [`ENTRY`], and those of which nobody can say whether they do.
pub fn purgatories(bytes: &[u8]) -> Search<'_> {
    let mut result = Search::default();
    search(bytes, |offset, object| match object {
        Ok(blob) if blob.defines(ENTRY) => {
            let kind = Kind::of(&blob);
            result.found.push(Purgatory { offset, blob, kind });
        }
        Ok(_) => {}
        Err(error) if is_relocatable(&bytes[offset..]) => {
            result.broken.push(Broken { offset, error });
        }
        Err(_) => {}
    });
    result
}

/// How many times over the bytes may be claimed by objects that cannot be read, before the search ends.
///
/// Objects that stand side by side share nothing. Many headers that all name the same tables would be read for hours.
const CLAIMS: usize = 16;

/// Parses at every ELF magic, and goes on behind what was parsed.
fn search<'a>(bytes: &'a [u8], mut visit: impl FnMut(usize, Result<Blob<'a>, ElfError>)) {
    let mut start = 0;
    let mut left = bytes.len().saturating_mul(CLAIMS);
    while let Some(distance) = memchr::memmem::find(&bytes[start..], &ELFMAG) {
        let offset = start + distance;
        let object = Blob::parse(&bytes[offset..]);
        start = offset + object.as_ref().map_or(ELFMAG.len(), |blob| blob.bytes().len());
        let claimed = if object.is_err() { elf::claimed(&bytes[offset..]) } else { 0 };
        visit(offset, object);
        let Some(rest) = left.checked_sub(claimed) else { return };
        left = rest;
    }
}

/// The header, as far as it goes, says what every purgatory's says: `ET_REL`, `EM_X86_64`, 64-bit, little-endian.
fn is_relocatable(bytes: &[u8]) -> bool {
    let field = |offset: usize| {
        let bytes = bytes.get(offset..)?.first_chunk()?;
        Some(u16::from_le_bytes(*bytes))
    };
    bytes.get(4..6) == Some(&[ELFCLASS64.0, ELFDATA2LSB.0])
        && field(16) == Some(ET_REL.0)
        && field(18) == Some(EM_X86_64.0)
}
