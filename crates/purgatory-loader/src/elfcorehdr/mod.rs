//! elfcorehdr: the description of the memory to dump, as the headers of an ELF core file.
//!
//! The capture kernel reads it at the address in `elfcorehdr=` (`parse_crash_elf64_headers` in `fs/proc/vmcore.c`) and
//! makes `/proc/vmcore` from it. The bytes are the same as those of `crash_prepare_elf64_headers` in
//! `kernel/crash_core.c` for kexec_file_load(2). docs/elfcorehdr.md describes the layout and the sources of the facts.

mod error;

use alloc::vec::Vec;
use core::mem::size_of;
use core::ops::Range;

use object::LittleEndian;
use object::elf::{
    ELFCLASS64, ELFDATA2LSB, ELFMAG, ELFOSABI_SYSV, EM_X86_64, ET_CORE, EV_CURRENT, FileFlags,
    FileHeader64, Ident, PF_R, PF_W, PF_X, PN_XNUM, PT_LOAD, PT_NOTE, ProgramFlags,
    ProgramHeader64, ProgramType, SHN_UNDEF,
};

use purgatory_abi::PAGE;

use crate::segments::without;

pub use error::ElfcorehdrError;

/// The first MiB is never dumped: the running kernel keeps it reserved, and the capture kernel writes there
/// (`elf_header_exclude_ranges` of `arch/x86/kernel/crash.c`).
pub const LOW_MEMORY: Range<u64> = 0..1 << 20;

/// From `PN_XNUM` on, `e_phnum` has another meaning (`arch/x86/kernel/crash.c`, `crash_load_segments`).
const MAX_HEADERS: usize = PN_XNUM as usize - 1;

/// The facts in an elfcorehdr. Ranges are half-open; addresses are physical, unless stated otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elfcorehdr {
    /// The notes in which the CPUs save their registers on a panic, in the order of CPU numbers. There is one for each
    /// possible CPU, so the dump also has the registers of CPUs that are added after the load.
    pub cpu_notes: Vec<Range<u64>>,
    /// The note with vmcoreinfo in the running kernel.
    pub vmcoreinfo: Range<u64>,
    /// The running kernel's memory, from `_text` to `_end`.
    pub kernel: Range<u64>,
    /// Virtual address of `_text`.
    pub kernel_virtual: u64,
    /// Virtual address of physical address 0 in the running kernel: `page_offset_base`.
    pub direct_map: u64,
    /// RAM, in the order of its addresses.
    pub ram: Vec<Range<u64>>,
    /// RAM that is not dumped, in addition to [`LOW_MEMORY`]: the crash kernel regions, `crashk_cma_ranges`.
    pub excluded: Vec<Range<u64>>,
}

impl Elfcorehdr {
    /// Builds the ELF header and the program headers, without trailing bytes.
    ///
    /// # Errors
    /// Returns an [`ElfcorehdrError`] if the facts are inconsistent.
    pub fn build(&self) -> Result<Vec<u8>, ElfcorehdrError> {
        self.check()?;
        let ram = without(&without(&self.ram, &[LOW_MEMORY]), &self.excluded);
        let end = ram.last().ok_or(ElfcorehdrError::NoRam)?.end;
        let direct_map = self.direct_map;
        if direct_map.checked_add(end).is_none() {
            return Err(ElfcorehdrError::PastAddressSpace { end, direct_map });
        }

        let mut headers: Vec<_> = self.cpu_notes.iter().map(note).collect();
        headers.push(note(&self.vmcoreinfo));
        headers.push(load(&self.kernel, self.kernel_virtual));
        headers.extend(ram.iter().map(|range| load(range, direct_map.wrapping_add(range.start))));
        let count = u16::try_from(headers.len()).ok();
        let count = count.filter(|count| usize::from(*count) <= MAX_HEADERS);
        let count = count.ok_or(ElfcorehdrError::TooManyHeaders { count: headers.len() })?;

        let mut bytes = object::bytes_of(&file_header(count)).to_vec();
        bytes.extend_from_slice(object::bytes_of_slice(&headers));
        Ok(bytes)
    }

