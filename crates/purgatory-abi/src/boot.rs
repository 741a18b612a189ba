//! The x86 boot protocol, as far as a purgatory reads it.
//!
//! Source: `Documentation/arch/x86/boot.rst` and `zero-page.rst`; the structures are `struct boot_params` and
//! `struct setup_header` of `arch/x86/include/uapi/asm/bootparam.h`. All numbers are little-endian.

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
