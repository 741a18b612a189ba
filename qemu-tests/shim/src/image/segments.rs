//! The segments other than the blob: their addresses and contents.

use alloc::string::String;
use core::ops::Range;

use boot_shim::fault::{At, Part, When};
use boot_shim::layout::{HOLE, NO_EXECUTE_PAGE, REAL_MODE_PART};
use boot_shim::setup::{Backup, CommandLine, Mode, Rip, Setup};
use purgatory_abi::kexec_tools::CMDLINE_ROOM;
use purgatory_abi::linux::ENTRY_64_OFFSET;
use purgatory_abi::{PAGE, boot};

use super::bytes::{inject, memory};
use crate::content;
use crate::error::ShimError;
use crate::legacy;

/// The longest copy of low memory that the blob makes, in bytes.
pub(super) const LONGEST_BACKUP: u64 = 1 << 20;
/// Bytes of the segment for it: more than any copy needs.
pub(super) const BACKUP_BYTES: u64 = LONGEST_BACKUP + PAGE;
/// Bytes of the parameter for the call back, including its terminating zero.
pub(super) const JUMP_BACK_BYTES: usize = " kexec_jump_back_entry=0x0123456789abcdef\0".len();
const INITRD_BYTES: u64 = 0x8000;
const ELFCOREHDR_BYTES: u64 = PAGE;
/// The longest command line, and as much again.
const UNTERMINATED_BYTES: usize = 2 * boot::COMMAND_LINE_BYTES;

/// Where the segments are.
pub(super) struct Segments {
    pub(super) elfcorehdr: Range<u64>,
    pub(super) boot_params: Range<u64>,
    pub(super) kernel: Range<u64>,
    pub(super) initrd: Range<u64>,
    /// Empty unless something is to be copied there.
    pub(super) backup: Range<u64>,
    /// The kernel's first byte that is a zero up to its end.
    zeros_start: u64,
    /// Empty unless the image starts in real mode.
    pub(super) real_mode_part: Range<u64>,
}

impl Segments {
    pub(super) fn lay_out(setup: &Setup<'_>, region: &Range<u64>) -> Result<Self, ShimError> {
        let mut next = region.start;
        let mut take = |bytes: u64| {
            let start = next;
            next += bytes.next_multiple_of(PAGE);
            start..next
        };
        let command_line_bytes = setup.command_line.len() + CMDLINE_ROOM;
        let backup = setup.kexec_tools.backup;
        let real_mode_part = match setup.mode {
            Mode::Bits64 | Mode::Bits32 | Mode::Bits32NoStack => 0..0,
            Mode::Bits16 | Mode::Bits16Debug | Mode::Bits16Halt => REAL_MODE_PART,
        };
        let elfcorehdr = take(ELFCOREHDR_BYTES);
        let boot_params = take((boot::BOOT_PARAMS_BYTES + command_line_bytes) as u64);
        let kernel = take(setup.kernel_bytes);
        let room_for_zeros = (kernel.end - kernel.start).saturating_sub(PAGE);
        if setup.zeros > room_for_zeros {
            return Err(ShimError::Zeros);
        }
        let segments = Self {
            elfcorehdr,
            boot_params,
            zeros_start: kernel.end - setup.zeros,
            kernel,
            initrd: take(INITRD_BYTES),
            backup: take(if backup == Backup::None { 0 } else { BACKUP_BYTES }),
            real_mode_part,
        };
        if next > region.end { Err(ShimError::TooLarge) } else { Ok(segments) }
    }

    /// After the last of them.
    pub(super) fn end(&self) -> u64 {
        self.backup.end
    }

    /// The kernel up to the zeros at its end.
    pub(super) fn payload(&self) -> Range<u64> {
        self.kernel.start..self.zeros_start
    }

    /// How many zeros there are at the kernel's end.
    pub(super) fn zeros(&self) -> u64 {
        self.kernel.end - self.zeros_start
    }

    /// Physical address of the zero at the end of the command line.
    pub(super) fn command_line_end(&self, setup: &Setup<'_>) -> u64 {
        let before = boot::BOOT_PARAMS_BYTES + setup.command_line.len();
        self.boot_params.start + before as u64
    }

    /// Where a part is, if it is a segment or in one.
    pub(super) fn of(&self, part: Part) -> Option<Range<u64>> {
        match part {
            Part::Kernel => Some(self.kernel.clone()),
            Part::Initrd => Some(self.initrd.clone()),
            Part::BootParams => Some(self.boot_params.clone()),
            Part::Elfcorehdr => Some(self.elfcorehdr.clone()),
            Part::ZeroPadding => Some(self.zeros_start..self.kernel.end),
            _ => None,
        }
    }
}

/// Writes the content of all segments. Returns the address that the blob is to jump to.
pub(super) fn fill(
    setup: &Setup<'_>,
    segments: &Segments,
    landing: u64,
    blob: u64,
) -> Result<u64, ShimError> {
    content::fill(memory(&segments.elfcorehdr), 1);
    let elfcorehdr = content::elfcorehdr()?;
    memory(&segments.elfcorehdr)[..elfcorehdr.len()].copy_from_slice(&elfcorehdr);
    content::fill(memory(&segments.kernel), 2);
    memory(&(segments.zeros_start..segments.kernel.end)).fill(0);
    content::fill(memory(&segments.initrd), 3);
    memory(&segments.backup).fill(0);
    content::fill(memory(&segments.real_mode_part), 4);

    let params =
        content::boot_params(&segments.kernel, &segments.initrd, command_line(setup, segments));
    let memory_of_params = memory(&segments.boot_params);
    memory_of_params.fill(0);
    memory_of_params[..params.len()].copy_from_slice(&params);
    memory_of_params[params.len()..][..setup.command_line.len()]
        .copy_from_slice(setup.command_line.as_bytes());
    // After the text and its zero there is uninitialized room, and at its end two more zeros to point to.
    let room = memory(&(segments.command_line_end(setup) + 1..segments.boot_params.end));
    room.fill(b'x');
    let zeros = room.len() - JUMP_BACK_BYTES;
    room[zeros..][..2].fill(0);
    for fault in setup.faults.into_iter().flatten() {
        if let (When::BeforeLoad, At::Part(part, byte)) = (fault.when, fault.at) {
            let range = segments.of(part).ok_or(ShimError::NoSuchPart)?;
            inject(fault.what, byte, memory(&range))?;
        }
    }

    let rip = match setup.rip {
        Rip::Kernel | Rip::Default if !segments.real_mode_part.is_empty() => {
            legacy::real_mode_entry()
        }
        Rip::Kernel | Rip::Default => segments.kernel.start + ENTRY_64_OFFSET,
        Rip::NoExecute => NO_EXECUTE_PAGE,
        Rip::Unmapped => return Ok(HOLE),
        Rip::Blob => return Ok(blob),
    };
    let put = |code: &[u8]| memory(&(rip..rip + code.len() as u64)).copy_from_slice(code);
    match setup.mode {
        Mode::Bits64 => put(&content::jump_to(landing)),
        Mode::Bits32 | Mode::Bits32NoStack => put(&legacy::jump_from(rip)),
        Mode::Bits16 | Mode::Bits16Debug | Mode::Bits16Halt => put(legacy::real_mode_code()),
    }
    Ok(rip)
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
