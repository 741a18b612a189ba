//! The loaded image: segments in memory, the blob in its place, and the tables that its loader fills in.
//!
//! Source: `bzImage64_load` of `arch/x86/kernel/kexec-bzimage64.c`, `kexec_calculate_store_digests` of
//! `kernel/kexec_file.c`; the differences of kexec-tools are in the modules of this directory.

mod backup;
mod bytes;
mod change;
mod jump_back;
mod kexec_tools;
mod native;
mod regions;
mod registers;
mod segments;

use alloc::vec::Vec;
use core::ops::Range;

use boot_shim::fault::{At, Byte, Part, When};
use boot_shim::layout::{CRASH_REGION, HIGH_REGION, LOW_END, OUTSIDE};
use boot_shim::setup::{Contract, KexecTools, Mode, Place, Rip, Setup};
use purgatory_abi::code_check;
use purgatory_abi::linux::REGION_SLOTS;
use purgatory_abi::native::SEGMENTS;
use purgatory_abi::{EntryRegs, Loader, PAGE, Region};
use purgatory_abi::{kexec_tools as theirs, linux};
use purgatory_loader::contract::loader_of;
use purgatory_loader::{Blob, Image, Layout, sealed_memsz};
use zerocopy::IntoBytes;

use crate::debugcon::say;
use crate::error::ShimError;
use crate::legacy;
use bytes::{inject, inject_digest_faults, memory};
use change::Change;
pub(crate) use jump_back::JumpBack;
use segments::Segments;

/// An image that is ready to be entered.
pub(crate) struct Loaded {
    /// `purgatory_start`.
    pub(crate) entry: u64,
    /// The registers that the blob must hand over in long mode.
    pub(crate) regs: EntryRegs,
    /// The same in another mode, if it is to start in one.
    pub(crate) legacy: Option<legacy::Start>,
    /// The memory of the blob, `.bss` included.
    pub(crate) blob: Range<u64>,
    /// Where the blob says where to call back, if it is one that does.
    pub(crate) jump_back: Option<JumpBack>,
    /// The digested memory.
    regions: Vec<Region>,
    checksum: u64,
    /// The required change of memory before the hand-off.
    changes: Vec<Change>,
}

impl Loaded {
    /// Returns whether the required change in memory was made, and undoes it.
    pub(crate) fn has_changed(&self) -> bool {
        // Each of them, whatever the one before says.
        self.changes.iter().filter(|change| !change.came_so()).count() == 0
    }

    /// Returns whether the memory of the regions still has the digested bytes.
    pub(crate) fn is_intact(&self) -> bool {
        regions::checksum(&self.regions) == self.checksum
    }
}

/// Where the blob may go on when it is over.
pub(crate) struct Ways {
    /// The landing pad.
    pub(crate) landing: u64,
    /// Where the shim is called back.
    pub(crate) came_back: u64,
}

