//! Search for objects inside larger data: a program that embeds one, an unpacked kernel, or the memory of a machine.

use crate::contract::loader_of;
use crate::elf::{self, Blob, ElfError};
use alloc::vec::Vec;
use object::elf::{ELFCLASS64, ELFDATA2LSB, ELFMAG, EM_X86_64, ET_REL};
use purgatory_abi::Loader;
use purgatory_abi::linux::ENTRY;

/// The result of a search for purgatories, in the order of their offsets.
#[derive(Clone, Debug, Default)]
pub struct Search<'a> {
    /// The purgatories.
    pub found: Vec<Purgatory<'a>>,
    /// Objects that start like a purgatory but cannot be parsed, such as truncated ones.
    pub corrupted: Vec<CorruptedObject>,
}

/// A purgatory found inside other bytes.
#[derive(Clone, Debug)]
pub struct Purgatory<'a> {
    /// Offset of its first byte.
    pub offset: usize,
    /// The object. [`Blob::bytes`] are its bytes; the section headers give their number.
    pub blob: Blob<'a>,
    /// The loader that it is for; `None` if its tables do not belong to one loader.
    pub loader: Option<Loader>,
}

/// A relocatable object for x86_64, inside other bytes, that cannot be parsed. It may or may not be a purgatory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorruptedObject {
    /// Offset of its first byte.
    pub offset: usize,
    /// Its first defect.
    pub error: ElfError,
}

/// The search ends after invalid objects have claimed this many times the number of all bytes.
///
/// Separate objects share no bytes. Without this limit, many headers that refer to the same tables would take hours.
const CLAIMS: usize = 16;

/// Finds all objects that define [`ENTRY`], and corrupted objects that may define it. The search continues after each
/// object.
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
                    result.corrupted.push(CorruptedObject { offset, error });
                }
            }
        }
        let Some(rest) = left.checked_sub(claimed) else { break };
        left = rest;
    }
    result
}

/// Returns whether the header has the values of every purgatory: `ET_REL`, `EM_X86_64`, 64-bit, little-endian.
fn is_relocatable(bytes: &[u8]) -> bool {
    let field = |offset: usize| {
        let bytes = bytes.get(offset..)?.first_chunk()?;
        Some(u16::from_le_bytes(*bytes))
    };
    bytes.get(4..6) == Some(&[ELFCLASS64.0, ELFDATA2LSB.0])
        && field(16) == Some(ET_REL.0)
        && field(18) == Some(EM_X86_64.0)
}
