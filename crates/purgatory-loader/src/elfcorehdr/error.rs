//! What may be wrong with the facts that an elfcorehdr is made of.

use core::ops::Range;

use thiserror::Error;

use super::MAX_HEADERS;

/// Why no elfcorehdr can be made of these facts. Addresses are physical, `index` is the place in the list.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum ElfcorehdrError {
    /// There is no processor.
    #[error("no CPU has a note: at least the CPU that runs this must have one")]
    NoProcessor,
    /// A processor's note has no bytes.
    #[error("the note of CPU {index} is empty: {:#x}..{:#x}", .range.start, .range.end)]
    EmptyNote { index: usize, range: Range<u64> },
    /// The note with vmcoreinfo has no bytes.
    #[error("the vmcoreinfo note is empty: {:#x}..{:#x}", .range.start, .range.end)]
    EmptyVmcoreinfo { range: Range<u64> },
    /// The running kernel has no bytes.
    #[error("the running kernel's range is empty: {:#x}..{:#x}", .range.start, .range.end)]
    EmptyKernel { range: Range<u64> },
    /// A range of RAM is empty, or does not lie behind the one before it.
    #[error(
        "RAM range {index}, {:#x}..{:#x}, is empty or starts below {previous:#x}, the end of the previous range",
        .range.start, .range.end
    )]
    RamOrder { index: usize, range: Range<u64>, previous: u64 },
    /// Nothing is left to dump.
    #[error("no RAM is left to dump above 1 MiB and outside the crash kernel regions")]
    NoRam,
    /// RAM would be mapped behind the end of the address space.
    #[error(
        "RAM up to {end:#x}, mapped at {direct_map:#x}, extends past the end of the address space"
    )]
    BehindAddressSpace { end: u64, direct_map: u64 },
    /// There are more program headers than `e_phnum` can count.
    #[error("{count} program headers are needed, but an elfcorehdr has at most {MAX_HEADERS}")]
    TooManyHeaders { count: usize },
}