/// Loads the image that the settings describe.
pub(crate) fn load(setup: &Setup<'_>, blob: &[u8], ways: &Ways) -> Result<Loaded, ShimError> {
    let region = if setup.place == Place::High { HIGH_REGION } else { CRASH_REGION };
    let segments = Segments::lay_out(setup, &region)?;
    let blob = Blob::parse(blob)?;
    let kind = kind(setup, &blob)?;
    let slots = match kind {
        Loader::Linux | Loader::KexecTools => REGION_SLOTS,
        // The blob itself takes one.
        Loader::Native => SEGMENTS - 1,
    };
    let good = regions::good_regions(setup, &segments, slots);
    let layout = Layout::of(&blob)?;
    let table = |blob: &Range<u64>| {
        let mut table = good.clone();
        table.extend(regions::bad_region(setup, &segments, blob));
        table
    };
    let bytes = match kind {
        Loader::Linux | Loader::KexecTools => layout.memsz(),
        // Wherever it will be: the places of segments make no difference.
        Loader::Native => sealed_memsz(&layout, &native::segments(&segments, &table(&region))),
    };
    let end = if setup.place == Place::Low { LOW_END } else { region.end };
    let base = (end - bytes) & !(PAGE - 1);
    if base < segments.end() && setup.place != Place::Low {
        return Err(ShimError::TooLarge);
    }
    let rip = segments::fill(setup, &segments, ways.landing, base)?;
    memory(&(OUTSIDE..OUTSIDE + PAGE)).fill(0);
    let mut image = Image::place(&blob, base)?;
    let blob_range = base..base + bytes;

    let table = table(&blob_range);
    if !setup.kexec_tools.skip_checks {
        write_checks(setup, kind, &mut image, &table, &good)?;
    }
    let rsi = registers::rsi(setup, &segments, &image);
    let mut regs = EntryRegs::default();
    let mut start = None;
    match (setup.rip, setup.mode) {
        (Rip::Default, _) => {}
        (_, Mode::Bits64) => regs = registers::write(setup, kind, &mut image, rsi, rip)?,
        (_, Mode::Bits32 | Mode::Bits32NoStack) => {
            start = Some(legacy::fill_32(setup, &mut image, rsi, rip)?);
        }
        (_, Mode::Bits16 | Mode::Bits16Debug | Mode::Bits16Halt) => {
            start = Some(legacy::fill_16(setup, &mut image, rsi, rip)?);
        }
    }
    let mut changes = alloc::vec![Change::none(&(OUTSIDE..OUTSIDE + PAGE))];
    let mut jump_back = None;
    if kind == Loader::KexecTools {
        kexec_tools::write_switches(&setup.kexec_tools, &mut image)?;
        changes.extend(backup::write(&setup.kexec_tools, &segments, &blob_range, &mut image)?);
        let (says, more) =
            jump_back::write(setup, &segments, &blob_range, &mut image, ways.came_back)?;
        changes.extend(more);
        jump_back = Some(says);
    }
    if kind == Loader::Native {
        native::seal(setup, &segments, &table, regs, &mut image)?;
    }
    let checksum = regions::checksum(&good);
    say!("backup-at={:#x}", segments.backup.start);
    memory(&blob_range).copy_from_slice(image.bytes());
    if setup.garbage {
        let loaded = match kind {
            Loader::Native => native::part(Part::Copies, &blob_range, layout.bufsz())?.end,
            _ => base + layout.bufsz(),
        };
        memory(&(loaded..base + layout.memsz())).fill(0xff);
    }
    match (kind, setup.contract) {
        (Loader::Native, contract) => native::write_nonsense(contract, &blob_range)?,
        (_, Contract::Good) if setup.header_settings == [None; 2] => {}
        _ => return Err(ShimError::OnlyNative),
    }
    for fault in setup.faults.into_iter().flatten() {
        let (range, byte) = match fault.at {
            // Injected while the segments or the digest were written.
            _ if fault.when == When::BeforeLoad => continue,
            At::Part(Part::Digest, _) => continue,
            At::Address(start) => (start..start + fault.what.bytes(), Byte::Guest),
            At::Part(part, byte) => match (segments.of(part), kind) {
                (Some(range), _) => (range, byte),
                (None, Loader::Native) => (native::part(part, &blob_range, layout.bufsz())?, byte),
                (None, _) => (table_of_drop_in(part, kind, &image)?, byte),
            },
        };
        let copy = match (fault.at, kind) {
            (At::Part(part, _), Loader::Native) => {
                native::in_first_copy(part, &range, &blob_range)?
            }
            _ => None,
        };
        for range in [Some(range), copy].into_iter().flatten() {
            inject(fault.what, byte, memory(&range))?;
        }
    }
    Ok(Loaded {
        entry: image.entry(),
        regs,
        legacy: start,
        blob: blob_range,
        jump_back,
        regions: good,
        checksum,
        changes,
    })
}

/// The loader of the purgatory. Settings that only kexec-tools has must not be used for Linux's own.
fn kind(setup: &Setup<'_>, blob: &Blob<'_>) -> Result<Loader, ShimError> {
    let kind = loader_of(blob).ok_or(ShimError::Kind)?;
    let is_plain = setup.kexec_tools == KexecTools::PLAIN && setup.mode == Mode::Bits64;
    if kind != Loader::KexecTools && !is_plain { Err(ShimError::OnlyKexecTools) } else { Ok(kind) }
}

/// Where a table of a drop-in is, or the code that it checks.
fn table_of_drop_in(part: Part, kind: Loader, image: &Image) -> Result<Range<u64>, ShimError> {
    if part == Part::Code {
        let entry = image.symbol(linux::ENTRY)?;
        let checked = code_check::checked(image.bytes()).ok_or(ShimError::NoSuchPart)? as u64;
        return Ok(entry.address + entry.size..image.base() + checked);
    }
    let (name, bytes) = match (part, kind) {
        (Part::Registers, _) => (linux::ENTRY64_REGS, size_of::<EntryRegs>()),
        (Part::SkipChecks, Loader::KexecTools) => (theirs::SKIP_CHECKS, size_of::<u32>()),
        _ => return Err(ShimError::NoSuchPart),
    };
    let start = image.symbol(name)?.address;
    Ok(start..start + bytes as u64)
}

/// Writes the region table, and the digest of the good ones among them.
fn write_checks(
    setup: &Setup<'_>,
    kind: Loader,
    image: &mut Image,
    table: &[Region],
    good: &[Region],
) -> Result<(), ShimError> {
    let mut slots = [Region::default(); REGION_SLOTS];
    slots.get_mut(..table.len()).ok_or(ShimError::TooManyRegions)?.copy_from_slice(table);
    let (regions_symbol, digest_symbol) = match kind {
        Loader::Linux => (linux::SHA_REGIONS, linux::SHA256_DIGEST),
        Loader::KexecTools => (theirs::SHA256_REGIONS, theirs::SHA256_DIGEST),
        // Its list is made by purgatory-loader.
        Loader::Native => return Ok(()),
    };
    let mut digest = regions::digest(good);
    inject_digest_faults(setup, &mut digest)?;
    image.set_symbol(regions_symbol, slots.as_bytes())?;
    image.set_symbol(digest_symbol, &digest)?;
    Ok(())
}
