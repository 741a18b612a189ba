//! Made-up content for the segments of an image.

use alloc::vec::Vec;
use core::iter;
use core::ops::Range;

use boot_shim::sha256::shapes::Random;
use purgatory_abi::boot::{BootParams, HEADER_MAGIC};
use purgatory_loader::elfcorehdr::{Elfcorehdr, ElfcorehdrError};
use zerocopy::{FromZeros, IntoBytes};

/// The version of the boot protocol of all current kernels: it has a 64-bit entry.
const PROTOCOL_VERSION: u16 = 0x20f;

/// Bytes without a pattern that repeats, and without the beginning of anything known. The same seed gives the same
/// bytes.
pub(crate) fn fill(bytes: &mut [u8], seed: u64) {
    let mut random = Random(seed);
    for chunk in bytes.chunks_mut(size_of::<u64>()) {
        chunk.copy_from_slice(&random.next_number().to_le_bytes()[..chunk.len()]);
    }
}

/// Code that jumps to `target` and changes no register: `jmp [rip + 0]`, and the address after it.
pub(crate) fn jump_to(target: u64) -> [u8; 14] {
    let mut code = [0; 14];
    code[..6].copy_from_slice(&[0xff, 0x25, 0, 0, 0, 0]);
    code[6..].copy_from_slice(&target.to_le_bytes());
    code
}

/// A valid elfcorehdr: the notes of one CPU, vmcoreinfo, the crashed kernel and some memory, all of them made
/// up.
pub(crate) fn elfcorehdr() -> Result<Vec<u8>, ElfcorehdrError> {
    let facts = Elfcorehdr {
        cpu_notes: iter::once(0x10_0000..0x10_0164).collect(),
        vmcoreinfo: 0x10_1000..0x10_2024,
        kernel: 0x100_0000..0x200_0000,
        kernel_virtual: 0xffff_ffff_8100_0000,
        direct_map: 0xffff_8880_0000_0000,
        ram: iter::once(0x10_0000..0x400_0000).collect(),
        excluded: Vec::new(),
    };
    facts.build()
}

/// `struct boot_params` of a kernel with this memory, that names an initrd and a command line.
pub(crate) fn boot_params(kernel: &Range<u64>, initrd: &Range<u64>, command_line: u64) -> Vec<u8> {
    let mut params = BootParams::new_zeroed();
    params.hdr.header.set(HEADER_MAGIC);
    params.hdr.version.set(PROTOCOL_VERSION);
    params.hdr.init_size.set((kernel.end - kernel.start) as u32);
    params.set_initrd(initrd);
    params.set_command_line(command_line);
    params.as_bytes().to_vec()
}
