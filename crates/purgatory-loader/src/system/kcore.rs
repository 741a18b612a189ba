//! The running kernel's memory in `/proc/kcore`: an ELF core file with a program header for each part
//! (`fs/proc/kcore.c`). The headers alone give all addresses that KASLR has chosen.

use core::mem::size_of;
use core::ops::Range;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::string::ToString;
use std::vec;
use std::vec::Vec;

use object::LittleEndian;
use object::elf::{FileHeader64, PT_LOAD, ProgramHeader64};
use object::read::elf::{FileHeader, ProgramHeader};

use super::{System, SystemError, failed};

const FILE: &str = "proc/kcore";

/// The action if it is missing.
const ADVICE: &str = "the kernel must be built with CONFIG_PROC_KCORE";

/// The lowest virtual address of the kernel's text: `__START_KERNEL_map` of `arch/x86/include/asm/page_64_types.h`.
const KERNEL_MAP: u64 = 0xffff_ffff_8000_0000;

/// The physical address of parts without a known one: vmalloc, modules.
const UNKNOWN: u64 = u64::MAX;

/// The running kernel's memory.
#[derive(Debug)]
pub(super) struct Kcore {
    file: File,
    path: PathBuf,
    parts: Vec<Part>,
}

/// A part of it with known physical addresses.
#[derive(Clone, Debug)]
struct Part {
    addresses: Range<u64>,
    physical: u64,
    offset: u64,
}

/// The addresses of the running kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kernel {
    /// From `_text` to `_end`.
    pub(super) physical: Range<u64>,
    /// Virtual address of `_text`.
    pub(super) virtual_start: u64,
}

impl System {
    pub(super) fn kcore(&self) -> Result<Kcore, SystemError> {
        let path = self.path(FILE);
        let file = File::open(&path).map_err(|error| failed(&path, error, ADVICE))?;
        let mut kcore = Kcore { file, path, parts: Vec::new() };
        let bytes = kcore.headers()?;
        kcore.parts = parts(&bytes).ok_or_else(|| kcore.malformed())?;
        Ok(kcore)
    }
}

impl Kcore {
    /// Returns the addresses of the running kernel: the header of `KCORE_TEXT`. In old kernels, every physical address
    /// is 0, where no kernel is.
    pub(super) fn kernel(&self) -> Result<Kernel, SystemError> {
        let is_text = |part: &&Part| part.addresses.start >= KERNEL_MAP && part.physical != 0;
        let part = self.parts.iter().find(is_text);
        let part = part.ok_or_else(|| self.no_header("the kernel's text"))?;
        let physical = part.physical(&part.addresses).ok_or_else(|| self.malformed())?;
        Ok(Kernel { physical, virtual_start: part.addresses.start })
    }

    /// Returns the virtual address of physical address 0: the headers of `KCORE_RAM`.
    pub(super) fn direct_map(&self) -> Result<u64, SystemError> {
        let part = self.parts.iter().find(|part| part.addresses.start < KERNEL_MAP);
        let part = part.ok_or_else(|| self.no_header("RAM"))?;
        part.addresses.start.checked_sub(part.physical).ok_or_else(|| self.malformed())
    }

    /// Returns the physical range of a virtual range.
    pub(super) fn physical(&self, addresses: &Range<u64>) -> Result<Range<u64>, SystemError> {
        let found = self.parts.iter().find_map(|part| part.physical(addresses));
        found.ok_or_else(|| self.not_mapped(addresses.start))
    }

    /// Reads the number at a virtual address.
    pub(super) fn number(&self, address: u64) -> Result<u64, SystemError> {
        let end = address.checked_add(8).ok_or_else(|| self.not_mapped(address))?;
        let part = self.parts.iter().find(|part| part.holds(&(address..end)));
        let part = part.ok_or_else(|| self.not_mapped(address))?;
        let offset = part.offset.checked_add(address - part.addresses.start);
        let mut bytes = [0; 8];
        self.read(&mut bytes, offset.ok_or_else(|| self.malformed())?)?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// Reads the ELF header and the program headers.
    fn headers(&self) -> Result<Vec<u8>, SystemError> {
        let mut bytes = vec![0; size_of::<FileHeader64<LittleEndian>>()];
        self.read(&mut bytes, 0)?;
        let header = FileHeader64::<LittleEndian>::parse(bytes.as_slice());
        let header = header.map_err(|_| self.malformed())?;
        let count = usize::from(header.e_phnum.get(LittleEndian));
        let end = usize::try_from(header.e_phoff.get(LittleEndian)).ok();
        let end = end.and_then(|start| {
            start.checked_add(count * size_of::<ProgramHeader64<LittleEndian>>())
        });
        // In this file, they directly follow the ELF header.
        let end = end.filter(|end| *end <= 1 << 24).ok_or_else(|| self.malformed())?;
        bytes.resize(end.max(bytes.len()), 0);
        self.read(&mut bytes, 0)?;
        Ok(bytes)
    }

    fn read(&self, bytes: &mut [u8], offset: u64) -> Result<(), SystemError> {
        let read = self.file.read_exact_at(bytes, offset);
        read.map_err(|error| failed(&self.path, error, ADVICE))
    }

    fn malformed(&self) -> SystemError {
        let (path, found) = (self.path.clone(), "other bytes".to_string());
        SystemError::Malformed { path, found, expected: "a 64-bit ELF core file" }
    }

    fn no_header(&self, what: &'static str) -> SystemError {
        SystemError::NoProgramHeader { path: self.path.clone(), what }
    }

    fn not_mapped(&self, address: u64) -> SystemError {
        SystemError::NotMapped { path: self.path.clone(), address }
    }
}

impl Part {
    fn holds(&self, addresses: &Range<u64>) -> bool {
        self.addresses.start <= addresses.start && addresses.end <= self.addresses.end
    }

    fn physical(&self, addresses: &Range<u64>) -> Option<Range<u64>> {
        if !self.holds(addresses) {
            return None;
        }
        let start = self.physical.checked_add(addresses.start - self.addresses.start)?;
        Some(start..start.checked_add(addresses.end.checked_sub(addresses.start)?)?)
    }
}

fn parts(bytes: &[u8]) -> Option<Vec<Part>> {
    let order = LittleEndian;
    let headers = FileHeader64::<LittleEndian>::parse(bytes).ok()?;
    let headers = headers.program_headers(order, bytes).ok()?.iter();
    let known = headers
        .filter(|header| header.p_type(order) == PT_LOAD && header.p_paddr(order) != UNKNOWN);
    let part = |header: &ProgramHeader64<LittleEndian>| {
        let start = header.p_vaddr(order);
        Some(Part {
            addresses: start..start.checked_add(header.p_memsz(order))?,
            physical: header.p_paddr(order),
            offset: header.p_offset(order),
        })
    };
    known.map(part).collect()
}
