//! The purgatory that the kernel embeds, read and replaced in the memory of the running guest.
//!
//! `arch/x86/purgatory/kexec-purgatory.S` has the object's bytes between `kexec_purgatory` and its end, then,
//! 8-aligned, the quad `kexec_purgatory_size`.

use anyhow::{Result, bail, ensure};
use purgatory_loader::Blob;

use super::running::Guest;

/// No stock purgatory is larger.
const SANE: u64 = 1 << 20;

/// The embedded object: the stock one, or its replacement.
///
/// # Errors
/// The bytes there are not a purgatory.
pub fn embedded(guest: &Guest) -> Result<Vec<u8>> {
    let (start, size_at) = (guest.facts.kexec_purgatory, guest.facts.kexec_purgatory_size);
    let size = guest.memory.read(size_at..size_at + 8)?;
    let size = size.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
    ensure!(size <= SANE && start + size <= size_at, "kexec_purgatory_size is {size}");
    let bytes = guest.memory.read(start..start + size)?;
    if let Err(error) = Blob::parse(&bytes) {
        bail!("the object at kexec_purgatory is not a purgatory: {error}");
    }
    Ok(bytes)
}

/// Replaces the stock object with `blob`.
///
/// # Errors
/// It is larger than the stock one.
pub fn replace(guest: &Guest, blob: &[u8]) -> Result<()> {
    let room = embedded(guest)?.len();
    ensure!(blob.len() <= room, "our blob has {} bytes, and the stock one only {room}", blob.len());
    guest.memory.write(guest.facts.kexec_purgatory, blob)?;
    guest.memory.write(guest.facts.kexec_purgatory_size, &(blob.len() as u64).to_le_bytes())
}
