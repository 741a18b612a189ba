//! The loaded image: segments in memory, the blob in its place, and the tables that Linux fills in.
//!
//! Source: `bzImage64_load` of `arch/x86/kernel/kexec-bzimage64.c`, `kexec_calculate_store_digests` of
//! `kernel/kexec_file.c`.

#![allow(unsafe_code, reason = "writes segments to the memory that layout.rs gives them")]

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use boot_shim::layout::{CRASH_REGION, HIGH_REGION, HOLE, LOW_END, NO_EXECUTE_PAGE};
use boot_shim::setup::{BadRegion, CommandLine, Place, Regions, Rip, Rsi, Setup, Target, Where};
use purgatory_abi::boot;
use purgatory_abi::linux::{
    DIGEST_BYTES, ENTRY_64_OFFSET, ENTRY64_REGS, EntryRegs, REGION_SLOTS, Region, SHA_REGIONS,
    SHA256_DIGEST, STACK_END,
};
use purgatory_loader::{Blob, Image, Layout};
use sha2::{Digest, Sha256};
use zerocopy::IntoBytes;

use crate::content;
use crate::error::ShimError;
use crate::memory::bytes_mut;

const PAGE: u64 = 0x1000;
const INITRD_BYTES: u64 = 0x8000;
const ELFCOREHDR_BYTES: u64 = PAGE;
/// What an elfcorehdr begins with, and no other segment.
const ELF_MAGIC: &[u8] = b"\x7fELF";
/// A length that no address space has room for.
const HUGE_BYTES: u64 = 1 << 62;
/// The longest command line, and as much again.
const UNTERMINATED_BYTES: usize = 2 * boot::COMMAND_LINE_BYTES;

/// An image that is ready to be entered.
pub(crate) struct Loaded {
    /// `purgatory_start`.
    pub(crate) entry: u64,
    /// What the blob was told to hand over.
    pub(crate) regs: EntryRegs,
    /// The memory of the blob, `.bss` included.
    pub(crate) blob: Range<u64>,
    /// What the digest was made of.
    regions: Vec<Region>,
    digest: [u8; DIGEST_BYTES],
}

impl Loaded {
    /// Whether the memory of the regions is still what was digested.
    pub(crate) fn is_intact(&self) -> bool {
        digest(&self.regions) == self.digest
    }
}

/// Where the segments are.
struct Segments {
    elfcorehdr: Range<u64>,
    boot_params: Range<u64>,
    kernel: Range<u64>,
    initrd: Range<u64>,
}

impl Segments {
    fn lay_out(setup: &Setup<'_>, region: &Range<u64>) -> Result<Self, ShimError> {
        let mut next = region.start;
        let mut take = |bytes: u64| {
            let start = next;
            next += bytes.next_multiple_of(PAGE);
            start..next
        };
        let command_line_bytes = setup.command_line.len() as u64 + 1;
        let segments = Self {
            elfcorehdr: take(ELFCOREHDR_BYTES),
            boot_params: take(boot::BOOT_PARAMS_BYTES as u64 + command_line_bytes),
            kernel: take(setup.kernel_bytes),
            initrd: take(INITRD_BYTES),
        };
        if next > region.end { Err(ShimError::TooLarge) } else { Ok(segments) }
    }

    fn of(&self, target: Target) -> Option<&Range<u64>> {
        match target {
            Target::Kernel => Some(&self.kernel),
            Target::Initrd => Some(&self.initrd),
            Target::BootParams => Some(&self.boot_params),
            Target::ElfCoreHeader => Some(&self.elfcorehdr),
            Target::Digest => None,
        }
    }
}

/// The memory of a segment.
fn memory(range: &Range<u64>) -> &'static mut [u8] {
    // SAFETY: layout.rs and `Segments` give each range to one purpose, in RAM that the shim does not use.
    unsafe { bytes_mut(range.start, (range.end - range.start) as usize) }
}