    fn check(&self) -> Result<(), ElfcorehdrError> {
        if self.cpu_notes.is_empty() {
            return Err(ElfcorehdrError::NoProcessor);
        }
        for (index, range) in self.cpu_notes.iter().cloned().enumerate() {
            if range.is_empty() {
                return Err(ElfcorehdrError::EmptyNote { index, range });
            }
        }
        if self.vmcoreinfo.is_empty() {
            return Err(ElfcorehdrError::EmptyVmcoreinfo { range: self.vmcoreinfo.clone() });
        }
        if self.kernel.is_empty() {
            return Err(ElfcorehdrError::EmptyKernel { range: self.kernel.clone() });
        }
        let mut previous = 0;
        for (index, range) in self.ram.iter().cloned().enumerate() {
            if range.is_empty() || range.start < previous {
                return Err(ElfcorehdrError::RamOrder { index, range, previous });
            }
            previous = range.end;
        }
        Ok(())
    }
}

/// Returns the bytes of memory to reserve for an elfcorehdr of `len` bytes: whole pages (`ELF_CORE_HEADER_ALIGN` of
/// `include/linux/crash_core.h`), and at least the size that the running kernel requests, so that it can write a longer
/// one on hotplug. `asked` is `/sys/kernel/crash_elfcorehdr_size`, if that file exists.
#[must_use]
pub fn memsz(len: u64, asked: Option<u64>) -> u64 {
    let bytes = len.max(asked.unwrap_or(0));
    bytes.checked_next_multiple_of(PAGE).unwrap_or(bytes)
}

/// Sizes in the ELF header.
const FILE_HEADER_BYTES: u16 = size_of::<FileHeader64<LittleEndian>>() as u16;
const HEADER_BYTES: u16 = size_of::<ProgramHeader64<LittleEndian>>() as u16;

fn file_header(count: u16) -> FileHeader64<LittleEndian> {
    FileHeader64 {
        e_ident: Ident {
            magic: ELFMAG,
            class: ELFCLASS64,
            data: ELFDATA2LSB,
            version: EV_CURRENT,
            os_abi: ELFOSABI_SYSV,
            abi_version: 0,
            padding: [0; 7],
        },
        e_type: ET_CORE.into(),
        e_machine: EM_X86_64.into(),
        e_version: u32::from(EV_CURRENT.0).into(),
        e_entry: 0.into(),
        e_phoff: u64::from(FILE_HEADER_BYTES).into(),
        e_shoff: 0.into(),
        e_flags: FileFlags(0).into(),
        e_ehsize: FILE_HEADER_BYTES.into(),
        e_phentsize: HEADER_BYTES.into(),
        e_phnum: count.into(),
        e_shentsize: 0.into(),
        e_shnum: 0.into(),
        e_shstrndx: SHN_UNDEF.into(),
    }
}

/// Returns the program header of a note, without flags and virtual address.
fn note(range: &Range<u64>) -> ProgramHeader64<LittleEndian> {
    header(PT_NOTE, ProgramFlags(0), range, 0)
}

fn load(range: &Range<u64>, virtual_address: u64) -> ProgramHeader64<LittleEndian> {
    header(PT_LOAD, PF_R | PF_W | PF_X, range, virtual_address)
}

/// Returns a program header. The offset is the physical address; the capture kernel changes it. The alignment is 0:
/// `crash` recognizes a kdump dump by it.
fn header(
    kind: ProgramType,
    flags: ProgramFlags,
    range: &Range<u64>,
    virtual_address: u64,
) -> ProgramHeader64<LittleEndian> {
    let bytes = range.end.saturating_sub(range.start);
    ProgramHeader64 {
        p_type: kind.into(),
        p_flags: flags.into(),
        p_offset: range.start.into(),
        p_vaddr: virtual_address.into(),
        p_paddr: range.start.into(),
        p_filesz: bytes.into(),
        p_memsz: bytes.into(),
        p_align: 0.into(),
    }
}
