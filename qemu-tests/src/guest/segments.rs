//! The segments of a loaded crash image, found by their content inside the crash region.
//!
//! Neither the purgatory's tables nor anything else of the code under test is asked.

use std::mem::offset_of;
use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use memchr::memmem;
use object::LittleEndian;
use object::elf::{ET_CORE, FileHeader64};
use object::read::elf::FileHeader;
use purgatory_abi::boot::{self, BootParams};

use super::memory::Memory;

/// A kernel's segments start at pages, and so does `boot_params`.
const PAGE: usize = purgatory_abi::PAGE as usize;
/// How much of a file's start is looked for.
const NEEDLE: usize = 4096;

/// Bytes of a sector: the unit of `setup_sects` (boot.rst, "Loading The Rest of The Kernel").
const SECTOR: usize = 512;

/// Offset of `setup_sects` in a bzImage.
const SETUP_SECTS: usize = 0x1f1;

/// Where the segments are. Lengths are those of the contents, not of the memory that is set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segments {
    /// The protected-mode part of the bzImage.
    pub kernel: Range<u64>,
    /// The initrd.
    pub initrd: Range<u64>,
    /// `struct boot_params`.
    pub boot_params: Range<u64>,
    /// The command line, from its first byte to the last before the zero.
    pub command_line: Range<u64>,
    /// elfcorehdr's ELF and program headers.
    pub elfcorehdr: Range<u64>,
}

/// Finds the segments of the image made of these files, with `marker` in its command line and nowhere else.
///
/// # Errors
/// One is not there, or there twice.
pub fn find(
    memory: &Memory,
    region: Range<u64>,
    vmlinuz: &[u8],
    initrd: &[u8],
    marker: &str,
) -> Result<Segments> {
    let start = region.start;
    let bytes = memory.read(region)?;
    let setup = 1 + usize::from(*vmlinuz.get(SETUP_SECTS).context("the kernel is not a bzImage")?);
    let kernel = vmlinuz.get(setup * SECTOR..).context("the kernel is truncated")?;
    let place = |range: Range<usize>| start + range.start as u64..start + range.end as u64;

    let pages = || bytes.chunks_exact(PAGE).enumerate();
    let boot_params = one(
        "boot_params",
        pages().filter_map(|(page, bytes)| {
            let header = bytes.get(offset_of!(BootParams, hdr.header)..)?;
            header.starts_with(&boot::HEADER_MAGIC.to_le_bytes()).then_some(page * PAGE)
        }),
    )?;
    let elfcorehdr = one(
        "elfcorehdr",
        pages().filter_map(|(page, bytes)| {
            let header = FileHeader64::<LittleEndian>::parse(bytes).ok()?;
            (header.e_type.get(LittleEndian) == ET_CORE).then_some(page * PAGE)
        }),
    )?;
    Ok(Segments {
        kernel: place(file("kernel", &bytes, kernel)?),
        initrd: place(file("initrd", &bytes, initrd)?),
        boot_params: place(boot_params..boot_params + boot::BOOT_PARAMS_BYTES),
        command_line: place(command_line(&bytes, marker)?),
        elfcorehdr: place(elf_headers(&bytes, elfcorehdr)?),
    })
}

/// Where a whole file is.
fn file(what: &str, bytes: &[u8], contents: &[u8]) -> Result<Range<usize>> {
    let needle = &contents[..NEEDLE.min(contents.len())];
    let start = one(what, memmem::find_iter(bytes, needle))?;
    let range = start..start + contents.len();
    ensure!(bytes.get(range.clone()) == Some(contents), "the {what} was not loaded as it is");
    Ok(range)
}

/// The text around the marker, from one zero to the next.
fn command_line(bytes: &[u8], marker: &str) -> Result<Range<usize>> {
    let at = one("command line", memmem::find_iter(bytes, marker))?;
    let start = bytes[..at].iter().rposition(|byte| *byte == 0).map_or(0, |zero| zero + 1);
    let end = bytes[at..].iter().position(|byte| *byte == 0).context("an endless command line")?;
    Ok(start..at + end)
}

