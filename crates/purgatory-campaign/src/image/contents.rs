//! The segments of the image: random bytes in the sizes of a small kernel and initrd.

use crate::ram::{CRASH, LOW, range};
use anyhow::Result;
use purgatory_abi::boot::{self, BootParams, E820Entry};
use purgatory_abi::native::SegmentKind;
use purgatory_abi::{Loader, PAGE};
use purgatory_loader::elfcorehdr::Elfcorehdr;
use purgatory_loader::{Segment, elfcorehdr};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::ops::Range;
use zerocopy::{FromZeros, IntoBytes};

/// Addresses of the segments. No two differ in one bit only: the Linux kernel puts the command line into the segment of
/// `boot_params`, so that a bit of rsi cannot lead from one to the other.
const KERNEL: u64 = 0x2000_0000;
const INITRD: u64 = 0x2010_0000;
const BOOT_PARAMS: u64 = 0x2020_0000;
pub(super) const COMMAND_LINE: u64 = 0x2020_3000;
const ELFCOREHDR: u64 = 0x2020_5000;
pub(super) const BACKUP: u64 = 0x2021_1000;

/// The kernel: five chunks and a part, and memory that it needs zeroed.
const KERNEL_BYTES: usize = 5 * 65_536 + 1000;
const KERNEL_ZEROS: u64 = 32 * PAGE;
/// The initrd: three chunks and a part.
const INITRD_BYTES: usize = 3 * 65_536 + 20_000;

/// The kernel's 64-bit entry (`Documentation/arch/x86/boot.rst`), and the address of `boot_params`.
pub(super) const ENTRY: u64 = KERNEL + 0x200;
pub(super) const RSI: u64 = BOOT_PARAMS;

/// The command line.
pub(super) const LINE: &str =
    "elfcorehdr=0x20205000 console=ttyS0,115200n8 irqpoll nr_cpus=1 reset_devices\0";

/// The version of the boot protocol of Linux since 4.20.
const VERSION: u16 = 0x20f;

/// RAM of the machine besides the crash kernel region.
const RAM: [Range<u64>; 2] = [0x10_0000..0x1f00_0000, 0x2400_0000..0x4000_0000];

/// Memory of the firmware.
const RESERVED_BY_FIRMWARE: Range<u64> = 0x4000_0000..0x4010_0000;

/// Kinds of memory in the memory map: `E820_TYPE_RAM`, `E820_TYPE_RESERVED`.
const USABLE: u32 = 1;
const RESERVED: u32 = 2;

/// Returns the segments without the purgatory.
pub(super) fn segments(loader: Loader) -> Result<Vec<Segment<'static>>> {
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let mut bytes = |count| {
        let mut bytes = vec![0; count];
        random.fill_bytes(&mut bytes);
        bytes
    };
    let initrd = INITRD..INITRD + INITRD_BYTES as u64;
    let mut all = vec![
        segment(SegmentKind::Kernel, KERNEL, bytes(KERNEL_BYTES), KERNEL_ZEROS),
        segment(SegmentKind::Initrd, INITRD, bytes(INITRD_BYTES), 0),
        segment(SegmentKind::BootParams, BOOT_PARAMS, boot_params(&initrd), 0),
        segment(SegmentKind::CommandLine, COMMAND_LINE, LINE.as_bytes().to_vec(), 0),
        segment(SegmentKind::Elfcorehdr, ELFCOREHDR, elfcorehdr()?, PAGE),
    ];
    if loader == Loader::KexecTools {
        let bytes = LOW.len.next_multiple_of(PAGE);
        all.push(segment(SegmentKind::Other, BACKUP, Vec::new(), bytes));
    }
    Ok(all)
}

/// Returns a segment of whole pages, with at least these zeros.
fn segment(kind: SegmentKind, address: u64, payload: Vec<u8>, zeros: u64) -> Segment<'static> {
    let bytes = payload.len() as u64;
    let zeros = (bytes + zeros).next_multiple_of(PAGE) - bytes;
    Segment { kind, address, payload: payload.into(), zeros }
}

fn boot_params(initrd: &Range<u64>) -> Vec<u8> {
    let mut params = BootParams::new_zeroed();
    params.hdr.header.set(boot::HEADER_MAGIC);
    params.hdr.version.set(VERSION);
    let kernel = segment(SegmentKind::Kernel, KERNEL, vec![0; KERNEL_BYTES], KERNEL_ZEROS);
    params.hdr.init_size.set(kernel.memory_bytes() as u32);
    params.set_initrd(initrd);
    params.set_command_line(COMMAND_LINE);
    let entry = |range: Range<u64>, kind: u32| E820Entry {
        address: range.start.into(),
        size: (range.end - range.start).into(),
        kind: kind.into(),
    };
    let map = [
        entry(PAGE..0x9_f000, USABLE),
        entry(range(CRASH), USABLE),
        entry(RESERVED_BY_FIRMWARE, RESERVED),
    ];
    params.e820_table[..map.len()].copy_from_slice(&map);
    params.e820_entries = map.len() as u8;
    params.as_bytes().to_vec()
}

/// Returns the description of the memory of a crashed kernel with two CPUs.
fn elfcorehdr() -> Result<Vec<u8>, elfcorehdr::ElfcorehdrError> {
    let header = Elfcorehdr {
        cpu_notes: vec![0x3f00_0000..0x3f00_0164, 0x3f01_0000..0x3f01_0164],
        vmcoreinfo: 0x1e00_0000..0x1e00_1024,
        kernel: 0x100_0000..0x300_0000,
        kernel_virtual: 0xffff_ffff_8100_0000,
        direct_map: 0xffff_8880_0000_0000,
        ram: [&[0..0x9_f000], &RAM[..]].concat(),
        excluded: vec![range(CRASH)],
    };
    header.build()
}
