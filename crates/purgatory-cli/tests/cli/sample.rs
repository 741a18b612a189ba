//! Test objects, programs and kernels.

use crate::kexec_tools;
use crate::native;
use crate::purgatory::Purgatory;

/// Offset of the object in [`program`].
pub(crate) const OFFSET: usize = 0x1234;

/// Bytes after it.
pub(crate) const BEHIND: &[u8] = b"something else";

/// A purgatory for the kernel, `more` bytes larger than necessary.
pub(crate) fn linux(more: usize) -> Vec<u8> {
    larger(Purgatory::new(), more)
}

/// A purgatory for kexec-tools, `more` bytes larger than necessary.
pub(crate) fn kexec_tools(more: usize) -> Vec<u8> {
    larger(kexec_tools::purgatory(), more)
}

/// A purgatory of the native contract, `more` bytes larger than necessary.
pub(crate) fn native(more: usize) -> Vec<u8> {
    larger(native::purgatory(), more)
}

fn larger(mut purgatory: Purgatory, more: usize) -> Vec<u8> {
    let rodata = purgatory.rodata;
    purgatory.object.append_section_data(rodata, &vec![0x33; more], 1);
    purgatory.write()
}

/// A purgatory with the tables of two loaders.
pub(crate) fn both() -> Vec<u8> {
    let mut purgatory = Purgatory::new();
    let data = purgatory.data;
    purgatory.global("sha256_regions", data, 136, 256);
    purgatory.write()
}

/// A program with `object` in it, at [`OFFSET`].
pub(crate) fn program(object: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01 a program".to_vec();
    bytes.resize(OFFSET, 0xcc);
    bytes.extend(object);
    bytes.extend(BEHIND);
    bytes
}

/// A bzImage with `payload` as its compressed kernel.
pub(crate) fn bz_image(payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 1024];
    bytes[0x1f1] = 1;
    bytes[0x1fe..0x206].copy_from_slice(b"\x55\xaa\xeb\x6aHdrS");
    bytes[0x206..0x208].copy_from_slice(&0x020fu16.to_le_bytes());
    // Loaded high, aligned to 2 MiB, relocatable, with a 64-bit entry at 0x200.
    bytes[0x211] = 1;
    bytes[0x230..0x237].copy_from_slice(&[0, 0, 0x20, 0, 1, 0, 1]);
    bytes[0x249] = 0x3;
    bytes[0x260..0x264].copy_from_slice(&(64u32 << 20).to_le_bytes());
    bytes.extend([0; 0x300]);
    bytes[0x24c..0x250].copy_from_slice(&u32::try_from(payload.len()).unwrap().to_le_bytes());
    bytes.extend(payload);
    bytes.extend(b"what follows the kernel");
    bytes
}

/// Turns `file` into a signed PE file. It needs at least 512 bytes, and unused bytes at 0x40.
pub(crate) fn sign_pe(file: &mut [u8]) {
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"MZ");
    put(0x3c, &0x40u32.to_le_bytes());
    put(0x40, b"PE\0\0");
    // SizeOfOptionalHeader, Magic, NumberOfRvaAndSizes, and the fifth directory.
    put(0x40 + 20, &(112 + 16 * 8u16).to_le_bytes());
    put(0x58, &0x20bu16.to_le_bytes());
    put(0x58 + 108, &16u32.to_le_bytes());
    put(0x58 + 112 + 4 * 8, &0x5000u32.to_le_bytes());
    put(0x58 + 112 + 4 * 8 + 4, &1472u32.to_le_bytes());
}
