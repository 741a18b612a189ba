//! The firmware: ours, a few instructions from the reset to the entry of a PVH start. Bochs starts with memory already
//! filled, so that nothing else is wanted of one.

/// Bytes of the ROM, which ends at 4 GiB.
const ROM_BYTES: usize = 0x1_0000;
/// Address of its first byte.
const ROM: u32 = (ROM_BYTES as u32).wrapping_neg();
/// Where in the ROM the processor starts: 16 bytes below 4 GiB (Intel SDM volume 3, "Guest Instruction Executed").
const RESET_VECTOR: usize = ROM_BYTES - 16;

/// Where in the ROM its parts are.
const GDT: usize = 0;
const GDT_POINTER: usize = 0x20;
const START16: usize = 0x30;
const START32: usize = 0x60;

/// Flat segments of 4 GiB, 32-bit, present, ring 0: code to execute and read, data to read and write.
const DESCRIPTORS: [u64; 3] = [0, 0x00cf_9b00_0000_ffff, 0x00cf_9300_0000_ffff];
/// Their selectors.
const CODE: u8 = 8;
const DATA: u8 = 16;

/// The ROM, for a program of this entry and `struct hvm_start_info` at this address.
///
/// The program is entered as the PVH ABI has it (Xen, `docs/misc/pvh.pandoc`): 32-bit protected mode, flat segments,
/// paging and interrupts off, EBX = the address.
pub(super) fn rom(entry: u32, start_info: u32) -> Vec<u8> {
    let mut rom = vec![0; ROM_BYTES];
    let mut put = |at: usize, bytes: &[u8]| rom[at..at + bytes.len()].copy_from_slice(bytes);

    for (index, descriptor) in DESCRIPTORS.iter().enumerate() {
        put(GDT + index * size_of::<u64>(), &descriptor.to_le_bytes());
    }
    let limit = (size_of_val(&DESCRIPTORS) - 1) as u16;
    put(GDT_POINTER, &limit.to_le_bytes());
    put(GDT_POINTER + 2, &address(GDT).to_le_bytes());

    // 16-bit: CS has the ROM's address as its base, and there is no stack.
    let [low, high] = ((START16.wrapping_sub(RESET_VECTOR + 3)) as u16).to_le_bytes();
    put(RESET_VECTOR, &[0xe9, low, high]); // jmp START16
    let [low, high] = (GDT_POINTER as u16).to_le_bytes();
    let [a, b, c, d] = address(START32).to_le_bytes();
    #[rustfmt::skip]
    put(START16, &[
        0xba, 0xfb, 0x03,                           // mov dx, 0x3fb: line control of ttyS0
        0xb0, 0x03,                                 // mov al, 3: 8 bits a character, not 5
        0xee,                                       // out dx, al
        0x2e, 0x66, 0x0f, 0x01, 0x16, low, high,    // lgdt cs:[GDT_POINTER], with all 32 bits of its base
        0x0f, 0x20, 0xc0,                           // mov eax, cr0
        0x0c, 0x01,                                 // or al, 1: protected mode
        0x0f, 0x22, 0xc0,                           // mov cr0, eax
        0x66, 0xea, a, b, c, d, CODE, 0,            // jmp CODE:START32
    ]);

    let [a, b, c, d] = start_info.to_le_bytes();
    let [e, f, g, h] = entry.to_le_bytes();
    #[rustfmt::skip]
    put(START32, &[
        0x31, 0xc0,                                 // xor eax, eax
        0xb0, DATA,                                 // mov al, DATA
        0x8e, 0xd8,                                 // mov ds, eax
        0x8e, 0xc0,                                 // mov es, eax
        0x8e, 0xd0,                                 // mov ss, eax
        0xbb, a, b, c, d,                           // mov ebx, start_info
        0xb9, e, f, g, h,                           // mov ecx, entry
        0xff, 0xe1,                                 // jmp ecx
    ]);
    rom
}

/// Returns the address of the byte at `offset` of the ROM.
const fn address(offset: usize) -> u32 {
    ROM + offset as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reset_leads_to_the_code() {
        let rom = rom(0x10_0000, 0x20_0000);
        let jump = &rom[RESET_VECTOR..RESET_VECTOR + 3];
        let distance = i16::from_le_bytes([jump[1], jump[2]]);
        assert_eq!(jump[0], 0xe9);
        assert_eq!((RESET_VECTOR as u16 + 3).wrapping_add_signed(distance), START16 as u16);
        // Bochs wants a ROM that ends at 4 GiB.
        assert_eq!(u64::from(ROM) + rom.len() as u64, 1 << 32);
    }

    #[test]
    fn the_code_ends_with_the_two_addresses_and_a_jump() {
        let rom = rom(0x1234_5678, 0x9abc_def0);
        let code = &rom[START32..START32 + 22];
        assert_eq!(code[10..15], [0xbb, 0xf0, 0xde, 0xbc, 0x9a]);
        assert_eq!(code[15..22], [0xb9, 0x78, 0x56, 0x34, 0x12, 0xff, 0xe1]);
        assert!(rom[START32 + 22..RESET_VECTOR].iter().all(|byte| *byte == 0));
    }
}
