//! Relocation, as in `arch_kexec_apply_relocations_add` in `arch/x86/kernel/machine_kexec_64.c`.

use super::error::PlaceError;
use super::layout::{Layout, index};
use crate::elf::{Blob, Relocation, RelocationType, SymbolPlace};

/// Applies all relocations of `blob` to `bytes`, its image at physical address `base`.
pub(super) fn all(
    blob: &Blob<'_>,
    layout: &Layout,
    base: u64,
    bytes: &mut [u8],
) -> Result<(), PlaceError> {
    blob.relocations().iter().try_for_each(|relocation| one(blob, layout, base, relocation, bytes))
}

fn one(
    blob: &Blob<'_>,
    layout: &Layout,
    base: u64,
    relocation: &Relocation,
    bytes: &mut [u8],
) -> Result<(), PlaceError> {
    let target = &blob.sections()[relocation.target];
    let offset = relocation.offset;
    let place = layout.loaded_offset(target.index) + offset;

    let symbol = &blob.symbols()[relocation.symbol];
    let name = || symbol.name.into();
    let section_address = match symbol.place {
        SymbolPlace::Undefined => {
            return Err(PlaceError::UndefinedSymbol { section: target.id(), offset, name: name() });
        }
        SymbolPlace::Common => {
            return Err(PlaceError::CommonSymbol { section: target.id(), offset, name: name() });
        }
        SymbolPlace::Absolute => 0,
        SymbolPlace::Section(index) => match layout.section_offset(index) {
            Some(start) => base + start,
            None => {
                return Err(PlaceError::UnloadedSymbol {
                    section: target.id(),
                    offset,
                    name: name(),
                    defined_in: blob.sections()[index].id(),
                });
            }
        },
    };

    // The addition wraps, as in the kernel. Overflows are checked below.
    let address = section_address.wrapping_add(symbol.value).wrapping_add_signed(relocation.addend);
    let distance = address.wrapping_sub(base + place).cast_signed();
    let overflow = || PlaceError::Overflow {
        section: target.id(),
        offset,
        kind: relocation.kind,
        name: name(),
        value: address,
    };
    let low = match relocation.kind {
        RelocationType::None => return Ok(()),
        RelocationType::Abs64 => {
            write(bytes, place, address.to_le_bytes());
            return Ok(());
        }
        RelocationType::Abs32 => u32::try_from(address).map_err(|_| overflow())?,
        RelocationType::Abs32Signed => signed(address.cast_signed()).ok_or_else(overflow)?,
        RelocationType::Pc32 | RelocationType::Plt32 => signed(distance).ok_or_else(overflow)?,
    };
    write(bytes, place, low.to_le_bytes());
    Ok(())
}

/// Returns the 32 bits that the processor sign-extends to `value`.
fn signed(value: i64) -> Option<u32> {
    i32::try_from(value).ok().map(i32::cast_unsigned)
}

/// Writes inside the image: [`Blob::parse`] has checked that the place is inside its section.
fn write<const N: usize>(bytes: &mut [u8], place: u64, value: [u8; N]) {
    let start = index(place);
    bytes[start..start + N].copy_from_slice(&value);
}
