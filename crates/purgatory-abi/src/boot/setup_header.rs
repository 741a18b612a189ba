//! The setup header.

use core::mem::offset_of;
use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// [`SetupHeader::header`]: "HdrS".
pub const HEADER_MAGIC: u32 = u32::from_le_bytes(*b"HdrS");
/// [`SetupHeader::boot_flag`].
pub const BOOT_FLAG_MAGIC: u16 = 0xaa55;
/// In [`SetupHeader::loadflags`]: the protected-mode code is loaded at 1 MiB or above, as that of every bzImage.
pub const LOADED_HIGH: u8 = 1;
/// In [`SetupHeader::xloadflags`]: the kernel has a 64-bit entry.
pub const XLF_KERNEL_64: u16 = 1 << 0;
/// In [`SetupHeader::xloadflags`]: kernel, boot_params, command line and initrd may be above 4 GiB.
pub const XLF_CAN_BE_LOADED_ABOVE_4G: u16 = 1 << 1;
/// In [`SetupHeader::xloadflags`]: the kernel can be entered with five-level page tables.
pub const XLF_5LEVEL: u16 = 1 << 5;

/// The setup header at offset 0x1f1 of a bzImage and of `boot_params`: `struct setup_header`, with the space for later
/// fields.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned,
)]
pub struct SetupHeader {
    /// Sectors of the real-mode code without the boot sector; 0 means 4.
    pub setup_sects: u8,
    /// Not 0 if the root file system is read-only at first.
    pub root_flags: U16,
    /// Size of the protected-mode code in units of 16 bytes.
    pub syssize: U32,
    /// Obsolete.
    pub ram_size: U16,
    /// Video mode.
    pub vid_mode: U16,
    /// Number of the root device.
    pub root_dev: U16,
    /// [`BOOT_FLAG_MAGIC`].
    pub boot_flag: U16,
    /// Opcode of a short jump over the header.
    pub jump_opcode: u8,
    /// Operand of that jump: bytes from [`SetupHeader::header`] to the end of the header.
    pub jump_operand: u8,
    /// [`HEADER_MAGIC`].
    pub header: U32,
    /// Major and minor number of the boot protocol, a byte each.
    pub version: U16,
    /// For real-mode boot loaders.
    pub realmode_swtch: U32,
    /// Obsolete.
    pub start_sys_seg: U16,
    /// Offset of the kernel's version string.
    pub kernel_version: U16,
    /// Number of the boot loader.
    pub type_of_loader: u8,
    /// Flags, such as [`LOADED_HIGH`].
    pub loadflags: u8,
    /// For real-mode boot loaders.
    pub setup_move_size: U16,
    /// For 32-bit boot loaders.
    pub code32_start: U32,
    /// Bits 31:0 of the initrd's physical address.
    pub ramdisk_image: U32,
    /// Bits 31:0 of the initrd's length in bytes.
    pub ramdisk_size: U32,
    /// Obsolete.
    pub bootsect_kludge: U32,
    /// For real-mode boot loaders.
    pub heap_end_ptr: U16,
    /// Extension of the boot loader's version.
    pub ext_loader_ver: u8,
    /// Extension of the boot loader's number.
    pub ext_loader_type: u8,
    /// Bits 31:0 of the command line's physical address.
    pub cmd_line_ptr: U32,
    /// Highest physical address of a byte of the initrd.
    pub initrd_addr_max: U32,
    /// Alignment of the kernel in bytes.
    pub kernel_alignment: U32,
    /// Not 0 if the kernel can be loaded at any aligned address.
    pub relocatable_kernel: u8,
    /// Smallest alignment, as a power of two.
    pub min_alignment: u8,
    /// Flags: `XLF_*`.
    pub xloadflags: U16,
    /// Longest command line in bytes, without its terminating zero.
    pub cmdline_size: U32,
    /// Number of the platform.
    pub hardware_subarch: U32,
    /// Data of the platform.
    pub hardware_subarch_data: U64,
    /// Bytes from the start of the protected-mode code to the compressed kernel.
    pub payload_offset: U32,
    /// Bytes of the compressed kernel.
    pub payload_length: U32,
    /// Physical address of the first [`SetupData`](super::SetupData), or 0.
    pub setup_data: U64,
    /// Physical address that the kernel prefers.
    pub pref_address: U64,
    /// Bytes of memory that the kernel needs from its first byte on until it has a memory map.
    pub init_size: U32,
    /// Offset of the EFI handover entry.
    pub handover_offset: U32,
    /// Offset of `kernel_info`.
    pub kernel_info_offset: U32,
    /// Fields of later protocols.
    pub later: [u8; 0x24],
}

const _: () = {
    /// Offset of the header in a bzImage and in `boot_params`, from which the documentation counts.
    const START: usize = 0x1f1;
    assert!(START + size_of::<SetupHeader>() == 0x290);
    assert!(START + offset_of!(SetupHeader, root_flags) == 0x1f2);
    assert!(START + offset_of!(SetupHeader, syssize) == 0x1f4);
    assert!(START + offset_of!(SetupHeader, boot_flag) == 0x1fe);
    assert!(START + offset_of!(SetupHeader, jump_operand) == 0x201);
    assert!(START + offset_of!(SetupHeader, header) == 0x202);
    assert!(START + offset_of!(SetupHeader, version) == 0x206);
    assert!(START + offset_of!(SetupHeader, type_of_loader) == 0x210);
    assert!(START + offset_of!(SetupHeader, loadflags) == 0x211);
    assert!(START + offset_of!(SetupHeader, ramdisk_image) == 0x218);
    assert!(START + offset_of!(SetupHeader, ramdisk_size) == 0x21c);
    assert!(START + offset_of!(SetupHeader, cmd_line_ptr) == 0x228);
    assert!(START + offset_of!(SetupHeader, initrd_addr_max) == 0x22c);
    assert!(START + offset_of!(SetupHeader, kernel_alignment) == 0x230);
    assert!(START + offset_of!(SetupHeader, relocatable_kernel) == 0x234);
    assert!(START + offset_of!(SetupHeader, xloadflags) == 0x236);
    assert!(START + offset_of!(SetupHeader, cmdline_size) == 0x238);
    assert!(START + offset_of!(SetupHeader, hardware_subarch) == 0x23c);
    assert!(START + offset_of!(SetupHeader, payload_offset) == 0x248);
    assert!(START + offset_of!(SetupHeader, payload_length) == 0x24c);
    assert!(START + offset_of!(SetupHeader, setup_data) == 0x250);
    assert!(START + offset_of!(SetupHeader, pref_address) == 0x258);
    assert!(START + offset_of!(SetupHeader, init_size) == 0x260);
    assert!(START + offset_of!(SetupHeader, later) == 0x26c);
};
