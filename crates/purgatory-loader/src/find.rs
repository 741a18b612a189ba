//! Objects inside something bigger: a program that carries one, an unpacked kernel, the memory of a machine.

use crate::contract::loader_of;
use crate::elf::{self, Blob, ElfError};
use alloc::vec::Vec;
use object::elf::{ELFCLASS64, ELFDATA2LSB, ELFMAG, EM_X86_64, ET_REL};
use purgatory_abi::Loader;
use purgatory_abi::linux::ENTRY;

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
    pub loader: Option<Loader>,
}

/// A relocatable object for x86_64, inside other bytes, that cannot be read. Whether it is a purgatory is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Offset of its first byte.
    pub offset: usize,
    /// What is wrong with it.
    pub error: ElfError,
}

/// How many times over the bytes may be claimed by objects that cannot be read, before the search ends.
///
/// Objects that stand side by side share nothing. Many headers that all name the same tables would be read for hours.
const CLAIMS: usize = 16;

/// Finds all objects that define [`ENTRY`], and those of which nobody can say whether they do. The search goes on behind
/// each.
pub fn purgatories(bytes: &[u8]) -> Search<'_> {
    let mut result = Search::default();
    let mut start = 0;
    let mut left = bytes.len().saturating_mul(CLAIMS);
    while let Some(distance) = memchr::memmem::find(&bytes[start..], &ELFMAG) {
        let offset = start + distance;
        start = offset + ELFMAG.len();
        let mut claimed = 0;
        match Blob::parse(&bytes[offset..]) {
            Ok(blob) => {
                start = offset + blob.bytes().len();
                if blob.defines(ENTRY) {
                    let loader = loader_of(&blob);
                    result.found.push(Purgatory { offset, blob, loader });
                }
            }
            Err(error) => {
                claimed = elf::claimed(&bytes[offset..]);
                if is_relocatable(&bytes[offset..]) {
                    result.broken.push(Broken { offset, error });
                }
            }
        }
        let Some(rest) = left.checked_sub(claimed) else { break };
        left = rest;
    }
    result
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
