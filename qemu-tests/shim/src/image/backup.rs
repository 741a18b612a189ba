//! The copy of low memory: the request in the tables, and the expected result.
//!
//! Source: `purgatory/arch/i386/crashdump_backup.c` of kexec-tools; `load_crashdump_segments` of its
//! `kexec/arch/i386/crashdump-x86.c`, which makes a segment of zeros for it.

use alloc::vec::Vec;
use core::ops::Range;

use boot_shim::layout::{BACKUP_SOURCE, HOLE, OUTSIDE};
use boot_shim::setup::{Backup, KexecTools};
use purgatory_abi::PAGE;
use purgatory_abi::kexec_tools::{BACKUP_SRC_SIZE, BACKUP_SRC_START, BACKUP_START};
use purgatory_loader::Image;
use zerocopy::IntoBytes;

use super::bytes::memory;
use super::change::Change;
use super::segments::{BACKUP_BYTES, LONGEST_BACKUP, Segments};
use crate::content;
use crate::error::ShimError;
use crate::memory::copy_of;

/// 640 KiB, where low memory ends.
const LOW_MEMORY: u64 = 0xa_0000;
/// An odd number of bytes.
const BYTES: u64 = 0x9_fbff;

/// Writes the three tables. Returns the expected result.
pub(super) fn write(
    setup: &KexecTools,
    segments: &Segments,
    blob: &Range<u64>,
    image: &mut Image,
) -> Result<Vec<Change>, ShimError> {
    let to = segments.backup.start;
    let partly = HOLE - PAGE;
    let (from, len, to) = match setup.backup {
        Backup::None => (0, LOW_MEMORY, 0),
        Backup::Good => (BACKUP_SOURCE, BYTES, to),
        Backup::FromZero => (0, LOW_MEMORY, to),
        Backup::Longest => (BACKUP_SOURCE, LONGEST_BACKUP, to),
        Backup::TooLong => (BACKUP_SOURCE, LONGEST_BACKUP + 1, to),
        Backup::Nowhere => (BACKUP_SOURCE, BYTES, 0),
        Backup::Outside => (BACKUP_SOURCE, PAGE, OUTSIDE),
        Backup::Crosses => (BACKUP_SOURCE, PAGE, segments.backup.end - 1),
        Backup::Initrd => (BACKUP_SOURCE, PAGE, segments.initrd.start),
        Backup::Unmapped => (BACKUP_SOURCE, PAGE, HOLE),
        Backup::Blob => (BACKUP_SOURCE, 2 * PAGE, blob.start - PAGE),
        Backup::Wraps => (BACKUP_SOURCE, 2 * PAGE, PAGE.wrapping_neg()),
        Backup::SourceUnmapped => (HOLE, PAGE, to),
        Backup::SourcePartlyUnmapped => (partly, 2 * PAGE, to),
    };
    content::fill(memory(&(BACKUP_SOURCE..BACKUP_SOURCE + BACKUP_BYTES)), 4);
    if setup.backup == Backup::SourcePartlyUnmapped {
        content::fill(memory(&(partly..HOLE)), 5);
    }
    image.set_symbol(BACKUP_SRC_START, from.as_bytes())?;
    image.set_symbol(BACKUP_SRC_SIZE, len.as_bytes())?;
    image.set_symbol(BACKUP_START, to.as_bytes())?;

    let copied = match setup.backup {
        Backup::Good | Backup::FromZero | Backup::Longest => len,
        // Up to where the source ends.
        Backup::SourcePartlyUnmapped => PAGE,
        _ => 0,
    };
    let copied = if setup.panic_kernel { copied } else { 0 };
    Ok(alloc::vec![Change::to(segments.backup.start, copy_of(from, copied as usize))])
}
