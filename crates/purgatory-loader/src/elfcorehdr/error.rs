//! Errors of making an elfcorehdr.

use core::ops::Range;

use thiserror::Error;

use super::MAX_HEADERS;

/// The reason why no elfcorehdr can be made from these facts. Addresses are physical, `index` is the index in the list.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages explain the fields")]
pub enum ElfcorehdrError {
    /// No CPU has a note.
    #[error("no CPU has a note: at least the CPU that runs this must have one")]
    NoProcessor,
    /// The note of a CPU is empty.
    #[error("the note of CPU {index} is empty: {:#x}..{:#x}", .range.start, .range.end)]
    EmptyNote { index: usize, range: Range<u64> },
    /// The note with vmcoreinfo is empty.
    #[error("the vmcoreinfo note is empty: {:#x}..{:#x}", .range.start, .range.end)]
    EmptyVmcoreinfo { range: Range<u64> },
    /// The running kernel's range is empty.
    #[error("the running kernel's range is empty: {:#x}..{:#x}", .range.start, .range.end)]
    EmptyKernel { range: Range<u64> },
    /// A range of RAM is empty, or starts before the end of the previous range.
    #[error(
        "RAM range {index}, {:#x}..{:#x}, is empty or starts below {previous:#x}, the end of the previous range",
        .range.start, .range.end
    )]
    RamOrder { index: usize, range: Range<u64>, previous: u64 },
    /// No RAM is left to dump.
    #[error("no RAM is left to dump above 1 MiB and outside the crash kernel regions")]
    NoRam,
    /// The direct mapping of RAM would extend past the end of the address space.
    #[error(
        "RAM up to {end:#x}, mapped at {direct_map:#x}, extends past the end of the address space"
    )]
    PastAddressSpace { end: u64, direct_map: u64 },
    /// The number of program headers does not fit into `e_phnum`.
    #[error("{count} program headers are needed, but an elfcorehdr has at most {MAX_HEADERS}")]
    TooManyHeaders { count: usize },
}
