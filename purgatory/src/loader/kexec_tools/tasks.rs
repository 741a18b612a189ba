//! The tasks that kexec-tools leaves to its purgatory, between verification and hand-off.

use super::tables::{Backup, JumpBack, RawTables};
#[cfg(feature = "kexec-tools")]
use crate::hardware::MemoryWriter;
use crate::image::Image;
use crate::memory::Memory;
use crate::plan::{Attempt, OneDigest};
use crate::warnings::Warnings;
use purgatory_abi::Region;
use purgatory_abi::kexec_tools::{CMDLINE_ROOM, JUMP_BACK_PARAMETER};
use purgatory_abi::status::Warning;

/// The tasks. They are checked: none of them harms the image or the purgatory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HandOffTasks {
    /// Memory to copy.
    pub(super) backup: Option<Backup>,
    /// The kernel parameter to append to the command line.
    pub(super) jump_back: Option<JumpBack>,
}

/// The longest copy, in bytes: only low memory is overwritten, and it ends at 1 MiB.
const LONGEST_BACKUP: u64 = 1 << 20;

/// Bytes of the appended kernel parameter, its terminating zero included.
pub const JUMP_BACK_BYTES: usize = JUMP_BACK_PARAMETER.len() + DIGITS + 1;

/// Hexadecimal digits of an address.
const DIGITS: usize = 16;

const _: () = assert!(
    JUMP_BACK_BYTES <= CMDLINE_ROOM,
    "the parameter fits into the room after the command line"
);

impl HandOffTasks {
    /// Checks the tasks in the tables. An invalid task is dropped, with a warning.
    pub(super) fn of<M: Memory>(
        tables: &RawTables<'_>,
        own: Region,
        memory: &M,
        attempt: &mut Attempt<OneDigest<'_>>,
        warnings: &mut Warnings<'_>,
    ) -> Self {
        let mut tasks = Self::default();
        if let Some(backup) = tables.backup {
            let to = Region { start: backup.to, len: backup.len };
            if backup.len <= LONGEST_BACKUP && has_a_region_of_its_own(to, own, attempt) {
                tasks.backup = Some(backup);
                attempt.image.backup = backup.to;
            } else {
                warnings.at(Warning::BackupUnusable, backup.to);
            }
        }
        let jump_back = tables.jump_back;
        if jump_back.cmdline_end != 0 {
            let room = Region { start: jump_back.cmdline_end, len: JUMP_BACK_BYTES as u64 };
            let ends = memory.run(room.start, 1).is_ok_and(|bytes| bytes == [0]);
            if !ends || !is_in_a_region(room, own, attempt, |_| true) {
                warnings.at(Warning::CommandLineEndUnusable, room.start);
            } else if jump_back.entry != 0 {
                tasks.jump_back = Some(jump_back);
            }
        }
        tasks
    }
}

impl HandOffTasks {
    /// Performs the tasks, and adds a warning for each one that fails. Writes neither to the purgatory nor to the text
    /// of a warning.
    #[cfg(feature = "kexec-tools")]
    pub fn perform(&self, writer: &impl MemoryWriter, warnings: &mut Warnings<'_>) {
        if let Some(Backup { from, len, to }) = self.backup
            && (warnings.quote(Region { start: to, len }) || writer.copy(to, from, len).is_none())
        {
            warnings.at(Warning::BackupUnusable, to);
        }
        if let Some(JumpBack { entry, cmdline_end }) = self.jump_back
            && (warnings.quote(Region { start: cmdline_end, len: JUMP_BACK_BYTES as u64 })
                || writer.write(cmdline_end, &jump_back_text(entry)).is_none())
        {
            warnings.at(Warning::CommandLineEndUnusable, cmdline_end);
        }
    }
}

/// Whether `piece` is the start of a region without any other part that the image is known to need. The address is in a
/// table that has no digest: one flipped bit must not overwrite verified memory.
fn has_a_region_of_its_own(piece: Region, own: Region, attempt: &Attempt<OneDigest<'_>>) -> bool {
    let Image { kernel, boot_params, command_line, initrd, elfcorehdr, .. } = attempt.image;
    let needed = [kernel, boot_params, command_line, initrd, elfcorehdr];
    is_in_a_region(piece, own, attempt, |region| {
        region.start == piece.start && !needed.iter().any(|part| region.contains(*part))
    })
}

/// Whether `piece` is inside one region of the image for which `is_right` returns true. Without verification there are
/// no regions to compare with, so it only must not overlap the purgatory.
fn is_in_a_region(
    piece: Region,
    own: Region,
    attempt: &Attempt<OneDigest<'_>>,
    is_right: impl Fn(Region) -> bool,
) -> bool {
    let Some(end) = piece.last() else { return false };
    if attempt.check.is_skipped() {
        return !own.contains(piece.start) && !own.contains(end) && !piece.contains(own.start);
    }
    let Ok(regions) = attempt.check.regions else { return false };
    let mut regions = regions.used().map(|(_, region)| region);
    regions.any(|region| region.contains(piece.start) && region.contains(end) && is_right(region))
}

/// Returns the text that is appended to a command line: the kernel parameter with the address to call back.
#[must_use]
pub fn jump_back_text(entry: u64) -> [u8; JUMP_BACK_BYTES] {
    let mut text = [0; JUMP_BACK_BYTES];
    let parameter = JUMP_BACK_PARAMETER.bytes();
    let digits = (0..DIGITS).map(|digit| {
        let value = (entry >> (4 * (DIGITS - 1 - digit)) & 0xf) as u8;
        if value < 10 { b'0' + value } else { b'a' + value - 10 }
    });
    for (place, byte) in text.iter_mut().zip(parameter.chain(digits)) {
        *place = byte;
    }
    text
}
