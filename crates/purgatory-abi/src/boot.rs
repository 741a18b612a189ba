//! The x86 boot protocol, as far as a purgatory reads it and a loader reads and writes it.
//!
//! Source: `Documentation/arch/x86/boot.rst` and `zero-page.rst`; the structures are `struct boot_params` and
//! `struct setup_header` of `arch/x86/include/uapi/asm/bootparam.h`. All numbers are little-endian.

use core::ops::Range;

/// Size in bytes of `struct boot_params`, the zero page.
pub const BOOT_PARAMS_BYTES: usize = 4096;

/// Offset of `ext_ramdisk_image` (u32): bits 63:32 of the initrd's physical address.
pub const EXT_RAMDISK_IMAGE: usize = 0x0c0;
/// Offset of `ext_ramdisk_size` (u32): bits 63:32 of the initrd's length in bytes.
pub const EXT_RAMDISK_SIZE: usize = 0x0c4;
/// Offset of `ext_cmd_line_ptr` (u32): bits 63:32 of the command line's physical address.
pub const EXT_CMD_LINE_PTR: usize = 0x0c8;
/// Offset of `hdr.header` (u32), which is [`HEADER_MAGIC`].
pub const HEADER: usize = 0x202;
/// Offset of `hdr.ramdisk_image` (u32): bits 31:0 of the initrd's physical address.
pub const RAMDISK_IMAGE: usize = 0x218;
/// Offset of `hdr.ramdisk_size` (u32): bits 31:0 of the initrd's length in bytes.
pub const RAMDISK_SIZE: usize = 0x21c;
/// Offset of `hdr.cmd_line_ptr` (u32): bits 31:0 of the command line's physical address.
pub const CMD_LINE_PTR: usize = 0x228;

/// What stands at [`HEADER`]: "HdrS".
pub const HEADER_MAGIC: u32 = u32::from_le_bytes(*b"HdrS");

/// The longest command line in bytes, its terminating zero included: `COMMAND_LINE_SIZE` of
/// `arch/x86/include/asm/setup.h`.
pub const COMMAND_LINE_BYTES: usize = 2048;

/// Bytes of a sector, in which [`SETUP_SECTS`] counts.
pub const SECTOR_BYTES: usize = 512;
/// Offset of `hdr.setup_sects` (u8), where the setup header begins: sectors of the real-mode code without the boot sector;
/// 0 means 4.
pub const SETUP_SECTS: usize = 0x1f1;
/// Offset of `hdr.root_flags` (u16): not 0 if the root file system is read-only at first.
pub const ROOT_FLAGS: usize = 0x1f2;
/// Offset of `hdr.syssize` (u32): the size of the protected-mode code in units of 16 bytes.
pub const SYSSIZE: usize = 0x1f4;
/// Offset of `hdr.boot_flag` (u16), which is [`BOOT_FLAG_MAGIC`].
pub const BOOT_FLAG: usize = 0x1fe;
/// What stands at [`BOOT_FLAG`].
pub const BOOT_FLAG_MAGIC: u16 = 0xaa55;
/// Offset of the operand (u8) of `hdr.jump`: bytes from [`HEADER`] to the end of the setup header.
pub const JUMP_OPERAND: usize = 0x201;
/// Offset of `hdr.version` (u16): major and minor number of the boot protocol, a byte each.
pub const VERSION: usize = 0x206;
/// Offset of `hdr.type_of_loader` (u8).
pub const TYPE_OF_LOADER: usize = 0x210;
/// Offset of `hdr.loadflags` (u8).
pub const LOADFLAGS: usize = 0x211;
/// In [`LOADFLAGS`]: the protected-mode code is loaded at 1 MiB or above, as that of every bzImage.
pub const LOADED_HIGH: u8 = 1;
/// Offset of `hdr.initrd_addr_max` (u32): the highest address that a byte of the initrd may have.
pub const INITRD_ADDR_MAX: usize = 0x22c;
/// Offset of `hdr.kernel_alignment` (u32): what the kernel's address is a multiple of, in bytes.
pub const KERNEL_ALIGNMENT: usize = 0x230;
/// Offset of `hdr.relocatable_kernel` (u8): not 0 if the kernel can be loaded at any aligned address.
pub const RELOCATABLE_KERNEL: usize = 0x234;
/// Offset of `hdr.xloadflags` (u16).
pub const XLOADFLAGS: usize = 0x236;
/// In [`XLOADFLAGS`]: there is a 64-bit entry.
pub const XLF_KERNEL_64: u16 = 1 << 0;
/// In [`XLOADFLAGS`]: kernel, boot_params, command line and initrd can be above 4 GiB.
pub const XLF_CAN_BE_LOADED_ABOVE_4G: u16 = 1 << 1;
/// In [`XLOADFLAGS`]: the kernel can be entered with five-level page tables.
pub const XLF_5LEVEL: u16 = 1 << 5;
/// Offset of `hdr.cmdline_size` (u32): the longest command line in bytes, without its terminating zero.
pub const CMDLINE_SIZE: usize = 0x238;
/// Offset of `hdr.hardware_subarch` (u32): the platform's number.
pub const HARDWARE_SUBARCH: usize = 0x23c;
/// Offset of `hdr.payload_offset` (u32): bytes from the start of the protected-mode code to the compressed kernel.
pub const PAYLOAD_OFFSET: usize = 0x248;
/// Offset of `hdr.payload_length` (u32): bytes of the compressed kernel.
pub const PAYLOAD_LENGTH: usize = 0x24c;
/// Offset of `hdr.setup_data` (u64): physical address of the first `struct setup_data`, or 0.
pub const SETUP_DATA: usize = 0x250;
/// Offset of `hdr.pref_address` (u64): the physical address that the kernel prefers.
pub const PREF_ADDRESS: usize = 0x258;
/// Offset of `hdr.init_size` (u32): bytes of memory that the kernel needs from its first byte on until it has a memory map.
pub const INIT_SIZE: usize = 0x260;
/// Where a setup header ends at the latest: `edd_mbr_sig_buffer` is there.
pub const SETUP_HEADER_END: usize = 0x290;