/// Loads the image that the settings describe.
pub(crate) fn load(setup: &Setup<'_>, blob: &[u8], landing: u64) -> Result<Loaded, ShimError> {
    let region = if setup.place == Place::High { HIGH_REGION } else { CRASH_REGION };
    let segments = Segments::lay_out(setup, &region)?;
    let blob = Blob::parse(blob)?;
    let bytes = Layout::of(&blob)?.memsz();
    let end = if setup.place == Place::Low { LOW_END } else { region.end };
    let base = (end - bytes) & !(PAGE - 1);
    if base < segments.initrd.end && setup.place != Place::Low {
        return Err(ShimError::TooLarge);
    }
    let rip = fill(setup, &segments, landing, base);
    let mut image = Image::place(&blob, base)?;
    let blob_range = base..base + bytes;

    let good = good_regions(setup, &segments);
    let digest = digest(&good);
    let mut table = good.clone();
    table.extend(bad_region(setup, &segments, &blob_range));
    if table.len() > REGION_SLOTS {
        return Err(ShimError::TooManyRegions);
    }
    let mut slots = [Region::default(); REGION_SLOTS];
    slots[..table.len()].copy_from_slice(&table);

    let mut wanted = digest;
    if let Some((Target::Digest, place)) = setup.flip {
        flip(&mut wanted, place);
    }
    let regs = registers(setup, &segments, &image, rip)?;
    image.set_symbol(SHA_REGIONS, slots.as_bytes())?;
    image.set_symbol(SHA256_DIGEST, &wanted)?;
    image.set_symbol(ENTRY64_REGS, regs.as_bytes())?;
    memory(&blob_range).copy_from_slice(image.bytes());

    if let Some((target, place)) = setup.flip
        && let Some(range) = segments.of(target)
    {
        flip(memory(range), place);
    }
    Ok(Loaded { entry: image.entry(), regs, blob: blob_range, regions: good, digest })
}

/// Writes the content of all segments. Returns the address that the blob is to jump to.
fn fill(setup: &Setup<'_>, segments: &Segments, landing: u64, blob: u64) -> u64 {
    content::fill(memory(&segments.elfcorehdr), 1);
    memory(&segments.elfcorehdr)[..ELF_MAGIC.len()].copy_from_slice(ELF_MAGIC);
    content::fill(memory(&segments.kernel), 2);
    content::fill(memory(&segments.initrd), 3);

    let params = content::boot_params(&segments.initrd, command_line(setup, segments));
    let memory_of_params = memory(&segments.boot_params);
    memory_of_params.fill(0);
    memory_of_params[..params.len()].copy_from_slice(&params);
    memory_of_params[params.len()..][..setup.command_line.len()]
        .copy_from_slice(setup.command_line.as_bytes());

    let code = content::jump_to(landing);
    let rip = match setup.rip {
        Rip::Kernel => segments.kernel.start + ENTRY_64_OFFSET,
        Rip::NoExecute => NO_EXECUTE_PAGE,
        Rip::Unmapped => return HOLE,
        Rip::Blob => return blob,
    };
    memory(&(rip..rip + code.len() as u64)).copy_from_slice(&code);
    rip
}

/// Where the command line is, or is said to be.
fn command_line(setup: &Setup<'_>, segments: &Segments) -> u64 {
    let mut text = String::from(setup.command_line);
    match setup.command_line_at {
        CommandLine::Good => return segments.boot_params.start + boot::BOOT_PARAMS_BYTES as u64,
        CommandLine::Unmapped => return HOLE,
        CommandLine::Edge => text.push('\0'),
        CommandLine::EdgeUnterminated => {}
        CommandLine::Unterminated => {
            text.push(' ');
            text.extend(core::iter::repeat_n('x', UNTERMINATED_BYTES));
        }
    }
    // Up to the last byte that is mapped; the unterminated line is too long to get there.
    let start = HOLE - text.len() as u64;
    memory(&(start..HOLE)).copy_from_slice(text.as_bytes());
    start
}

