//! The zero page.

use super::{EfiInfo, SetupHeader};
use core::mem::offset_of;
use core::ops::Range;
use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Entries of [`BootParams::e820_table`]: `E820_MAX_ENTRIES_ZEROPAGE`.
pub const E820_TABLE_ENTRIES: usize = 128;

/// One range of the memory map: `struct boot_e820_entry`.
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
pub struct E820Entry {
    /// Physical address of the first byte.
    pub address: U64,
    /// Size in bytes.
    pub size: U64,
    /// Kind of the memory: `enum e820_type` of `arch/x86/include/asm/e820/types.h`.
    pub kind: U32,
}

/// The zero page: `struct boot_params`. Fields that neither a purgatory nor our loader uses are named after their
/// offsets.
#[repr(C)]
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned,
)]
pub struct BootParams {
    /// `screen_info` up to `ext_mem_k`.
    pub screen_info_start: [u8; 2],
    /// KiB of memory above 1 MiB, as old BIOSes count it, in the middle of `screen_info`.
    pub ext_mem_k: U16,
    /// `screen_info` after `ext_mem_k`.
    pub screen_info_rest: [u8; 0x3c],
    /// APM, tboot and IST.
    pub at_040: [u8; 0x30],
    /// Physical address of the ACPI RSDP, or 0.
    pub acpi_rsdp_addr: U64,
    /// Disks, MCA and OLPC.
    pub at_078: [u8; 0x48],
    /// Bits 63:32 of the initrd's physical address.
    pub ext_ramdisk_image: U32,
    /// Bits 63:32 of the initrd's length in bytes.
    pub ext_ramdisk_size: U32,
    /// Bits 63:32 of the command line's physical address.
    pub ext_cmd_line_ptr: U32,
    /// Confidential computing and EDID.
    pub at_0cc: [u8; 0xf4],
    /// The state of EFI.
    pub efi_info: EfiInfo,
    /// KiB of memory above 1 MiB.
    pub alt_mem_k: U32,
    /// Scratch space of the kernel's real-mode code.
    pub scratch: U32,
    /// Used entries of [`BootParams::e820_table`].
    pub e820_entries: u8,
    /// Used entries of [`BootParams::eddbuf`].
    pub eddbuf_entries: u8,
    /// Used entries of [`BootParams::edd_mbr_sig_buffer`].
    pub edd_mbr_sig_buf_entries: u8,
    /// State of the keyboard.
    pub kbd_status: u8,
    /// State of Secure Boot.
    pub secure_boot: u8,
    /// Padding.
    pub at_1ed: [u8; 2],
    /// Shows whether a loader has zeroed the page.
    pub sentinel: u8,
    /// Padding.
    pub at_1f0: u8,
    /// The setup header.
    pub hdr: SetupHeader,
    /// Signatures of the disks' master boot records, for EDD.
    pub edd_mbr_sig_buffer: [U32; 16],
    /// The memory map.
    pub e820_table: [E820Entry; E820_TABLE_ENTRIES],
    /// Padding.
    pub at_cd0: [u8; 0x30],
    /// EDD's data about the disks.
    pub eddbuf: [[u8; 82]; 6],
    /// Padding.
    pub at_eec: [u8; 0x114],
}

impl BootParams {
    /// Sets physical address and length of the initrd.
    pub fn set_initrd(&mut self, initrd: &Range<u64>) {
        let bytes = initrd.end - initrd.start;
        split(initrd.start, &mut self.hdr.ramdisk_image, &mut self.ext_ramdisk_image);
        split(bytes, &mut self.hdr.ramdisk_size, &mut self.ext_ramdisk_size);
    }

    /// Sets the physical address of the command line.
    pub fn set_command_line(&mut self, address: u64) {
        split(address, &mut self.hdr.cmd_line_ptr, &mut self.ext_cmd_line_ptr);
    }

    /// Sets the physical address of EFI's memory map.
    pub fn set_efi_memory_map(&mut self, address: u64) {
        split(address, &mut self.efi_info.memmap, &mut self.efi_info.memmap_hi);
    }
}

/// Writes a number into the fields of its low and its high 32 bits.
fn split(value: u64, low: &mut U32, high: &mut U32) {
    low.set(value as u32);
    high.set((value >> 32) as u32);
}

const _: () = {
    assert!(size_of::<E820Entry>() == 20);
    assert!(size_of::<BootParams>() == 4096);
    assert!(offset_of!(BootParams, ext_mem_k) == 0x002);
    assert!(offset_of!(BootParams, at_040) == 0x040);
    assert!(offset_of!(BootParams, acpi_rsdp_addr) == 0x070);
    assert!(offset_of!(BootParams, ext_ramdisk_image) == 0x0c0);
    assert!(offset_of!(BootParams, ext_ramdisk_size) == 0x0c4);
    assert!(offset_of!(BootParams, ext_cmd_line_ptr) == 0x0c8);
    assert!(offset_of!(BootParams, efi_info) == 0x1c0);
    assert!(offset_of!(BootParams, alt_mem_k) == 0x1e0);
    assert!(offset_of!(BootParams, e820_entries) == 0x1e8);
    assert!(offset_of!(BootParams, eddbuf_entries) == 0x1e9);
    assert!(offset_of!(BootParams, secure_boot) == 0x1ec);
    assert!(offset_of!(BootParams, sentinel) == 0x1ef);
    assert!(offset_of!(BootParams, hdr) == 0x1f1);
    assert!(offset_of!(BootParams, edd_mbr_sig_buffer) == 0x290);
    assert!(offset_of!(BootParams, e820_table) == 0x2d0);
    assert!(offset_of!(BootParams, eddbuf) == 0xd00);
    assert!(offset_of!(BootParams, at_eec) == 0xeec);
};

#[cfg(test)]
mod tests {
    use super::*;
    use zerocopy::FromZeros;

    #[test]
    fn addresses_above_4_gib_are_split() {
        let mut params = BootParams::new_zeroed();
        params.set_initrd(&(0x1_2345_6789..0x3_2345_6789));
        params.set_command_line(0x9_8765_4321);
        params.set_efi_memory_map(0xa_0000_000b);
        let bytes = params.as_bytes();
        let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!([0x218, 0x0c0].map(number), [0x2345_6789, 1]);
        assert_eq!([0x21c, 0x0c4].map(number), [0, 2]);
        assert_eq!([0x228, 0x0c8].map(number), [0x8765_4321, 9]);
        assert_eq!([0x1d0, 0x1dc].map(number), [0xb, 0xa]);
        let written = bytes.iter().filter(|byte| **byte != 0).count();
        assert_eq!(written, 4 + 1 + 1 + 4 + 1 + 1 + 1, "and nothing else");
    }
}
