//! The purgatory that the kernel embeds, read and replaced in the memory of the running guest.
//!
//! `arch/x86/purgatory/kexec-purgatory.S` has the object's bytes between `kexec_purgatory` and its end, then, 8-aligned,
//! the quad `kexec_purgatory_size`.

use anyhow::{Result, bail, ensure};
use purgatory_loader::Blob;

use super::first::First;

/// No stock purgatory is larger.
const SANE: u64 = 1 << 20;

/// The embedded object: the stock one, or what it was replaced by.
///
/// # Errors
/// What is there is no purgatory.
pub fn embedded(first: &First) -> Result<Vec<u8>> {
    let (start, size_at) = (first.facts.kexec_purgatory, first.facts.kexec_purgatory_size);
    let size = first.memory.read(size_at..size_at + 8)?;
    let size = size.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
    ensure!(size <= SANE && start + size <= size_at, "kexec_purgatory_size is {size}");
    let bytes = first.memory.read(start..start + size)?;
    if let Err(error) = Blob::parse(&bytes) {
        bail!("what is at kexec_purgatory is no purgatory: {error}");
    }
    Ok(bytes)
}

/// Puts `blob` in the place of the stock object.
///
/// # Errors
/// It is larger than the stock one.
pub fn replace(first: &First, blob: &[u8]) -> Result<()> {
    let room = embedded(first)?.len();
    ensure!(blob.len() <= room, "our blob has {} bytes, and the stock one only {room}", blob.len());
    first.memory.write(first.facts.kexec_purgatory, blob)?;
    first.memory.write(first.facts.kexec_purgatory_size, &(blob.len() as u64).to_le_bytes())
}
