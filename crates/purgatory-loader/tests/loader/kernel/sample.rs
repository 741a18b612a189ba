//! Test kernels and machines.

use purgatory_loader::kernel::{Inputs, Kernel};
use purgatory_loader::machine::{E820Entry, E820Kind, Machine};
use purgatory_loader::segments::Placer;
use std::ops::Range;

/// Offsets of fields of a bzImage, from `Documentation/arch/x86/boot.rst`.
pub(crate) const SETUP_SECTS: usize = 0x1f1;
pub(crate) const SYSSIZE: usize = 0x1f4;
pub(crate) const JUMP: usize = 0x201;
pub(crate) const VERSION: usize = 0x206;
pub(crate) const LOADFLAGS: usize = 0x211;
pub(crate) const INITRD_ADDR_MAX: usize = 0x22c;
pub(crate) const ALIGNMENT: usize = 0x230;
pub(crate) const RELOCATABLE: usize = 0x234;
pub(crate) const XLOADFLAGS: usize = 0x236;
pub(crate) const CMDLINE_SIZE: usize = 0x238;
pub(crate) const PAYLOAD_OFFSET: usize = 0x248;
pub(crate) const PREF_ADDRESS: usize = 0x258;
pub(crate) const INIT_SIZE: usize = 0x260;

/// Bytes of real-mode code of [`bz_image`], its boot sector included.
pub(crate) const SETUP_BYTES: usize = 1024;
/// Bytes of protected-mode code of [`bz_image`].
pub(crate) const CODE_BYTES: usize = 0x1230;
/// `init_size` of [`bz_image`].
pub(crate) const MEMORY: u32 = 0x30_0000;

/// Writes bytes at an offset.
pub(crate) fn put(file: &mut [u8], offset: usize, bytes: impl AsRef<[u8]>) {
    let bytes = bytes.as_ref();
    file[offset..offset + bytes.len()].copy_from_slice(bytes);
}

/// A bzImage with the header of Debian's 6.12, but smaller: 1 sector of setup code, code that is all 0x90.
pub(crate) fn bz_image() -> Vec<u8> {
    let mut file = vec![0; SETUP_BYTES];
    file[0x1ef] = 0xff;
    file[SETUP_SECTS] = 1;
    put(&mut file, SYSSIZE, (CODE_BYTES as u32 / 16).to_le_bytes());
    put(&mut file, 0x1fe, [0x55, 0xaa, 0xeb, 0x6a]);
    put(&mut file, 0x202, b"HdrS");
    put(&mut file, VERSION, 0x020fu16.to_le_bytes());
    file[LOADFLAGS] = 1;
    put(&mut file, INITRD_ADDR_MAX, 0x7fff_ffffu32.to_le_bytes());
    put(&mut file, ALIGNMENT, 0x20_0000u32.to_le_bytes());
    file[RELOCATABLE] = 1;
    put(&mut file, XLOADFLAGS, 0x7fu16.to_le_bytes());
    put(&mut file, CMDLINE_SIZE, 2047u32.to_le_bytes());
    put(&mut file, PAYLOAD_OFFSET, [0xc4, 2, 0, 0, 0, 1, 0, 0]);
    put(&mut file, PREF_ADDRESS, 0x100_0000u64.to_le_bytes());
    put(&mut file, INIT_SIZE, MEMORY.to_le_bytes());
    // Not a part of the header: it ends at 0x26c.
    file[0x26c] = 0xee;
    file.extend([0x90; CODE_BYTES]);
    file
}

/// A bzImage with some bytes at an offset.
pub(crate) fn bz_image_with(offset: usize, bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut file = bz_image();
    put(&mut file, offset, bytes);
    file
}

/// One program header: type, offset, virtual and physical address, bytes in the file and in memory.
pub(crate) type Load = [u64; 6];

