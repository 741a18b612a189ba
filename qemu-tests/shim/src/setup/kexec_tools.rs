//! Settings that kexec-tools passes to its purgatory, and Linux does not.

use serde::{Deserialize, Serialize};

/// The memory to copy before the image starts, and the target of the copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Backup {
    /// Nothing.
    None,
    /// Memory of the crashed kernel, to a segment of its own.
    Good,
    /// The first 640 KiB, to a segment of its own.
    FromZero,
    /// As much as the blob agrees to copy.
    Longest,
    /// A byte more.
    TooLong,
    /// Nowhere: `backup_start` is 0.
    Nowhere,
    /// To memory that belongs to no segment.
    Outside,
    /// To the last byte of a segment and beyond.
    Crosses,
    /// To the beginning of a segment that is needed: the initrd.
    Initrd,
    /// To an address outside the identity map.
    Unmapped,
    /// To the blob.
    Blob,
    /// To the end of the address space and beyond.
    Wraps,
    /// From an address outside the identity map.
    SourceUnmapped,
    /// From the last page before one that is not mapped, and beyond.
    SourcePartlyUnmapped,
}

/// The target of `cmdline_end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CommandLineEnd {
    /// The zero at the command line's end.
    Good,
    /// Nothing: it is 0.
    Null,
    /// The same zero, followed by exactly the room that the blob needs.
    JustRoom,
    /// The same zero, with a byte less.
    NoRoom,
    /// An address outside the identity map.
    Unmapped,
    /// The first letter of the command line.
    Text,
    /// Another segment, in which there is no zero.
    Initrd,
    /// A zero that belongs to no segment.
    Outside,
    /// A zero in the blob.
    Blob,
}

/// Whether the crashed kernel wants to be called back: rdx holds the blob's entry at entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Call {
    /// It does not: rdx is 0.
    None,
    /// It does, and the stack pointer leads to the address.
    Good,
    /// It does not, although the stack pointer leads to an address.
    RdxNull,
    /// It does, and the stack pointer leads to nothing.
    Unmapped,
    /// It does, and half of the address is not mapped.
    PartlyUnmapped,
}

/// Settings that kexec-tools passes to its purgatory, and Linux does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KexecTools {
    /// `--no-checks`: neither regions nor a digest are written.
    pub skip_checks: bool,
    /// `--console-serial`.
    pub console_serial: bool,
    /// `--console-vga`.
    pub console_vga: bool,
    /// `--reset-vga`.
    pub reset_vga: bool,
    /// `--serial=`.
    pub serial_base: u16,
    /// `--serial-baud=`.
    pub serial_baud: u32,
    /// `-p`.
    pub panic_kernel: bool,
    /// The copy of low memory.
    pub backup: Backup,
    /// The end of the command line.
    pub cmdline_end: CommandLineEnd,
    /// The way back.
    pub call: Call,
}

impl KexecTools {
    /// The values of kexec-tools without switches.
    pub const PLAIN: Self = Self {
        skip_checks: false,
        console_serial: false,
        console_vga: false,
        reset_vga: false,
        serial_base: 0x3f8,
        serial_baud: 0,
        panic_kernel: false,
        backup: Backup::None,
        cmdline_end: CommandLineEnd::Good,
        call: Call::None,
    };
}
