//! The settings that are one of several cases.

use serde::{Deserialize, Serialize};

/// Which kernel's way of entering the purgatory is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// Linux 6.1 and 6.12: GDT and IDT of limit 0; the stack pointer 8 bytes below the end of a page, on a 0.
    Linux6_1,
    /// Linux 6.16: a GDT, an IDT of 16 gates, the stack pointer at the end of a page and nothing mapped there.
    Linux6_16,
}

/// In which mode the image is to be started. Only kexec-tools' purgatory knows another one than 64-bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Long mode, by `entry64_regs`.
    Bits64,
    /// 32-bit protected mode, by `entry32_regs`.
    Bits32,
    /// The same, and no stack pointer is given, as for multiboot.
    Bits32NoStack,
    /// Real mode, by `entry16_regs`.
    Bits16,
    /// The same as with `-d`: a kernel's real-mode part goes through the blob once more.
    Bits16Debug,
    /// Real mode, and there it halts, for those who look at the machine from outside.
    Bits16Halt,
}

/// Where the blob is placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// At the top of a crash region, with the other segments below it.
    Crash,
    /// Below 640 KiB; the other segments in the crash region.
    Low,
    /// Above 4 GiB, like all the other segments.
    High,
}

/// Whether the program runs as a guest in which instructions fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Guest {
    /// No guest.
    None,
    /// As in a guest with SEV-ES: intercepted instructions raise #VC.
    Vc,
    /// The same, and XSETBV is not left to the guest either.
    VcXsetbv,
    /// As in a guest with TDX: intercepted instructions raise #VE.
    Ve,
    /// No instruction faults, but `inject=` does while the blob works.
    Inject,
}

/// The contents of the region table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Regions {
    /// One region for each segment.
    Segments,
    /// None at all, and the digest of the empty message.
    None,
    /// All sixteen slots, or as many segments as can be loaded with the blob's own: the kernel segment is cut up.
    All,
    /// A `{0, 0}` slot between two regions.
    Hole,
    /// The first page of memory too, where firmware has its vectors.
    FirstPage,
}

/// A malformed region after the valid ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BadRegion {
    /// None.
    None,
    /// Start plus length passes the end of the address space.
    Wraps,
    /// All of it lies outside the identity map.
    Unmapped,
    /// Its first page is mapped and its second is not.
    PartlyUnmapped,
    /// Its first and its last page are mapped, and the pages between them are not.
    MiddleUnmapped,
    /// It lies in the blob.
    CoversBlob,
    /// It shares the last byte of the kernel segment.
    Overlaps,
    /// 2 to the power of 62 bytes from the blob's upper neighbour on.
    Huge,
}

/// The target of `entry64_regs.rsi`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rsi {
    /// The boot parameters.
    BootParams,
    /// An address outside the identity map.
    Unmapped,
    /// Address 0.
    Null,
    /// Readable bytes without a boot protocol header.
    Garbage,
    /// The blob.
    Blob,
}

/// The target of the command line pointer in the boot parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CommandLine {
    /// The command line.
    Good,
    /// An address outside the identity map.
    Unmapped,
    /// Text without an end.
    Unterminated,
    /// The command line, its terminating zero in the last byte before an unmapped page.
    Edge,
    /// The command line without its zero, up to an unmapped page.
    EdgeUnterminated,
}

/// The target of `entry64_regs.rip`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rip {
    /// The kernel segment's 64-bit entry, which jumps to the landing pad.
    Kernel,
    /// An address outside the identity map.
    Unmapped,
    /// A copy of the entry in a page that is not executable.
    NoExecute,
    /// The blob.
    Blob,
    /// The blob's default: no register table is written.
    Default,
}