/// Where `screen_info` is.
pub const SCREEN_INFO: Range<usize> = 0..0x040;
/// Offset of `screen_info.ext_mem_k` (u16): KiB of memory above 1 MiB, as old BIOSes say it.
pub const EXT_MEM_K: usize = 0x002;
/// Offset of `acpi_rsdp_addr` (u64): physical address of the ACPI RSDP, or 0.
pub const ACPI_RSDP_ADDR: usize = 0x070;
/// Where `efi_info` is.
pub const EFI_INFO: Range<usize> = 0x1c0..0x1e0;
/// Offset of `efi_info.efi_loader_signature` (u32), which is [`EFI64_SIGNATURE`] where 64-bit EFI booted the kernel.
pub const EFI_LOADER_SIGNATURE: usize = 0x1c0;
/// "EL64": `EFI64_LOADER_SIGNATURE` of `arch/x86/include/asm/efi.h`.
pub const EFI64_SIGNATURE: u32 = u32::from_le_bytes(*b"EL64");
/// Offset of `efi_info.efi_memdesc_size` (u32): bytes of one entry of EFI's memory map.
pub const EFI_MEMDESC_SIZE: usize = 0x1c8;
/// Offset of `efi_info.efi_memdesc_version` (u32): the version of such an entry.
pub const EFI_MEMDESC_VERSION: usize = 0x1cc;
/// Offset of `efi_info.efi_memmap` (u32): bits 31:0 of the map's physical address.
pub const EFI_MEMMAP: usize = 0x1d0;
/// Offset of `efi_info.efi_memmap_size` (u32): the map's bytes.
pub const EFI_MEMMAP_SIZE: usize = 0x1d4;
/// Offset of `efi_info.efi_memmap_hi` (u32): bits 63:32 of the map's physical address.
pub const EFI_MEMMAP_HI: usize = 0x1dc;
/// Offset of `alt_mem_k` (u32): KiB of memory above 1 MiB.
pub const ALT_MEM_K: usize = 0x1e0;
/// Offset of `e820_entries` (u8): how many entries of [`E820_TABLE`] are used.
pub const E820_ENTRIES: usize = 0x1e8;
/// Where `eddbuf_entries` and `edd_mbr_sig_buf_entries` (a u8 each) are.
pub const EDD_ENTRIES: Range<usize> = 0x1e9..0x1eb;
/// Offset of `secure_boot` (u8).
pub const SECURE_BOOT: usize = 0x1ec;
/// Where `edd_mbr_sig_buffer` is.
pub const EDD_MBR_SIG_BUFFER: Range<usize> = 0x290..0x2d0;
/// Offset of `e820_table`, [`E820_TABLE_ENTRIES`] times `struct boot_e820_entry`.
pub const E820_TABLE: usize = 0x2d0;
/// How many entries it has room for: `E820_MAX_ENTRIES_ZEROPAGE`.
pub const E820_TABLE_ENTRIES: usize = 128;
/// Bytes of `struct boot_e820_entry`: address (u64), size (u64), type (u32).
pub const E820_ENTRY_BYTES: usize = 20;
/// Where `eddbuf` is.
pub const EDDBUF: Range<usize> = 0xd00..0xeec;
/// Type of a `struct setup_data` with the entries of the memory map that [`E820_TABLE`] has no room for: `SETUP_E820_EXT`.
pub const SETUP_E820_EXT: u32 = 1;
/// Type of a `struct setup_data` with what EFI's runtime services need: `SETUP_EFI`.
pub const SETUP_EFI: u32 = 4;
/// Type of a `struct setup_data` with a seed for the random numbers of the kernel: `SETUP_RNG_SEED`.
pub const SETUP_RNG_SEED: u32 = 9;
