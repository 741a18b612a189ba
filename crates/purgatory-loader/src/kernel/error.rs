//! Errors of parsing a kernel, and of making its image.

use crate::segments::PlacerError;
use purgatory_abi::native::SegmentKind;
use thiserror::Error;

/// The reason why a file is not a kernel that can be loaded. Sizes are in bytes, addresses physical.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages explain the fields")]
pub enum KernelError {
    /// It is neither a bzImage, an ELF file nor a compressed file.
    #[error("this is not a kernel: give a bzImage (vmlinuz) or an ELF vmlinux for x86_64")]
    NotKernel,
    /// It is compressed as a whole.
    #[error(
        "the file is compressed ({compression}): unpack it first, or give the kernel's bzImage"
    )]
    Compressed { compression: &'static str },
    /// The file ends too early.
    #[error(
        "the kernel image is truncated: the file has {len} bytes, {missing} are missing: use a complete copy"
    )]
    Truncated { len: u64, missing: u64 },
    /// A bzImage of a boot protocol without 64-bit entry.
    #[error(
        "the kernel has boot protocol {}.{:02}, but 2.12 is the first with a 64-bit entry: use Linux 3.8 or newer",
        version >> 8, version & 0xff
    )]
    TooOld { version: u16 },
    /// Code that runs below 1 MiB.
    #[error("this is a zImage, which runs below 1 MiB: give a bzImage")]
    ZImage,
    /// A bzImage for 32-bit x86.
    #[error("the kernel has no 64-bit entry: give one that is built for x86_64")]
    No64BitEntry,
    /// A bzImage that is not relocatable.
    #[error("the kernel cannot be relocated: give one that is built with CONFIG_RELOCATABLE")]
    NotRelocatable,
    /// The setup header ends before its last field that is needed.
    #[error(
        "the kernel's setup header ends at {end:#x}, before its init_size at 0x260: use an intact copy"
    )]
    HeaderShort { end: usize },
    /// `kernel_alignment` is not a power of two.
    #[error(
        "the kernel requires an address that is a multiple of {alignment:#x}, which is not a power of two: use an intact copy"
    )]
    Alignment { alignment: u32 },
    /// `init_size` is smaller than the loaded code.
    #[error(
        "the kernel requires {init_size} bytes of memory, which is less than its own {code} bytes: use an intact copy"
    )]
    InitSize { init_size: u32, code: u64 },
    /// The compressed kernel is not inside the code.
    #[error(
        "the compressed kernel, {length} bytes at offset {offset:#x}, is not inside the {code} bytes of the kernel's code: use an intact copy"
    )]
    PayloadOutside { offset: u32, length: u32, code: u64 },
    /// An ELF file that is not 64-bit little-endian.
    #[error("the ELF file is not 64-bit little-endian: give a vmlinux that is built for x86_64")]
    NotElf64,
    /// An ELF file for another architecture.
    #[error(
        "the ELF file is for machine {machine}, not 62 (x86_64): give a vmlinux that is built for x86_64"
    )]
    Machine { machine: u16 },
    /// An ELF file that is not an executable.
    #[error(
        "the ELF file has type {kind}, which is not an executable: give the vmlinux itself, not an object file or a core dump"
    )]
    ElfType { kind: u16 },
    /// The program headers have another size.
    #[error("the vmlinux has program headers of {found} bytes instead of 56: use an intact copy")]
    ProgramHeaderSize { found: u16 },
    /// No program header has bytes to load.
    #[error(
        "the vmlinux has nothing to load: give the original vmlinux, not the file with its separated debugging information"
    )]
    NoSegments,
    /// A program header has more bytes in the file than in memory.
    #[error(
        "program header {index} of the vmlinux has {file} bytes for {memory} bytes of memory: use an intact copy"
    )]
    SegmentSize { index: usize, file: u64, memory: u64 },
    /// A physical address that kexec cannot load to.
    #[error(
        "program header {index} of the vmlinux requires physical address {address:#x}, which is not page-aligned: give the bzImage"
    )]
    SegmentUnaligned { index: usize, address: u64 },
    /// A range that passes the end of the address space.
    #[error(
        "program header {index} of the vmlinux passes the end of the address space, with {memory:#x} bytes at {address:#x}: use an intact copy"
    )]
    SegmentWraps { index: usize, address: u64, memory: u64 },
    /// Two ranges have a page in common.
    #[error(
        "two program headers of the vmlinux require the page at {address:#x}: use an intact copy"
    )]
    SegmentsOverlap { address: u64 },
    /// The entry is not in a loaded segment.
    #[error(
        "the entry of the vmlinux, {entry:#x}, is outside all loaded segments: use an intact copy"
    )]
    EntryOutside { entry: u64 },
    /// The entry does not run in the upper half of the address space, as that of a kernel does.
    #[error(
        "the ELF file is a program, not a kernel: its entry runs at virtual address {address:#x}"
    )]
    Program { address: u64 },
}

/// The reason why no image of a kernel can be made. Sizes are in bytes, addresses physical.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages explain the fields")]
pub enum ImageError {
    /// The running kernel uses five-level page tables, and the target kernel cannot be entered with them.
    #[error(
        "the kernel cannot be entered with the five-level page tables of the running kernel: use a kernel with CONFIG_X86_5LEVEL, or boot with no5lvl"
    )]
    FiveLevelPaging,
    /// The target kernel would get an empty memory map.
    #[error("the machine's memory map is empty: a kernel cannot start without it")]
    NoMemoryMap,
    /// The memory map has more ranges than a kernel accepts.
    #[error(
        "the memory map has {count} ranges, but a kernel accepts at most {max}: join adjacent ranges"
    )]
    TooManyRanges { count: usize, max: usize },
    /// The running kernel's `boot_params` have the wrong size.
    #[error("the running kernel's boot_params have {len} bytes instead of 4096: leave them out")]
    BootParams { len: usize },
    /// A command line ends at its first zero.
    #[error("byte {at} of the command line is zero, and would end it: remove it")]
    CommandLineZero { at: usize },
    /// The command line has `elfcorehdr=`. The kernel uses the last such parameter, which would not be the loader's.
    #[error(
        "the command line has `elfcorehdr=` at byte {at}, but the loader adds its own: remove it"
    )]
    ElfcorehdrGiven { at: usize },
    /// The command line is longer than the kernel reads.
    #[error(
        "the command line has {len} bytes, of which the loader adds {added}, but the kernel reads only {max}: shorten it"
    )]
    CommandLineTooLong { len: usize, added: usize, max: u64 },
    /// elfcorehdr has more bytes than its memory.
    #[error(
        "elfcorehdr has {len} bytes, but only {memory} bytes of memory are reserved for it: reserve at least as many"
    )]
    ElfcorehdrTooLong { len: u64, memory: u64 },
    /// The fixed address of a vmlinux is not available.
    #[error(
        "a vmlinux can only be loaded at the address that it was built for: {why}; give the bzImage (vmlinuz), which is relocatable"
    )]
    VmlinuxElsewhere { why: PlacerError },
    /// A segment does not fit into the memory.
    #[error("the {} does not fit: {why}", kind.name())]
    NoRoom { kind: SegmentKind, why: PlacerError },
}