/// The ELF header and the program headers that follow it.
fn elf_headers(bytes: &[u8], start: usize) -> Result<Range<usize>> {
    let elf = &bytes[start..];
    let header = FileHeader64::<LittleEndian>::parse(elf).context("elfcorehdr")?;
    let headers = header.program_headers(LittleEndian, elf).context("elfcorehdr")?;
    Ok(start..start + size_of_val(header) + size_of_val(headers))
}

fn one(what: &str, mut found: impl Iterator<Item = usize>) -> Result<usize> {
    match (found.next(), found.next()) {
        (Some(at), None) => Ok(at),
        (None, _) => bail!("there is no {what} in the crash region"),
        (Some(first), Some(second)) => {
            bail!("there are two of {what} in the crash region, at {first:#x} and {second:#x}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGION: Range<u64> = 0x10_0000..0x20_0000;
    const MARKER: &str = "marker=here";

    struct Loaded {
        memory: Memory,
        vmlinuz: Vec<u8>,
        initrd: Vec<u8>,
    }

    /// 20,000 bytes that do not repeat.
    fn bytes(seed: u32) -> Vec<u8> {
        (0..10_000_u32).flat_map(|i| (i * seed + 1).to_be_bytes()[2..].to_vec()).collect()
    }

    /// Segments at 0x11, 0x12, 0x13, 0x14 and 0x15 pages of 64 KiB.
    fn loaded() -> Loaded {
        let memory = Memory::new(0x20_0000).unwrap();
        let initrd = bytes(7);
        let mut vmlinuz = vec![0; 1024];
        vmlinuz[SETUP_SECTS] = 1;
        vmlinuz.extend(bytes(5));
        memory.write(0x11_0000, &vmlinuz[1024..]).unwrap();
        memory.write(0x12_0000, &initrd).unwrap();
        memory.write(0x13_0202, b"HdrS").unwrap();
        memory.write(0x14_0010, b"elfcorehdr=0x150000 marker=here x").unwrap();
        let mut elf = vec![0; 64];
        elf[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        (elf[16], elf[32], elf[54], elf[56]) = (4, 64, 56, 3);
        memory.write(0x15_0000, &elf).unwrap();
        Loaded { memory, vmlinuz, initrd }
    }

    fn search(loaded: &Loaded) -> Result<Segments> {
        find(&loaded.memory, REGION, &loaded.vmlinuz, &loaded.initrd, MARKER)
    }

    #[test]
    fn every_segment_is_found() {
        let expected = Segments {
            kernel: 0x11_0000..0x11_0000 + 20_000,
            initrd: 0x12_0000..0x12_0000 + 20_000,
            boot_params: 0x13_0000..0x13_1000,
            command_line: 0x14_0010..0x14_0010 + 33,
            elfcorehdr: 0x15_0000..0x15_0000 + 64 + 3 * 56,
        };
        assert_eq!(search(&loaded()).unwrap(), expected);
    }

    #[test]
    fn names_a_missing_or_duplicate_segment() {
        let error = |at: u64, bytes: &[u8]| {
            let loaded = loaded();
            loaded.memory.write(at, bytes).unwrap();
            search(&loaded).unwrap_err().to_string()
        };
        assert!(error(0x13_0202, b"none").contains("no boot_params"));
        assert!(error(0x16_0202, b"HdrS").contains("two of boot_params"));
        assert!(error(0x11_0005, b"\0").contains("no kernel"));
        assert!(error(0x12_3000, b"\0").contains("initrd was not loaded as it is"));
        assert!(error(0x14_0028, b"\0").contains("no command line"));
        assert!(error(0x15_0000, b"\0").contains("no elfcorehdr"));
    }
}