/// Offsets in a vmlinux.
pub(crate) const ELF_TYPE: usize = 16;
pub(crate) const ELF_MACHINE: usize = 18;
pub(crate) const ELF_ENTRY: usize = 24;
pub(crate) const ELF_PHENTSIZE: usize = 54;
pub(crate) const ELF_PHNUM: usize = 56;

/// Code, per-CPU variables (at virtual address 0), and data with zero padding, in another order; and a note.
pub(crate) const LOADS: [Load; 4] = [
    [1, 0x1000, 0xffff_ffff_8100_0000, 0x100_0000, 0x1800, 0x1800],
    [1, 0x3000, 0xffff_ffff_8120_0000, 0x120_0000, 0x10, 0x5010],
    [1, 0x2800, 0, 0x110_0000, 0x800, 0x1000],
    [4, 0x1000, 0xffff_ffff_8100_0100, 0x100_0100, 0x24, 0x24],
];

/// Returns a vmlinux with these program headers, and its entry 0x40 bytes into its code. Each byte is the number of its
/// page.
pub(crate) fn vmlinux_of(loads: &[Load]) -> Vec<u8> {
    let mut file: Vec<u8> = (0..0x3010u32).map(|offset| (offset >> 12) as u8).collect();
    file[..64].fill(0);
    put(&mut file, 0, b"\x7fELF\x02\x01\x01");
    put(&mut file, ELF_TYPE, 2u16.to_le_bytes());
    put(&mut file, ELF_MACHINE, 62u16.to_le_bytes());
    put(&mut file, 20, 1u32.to_le_bytes());
    put(&mut file, ELF_ENTRY, 0x100_0040u64.to_le_bytes());
    put(&mut file, 32, 64u64.to_le_bytes());
    put(&mut file, 52, 64u16.to_le_bytes());
    put(&mut file, ELF_PHENTSIZE, 56u16.to_le_bytes());
    put(&mut file, ELF_PHNUM, (loads.len() as u16).to_le_bytes());
    for (index, [kind, offset, virtual_address, physical, bytes, memory]) in
        loads.iter().enumerate()
    {
        let numbers =
            [*kind | 7 << 32, *offset, *virtual_address, *physical, *bytes, *memory, 0x1000];
        let header: Vec<u8> = numbers.into_iter().flat_map(u64::to_le_bytes).collect();
        put(&mut file, 64 + 56 * index, header);
    }
    file
}

/// A vmlinux.
pub(crate) fn vmlinux() -> Vec<u8> {
    vmlinux_of(&LOADS)
}

/// A part of a memory map.
pub(crate) fn range(range: Range<u64>, kind: E820Kind) -> E820Entry {
    E820Entry { start: range.start, size: range.end - range.start, kind }
}

/// A machine with 6 GiB of RAM, without other facts.
pub(crate) fn machine() -> Machine {
    let memory = vec![
        range(0..0x9_fc00, E820Kind::Ram),
        range(0x9_fc00..0x10_0000, E820Kind::Reserved),
        range(0x10_0000..0xbffd_0000, E820Kind::Ram),
        range(0xbffd_0000..0xbffe_0000, E820Kind::Acpi),
        range(0xbffe_0000..0xbfff_0000, E820Kind::Nvs),
        range(0xc000_0000..0xc010_0000, E820Kind::Unusable),
        range(0x1_0000_0000..0x1_c000_0000, E820Kind::Ram),
    ];
    Machine { memory, ..Machine::default() }
}

/// The RAM of [`machine`], all free.
pub(crate) fn placer() -> Placer {
    let ram = [0..0x9_fc00, 0x10_0000..0xbffd_0000, 0x1_0000_0000..0x1_c000_0000];
    Placer::over(ram).unwrap()
}

/// A kernel with a short command line and nothing else.
pub(crate) fn inputs<'a>(kernel: &'a Kernel<'a>, machine: &'a Machine) -> Inputs<'a> {
    Inputs { kernel, initrd: None, command_line: "quiet", machine, crash: None, rng_seed: None }
}
