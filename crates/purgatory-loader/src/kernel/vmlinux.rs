//! ELF vmlinux files.
//!
//! Source: the ELF specification; `arch/x86/kernel/vmlinux.lds.S` (physical addresses, with a physical entry);
//! `elf_x86_64_load` of kexec-tools.

use super::KernelError;
use crate::segment::Segment;
use alloc::vec::Vec;
use object::LittleEndian as Le;
use object::elf::{
    ELFCLASS64, ELFDATA2LSB, EM_X86_64, ET_DYN, ET_EXEC, FileHeader64, PT_LOAD, ProgramHeader64,
};
use object::pod;
use purgatory_abi::PAGE;
use purgatory_abi::native::SegmentKind;

/// The bit of the upper half of the address space. All virtual addresses of a kernel have it, those of programs do not.
const UPPER_HALF: u64 = 1 << 63;

/// A vmlinux. Each of its segments has the physical address that the build gave it (`CONFIG_PHYSICAL_START` and above).
/// kexec-tools does not move it either. These addresses are outside of nearly every crash kernel region: then use the
/// bzImage of the same build.
#[derive(Clone, Debug)]
pub struct Vmlinux<'a> {
    segments: Vec<Segment<'a>>,
    entry: u64,
}

impl<'a> Vmlinux<'a> {
    /// Parses an ELF file.
    pub(super) fn parse(file: &'a [u8]) -> Result<Self, KernelError> {
        let (entry, headers) = program_headers(file)?;
        let loads = headers
            .iter()
            .enumerate()
            .filter(|(_, header)| header.p_type.get(Le) == PT_LOAD && header.p_memsz.get(Le) != 0);
        if loads.clone().next().is_none() {
            return Err(KernelError::NoSegments);
        }
        check_entry(entry, loads.clone().map(|(_, header)| header))?;
        let segments = loads.map(|(index, header)| load_segment(file, index, header));
        let mut segments = segments.collect::<Result<Vec<_>, _>>()?;
        segments.sort_by_key(|segment| segment.address);
        let overlap = segments.windows(2).find(|pair| pair[1].address < pair[0].range().end);
        if let Some([_, second]) = overlap {
            return Err(KernelError::SegmentsOverlap { address: second.address });
        }
        Ok(Self { segments, entry })
    }

    /// Returns a segment for each `PT_LOAD`, by address: at least one, and no two of them share a page. Each begins a
    /// page, and its zero padding ends one.
    pub fn segments(&self) -> &[Segment<'a>] {
        &self.segments
    }

    /// Returns the physical address of its first instruction.
    pub fn entry(&self) -> u64 {
        self.entry
    }
}

/// Returns the entry and the program headers.
fn program_headers(file: &[u8]) -> Result<(u64, &[ProgramHeader64<Le>]), KernelError> {
    let size = size_of::<FileHeader64<Le>>() as u64;
    let (header, _) =
        pod::from_bytes::<FileHeader64<Le>>(file).map_err(|()| truncated(file, size))?;
    if header.e_ident.class != ELFCLASS64 || header.e_ident.data != ELFDATA2LSB {
        return Err(KernelError::NotElf64);
    }
    let machine = header.e_machine.get(Le);
    if machine != EM_X86_64 {
        return Err(KernelError::Machine { machine: machine.0 });
    }
    let kind = header.e_type.get(Le);
    if kind != ET_EXEC && kind != ET_DYN {
        return Err(KernelError::ElfType { kind: kind.0 });
    }
    let count = header.e_phnum.get(Le);
    if count == 0 {
        return Err(KernelError::NoSegments);
    }
    let found = header.e_phentsize.get(Le);
    if usize::from(found) != size_of::<ProgramHeader64<Le>>() {
        return Err(KernelError::ProgramHeaderSize { found });
    }
    let offset = header.e_phoff.get(Le);
    let cut = || truncated(file, offset.saturating_add(u64::from(count) * u64::from(found)));
    let table = usize::try_from(offset).ok().and_then(|start| file.get(start..)).ok_or_else(cut)?;
    let (headers, _) = pod::slice_from_bytes(table, usize::from(count)).map_err(|()| cut())?;
    Ok((header.e_entry.get(Le), headers))
}

/// Checks that the entry is in one of these segments, and in a kernel.
fn check_entry<'a>(
    entry: u64,
    mut loads: impl Iterator<Item = &'a ProgramHeader64<Le>>,
) -> Result<(), KernelError> {
    let holds_entry = |header: &&ProgramHeader64<Le>| {
        let into = entry.checked_sub(header.p_paddr.get(Le));
        into.is_some_and(|into| into < header.p_filesz.get(Le))
    };
    let address = loads.find(holds_entry).map(|header| header.p_vaddr.get(Le));
    match address {
        None => Err(KernelError::EntryOutside { entry }),
        Some(address) if address & UPPER_HALF == 0 => Err(KernelError::Program { address }),
        Some(_) => Ok(()),
    }
}

/// Parses and checks one program header.
fn load_segment<'a>(
    file: &'a [u8],
    index: usize,
    header: &ProgramHeader64<Le>,
) -> Result<Segment<'a>, KernelError> {
    let address = header.p_paddr.get(Le);
    let (offset, bytes) = (header.p_offset.get(Le), header.p_filesz.get(Le));
    let memory = header.p_memsz.get(Le);
    if bytes > memory {
        return Err(KernelError::SegmentSize { index, file: bytes, memory });
    }
    if !address.is_multiple_of(PAGE) {
        return Err(KernelError::SegmentUnaligned { index, address });
    }
    let pages = memory.checked_next_multiple_of(PAGE);
    let Some(pages) = pages.filter(|&pages| address.checked_add(pages).is_some()) else {
        return Err(KernelError::SegmentWraps { index, address, memory });
    };
    let payload = (usize::try_from(offset).ok())
        .and_then(|start| file.get(start..)?.get(..usize::try_from(bytes).ok()?))
        .ok_or_else(|| truncated(file, offset.saturating_add(bytes)))?;
    let (kind, payload) = (SegmentKind::Kernel, payload.into());
    Ok(Segment { kind, address, payload, zeros: pages - bytes })
}

/// Returns an error if the file has no byte at `end` - 1.
fn truncated(file: &[u8], end: u64) -> KernelError {
    let len = file.len() as u64;
    KernelError::Truncated { len, missing: end.saturating_sub(len) }
}