fn good_regions(setup: &Setup<'_>, segments: &Segments) -> Vec<Region> {
    let region = |range: &Range<u64>| Region { start: range.start, len: range.end - range.start };
    let mut regions = alloc::vec![
        region(&segments.elfcorehdr),
        region(&segments.boot_params),
        region(&segments.kernel),
        region(&segments.initrd),
    ];
    match setup.regions {
        Regions::Segments => {}
        Regions::None => regions.clear(),
        Regions::Hole => regions.insert(2, Region::default()),
        Regions::All => {
            let kernel = regions.remove(2);
            let pieces = (REGION_SLOTS - regions.len()) as u64;
            // Pieces of odd lengths, the rest in the last one.
            let piece = kernel.len / pieces - 1;
            for i in 0..pieces {
                let start = kernel.start + i * piece;
                let end = if i == pieces - 1 { segments.kernel.end } else { start + piece };
                regions.push(region(&(start..end)));
            }
        }
    }
    regions
}

fn bad_region(setup: &Setup<'_>, segments: &Segments, blob: &Range<u64>) -> Option<Region> {
    Some(match setup.bad_region {
        BadRegion::None => return None,
        BadRegion::Wraps => Region { start: u64::MAX - PAGE + 1, len: 2 * PAGE },
        BadRegion::Unmapped => Region { start: HOLE, len: PAGE },
        BadRegion::PartlyUnmapped => Region { start: HOLE - PAGE, len: 2 * PAGE },
        BadRegion::CoversBlob => Region { start: blob.start - PAGE, len: 2 * PAGE },
        BadRegion::Overlaps => Region { start: segments.kernel.end - 1, len: 1 },
        BadRegion::Huge => Region { start: blob.end, len: HUGE_BYTES },
    })
}

/// One SHA-256 over all regions in order.
fn digest(regions: &[Region]) -> [u8; DIGEST_BYTES] {
    let mut sha256 = Sha256::new();
    for region in regions.iter().filter(|region| region.len > 0) {
        sha256.update(memory(&(region.start..region.start + region.len)));
    }
    sha256.finalize().into()
}

/// What Linux writes to `entry64_regs`, and in a run with `registers` a value of its own in each of the others.
fn registers(
    setup: &Setup<'_>,
    segments: &Segments,
    image: &Image,
    rip: u64,
) -> Result<EntryRegs, ShimError> {
    let mut regs = EntryRegs::default();
    image.get_symbol(ENTRY64_REGS, regs.as_mut_bytes())?;
    if setup.registers {
        regs = EntryRegs {
            rax: 0x0a0a_0a0a_0a0a_0a0a,
            rcx: 0xc1c1_c1c1_c1c1_c1c1,
            rdx: 0xd2d2_d2d2_d2d2_d2d2,
            rbp: 0xb5b5_b5b5_b5b5_b5b5,
            rdi: 0x0717_2737_4757_6777,
            r8: 0x8888_8888_8888_8888,
            r9: 0x9999_9999_9999_9999,
            r10: 0x1010_1010_1010_1010,
            r11: 0x1111_1111_1111_1111,
            r12: 0x1212_1212_1212_1212,
            r13: 0x1313_1313_1313_1313,
            r14: 0x1414_1414_1414_1414,
            r15: 0x1515_1515_1515_1515,
            ..regs
        };
    }
    regs.rbx = if setup.registers { 0x3b3b_3b3b_3b3b_3b3b } else { 0 };
    regs.rsp = if setup.registers { 0x4242_4242_4240 } else { image.symbol(STACK_END)?.address };
    regs.rsi = match setup.rsi {
        Rsi::BootParams => segments.boot_params.start,
        Rsi::Unmapped => HOLE,
        Rsi::Null => 0,
        Rsi::Garbage => segments.initrd.start,
        Rsi::Blob => image.base(),
    };
    regs.rip = rip;
    Ok(regs)
}

fn flip(bytes: &mut [u8], place: Where) {
    let index = match place {
        Where::First => 0,
        Where::Middle => bytes.len() / 2,
        Where::Last => bytes.len() - 1,
    };
    bytes[index] ^= 1;
}
