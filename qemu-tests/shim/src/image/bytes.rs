//! The memory of the image.

#![allow(unsafe_code, reason = "writes segments to the memory that layout.rs gives them")]

use core::ops::Range;

use boot_shim::fault::{At, Byte, Fault, Part, What};
use boot_shim::setup::Setup;

use crate::error::ShimError;
use crate::memory::bytes_mut;

/// The memory of a segment.
pub(super) fn memory(range: &Range<u64>) -> &'static mut [u8] {
    // SAFETY: layout.rs and `Segments` give each range to one purpose, in RAM that the shim does not use.
    unsafe { bytes_mut(range.start, (range.end - range.start) as usize) }
}

/// Changes a part of the image.
///
/// # Errors
/// Returns [`ShimError::NoSuchPart`] if the part has no such byte.
pub(super) fn inject(what: What, byte: Byte, part: &mut [u8]) -> Result<(), ShimError> {
    let start = byte.offset(part.len() as u64).ok_or(ShimError::NoSuchPart)? as usize;
    let bytes = part.get_mut(start..start + what.bytes() as usize);
    what.apply(bytes.ok_or(ShimError::NoSuchPart)?);
    Ok(())
}

/// Injects the faults of the digest into its bytes or, in the native contract, into those that it is computed of.
pub(super) fn inject_digest_faults(setup: &Setup<'_>, bytes: &mut [u8]) -> Result<(), ShimError> {
    for fault in setup.faults.into_iter().flatten() {
        if let Fault { at: At::Part(Part::Digest, byte), what, .. } = fault {
            inject(what, byte, bytes)?;
        }
    }
    Ok(())
}
