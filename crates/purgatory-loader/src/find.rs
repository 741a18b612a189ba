//! Objects inside something bigger: a program that carries one, an unpacked kernel, the memory of a machine.

use crate::elf::Blob;
use alloc::vec::Vec;
use object::elf::ELFMAG;

/// An object found inside other bytes.
#[derive(Clone, Debug)]
pub struct Embedded<'a> {
    /// Offset of its first byte.
    pub offset: usize,
    /// The object. [`Blob::bytes`] are its bytes, as many as its section headers say.
    pub blob: Blob<'a>,
}

/// Finds all objects that [`Blob::parse`] accepts, in the order in which they stand. The search goes on behind each.
///
/// Others than purgatories may be among them, such as kernel modules; [`Blob::global`] tells what they define.
pub fn embedded(bytes: &[u8]) -> Vec<Embedded<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(distance) = memchr::memmem::find(&bytes[start..], &ELFMAG) {
        let offset = start + distance;
        match Blob::parse(&bytes[offset..]) {
            Ok(blob) => {
                start = offset + blob.bytes().len();
                found.push(Embedded { offset, blob });
            }
            Err(_) => start = offset + ELFMAG.len(),
        }
    }
    found
}
