//! EFI in `boot_params`.

use core::mem::offset_of;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// [`EfiInfo::loader_signature`] of a kernel that 64-bit EFI booted, "EL64": `EFI64_LOADER_SIGNATURE` of
/// `arch/x86/include/asm/efi.h`.
pub const EFI64_SIGNATURE: u32 = u32::from_le_bytes(*b"EL64");

/// Version of [`EfiMemoryDescriptor`]: `EFI_MEMORY_DESCRIPTOR_VERSION` of the UEFI specification.
pub const EFI_MEMORY_DESCRIPTOR_VERSION: u32 = 1;

/// The state of EFI: `struct efi_info`.
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
pub struct EfiInfo {
    /// [`EFI64_SIGNATURE`] if 64-bit EFI booted the kernel.
    pub loader_signature: U32,
    /// Bits 31:0 of the physical address of EFI's system table.
    pub systab: U32,
    /// Bytes of one entry of EFI's memory map.
    pub memdesc_size: U32,
    /// Version of such an entry.
    pub memdesc_version: U32,
    /// Bits 31:0 of the map's physical address.
    pub memmap: U32,
    /// Bytes of the map.
    pub memmap_size: U32,
    /// Bits 63:32 of the physical address of EFI's system table.
    pub systab_hi: U32,
    /// Bits 63:32 of the map's physical address.
    pub memmap_hi: U32,
}

/// One entry of EFI's memory map: `EFI_MEMORY_DESCRIPTOR` of the UEFI specification, `efi_memory_desc_t` of
/// `include/linux/efi.h`.
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
pub struct EfiMemoryDescriptor {
    /// Kind of the memory.
    pub kind: U32,
    /// Zeros.
    pub padding: U32,
    /// Physical address of the first byte.
    pub physical: U64,
    /// Virtual address of the first byte.
    pub virtual_address: U64,
    /// Size in pages of 4096 bytes.
    pub pages: U64,
    /// `EFI_MEMORY_*` bits.
    pub attribute: U64,
}

/// Contents of the setup data of type [`SETUP_EFI`](super::SETUP_EFI): `struct efi_setup_data` of
/// `arch/x86/include/asm/efi.h`.
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
pub struct EfiSetupData {
    /// Physical address of the firmware vendor's name.
    pub fw_vendor: U64,
    /// Zeros.
    pub unused: U64,
    /// Physical address of the configuration tables.
    pub tables: U64,
    /// Physical address of the SMBIOS table, or 0.
    pub smbios: U64,
    /// Zeros.
    pub reserved: [U64; 8],
}

const _: () = {
    assert!(size_of::<EfiInfo>() == 32);
    assert!(offset_of!(EfiInfo, memdesc_size) == 8);
    assert!(offset_of!(EfiInfo, memmap) == 16);
    assert!(offset_of!(EfiInfo, memmap_hi) == 28);
    assert!(size_of::<EfiMemoryDescriptor>() == 40);
    assert!(offset_of!(EfiMemoryDescriptor, physical) == 8);
    assert!(offset_of!(EfiMemoryDescriptor, attribute) == 32);
    assert!(size_of::<EfiSetupData>() == 96);
    assert!(offset_of!(EfiSetupData, smbios) == 24);
};
