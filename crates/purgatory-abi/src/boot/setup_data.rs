//! The list of setup data.

use core::mem::offset_of;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// [`SetupData::kind`] of memory map entries for which [`BootParams::e820_table`](super::BootParams::e820_table) has no
/// room.
pub const SETUP_E820_EXT: u32 = 1;
/// [`SetupData::kind`] of an [`EfiSetupData`](super::EfiSetupData).
pub const SETUP_EFI: u32 = 4;
/// [`SetupData::kind`] of a seed for the kernel's random numbers.
pub const SETUP_RNG_SEED: u32 = 9;

/// Head of one item of the list at [`SetupHeader::setup_data`](super::SetupHeader::setup_data); the item's contents
/// follow it: `struct setup_data`.
#[repr(C)]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
    Unaligned,
)]
pub struct SetupData {
    /// Physical address of the next item, or 0.
    pub next: U64,
    /// Type of the contents: `SETUP_*`.
    pub kind: U32,
    /// Bytes of the contents.
    pub len: U32,
}

const _: () = {
    assert!(size_of::<SetupData>() == 16);
    assert!(offset_of!(SetupData, kind) == 8);
    assert!(offset_of!(SetupData, len) == 12);
};
