//! Segments of a crash image that only kexec-tools loads: the copy of low memory, and setup data.

use std::mem::offset_of;

use anyhow::{Context, Result, ensure};
use object::LittleEndian;
use object::elf::{FileHeader64, PT_LOAD};
use object::read::elf::{FileHeader, ProgramHeader};
use purgatory_abi::boot::BootParams;

use crate::guest::memory::Memory;
use crate::guest::segments::Segments;

/// An address in low memory that neither kernel nor firmware uses: all of the first MiB is set aside by Linux
/// (`trim_bios_range` and `reserve_real_mode`), and QEMU's boot ROM puts its things below it.
pub(super) const LOW: u64 = 0x5_0000;

/// Offset of `setup_data` in `boot_params`.
const SETUP_DATA: u64 = offset_of!(BootParams, hdr.setup_data) as u64;

/// Bytes of a `struct setup_data` before its data.
const SETUP_DATA_HEADER: u64 = 16;

/// Returns the address to which the purgatory must copy the bytes at [`LOW`]: elfcorehdr gives it for low memory.
///
/// # Errors
/// elfcorehdr has no entry for it, or gives its own address instead of a copy.
pub(super) fn copy_of_low(memory: &Memory, segments: &Segments) -> Result<u64> {
    let order = LittleEndian;
    let bytes = memory.read(segments.elfcorehdr.clone())?;
    let header = FileHeader64::<LittleEndian>::parse(bytes.as_slice()).context("elfcorehdr")?;
    let headers = header.program_headers(order, bytes.as_slice()).context("elfcorehdr")?;
    let holds = |start: u64, len: u64| (start..start + len).contains(&LOW);
    let low = headers.iter().find(|header| {
        header.p_type(order) == PT_LOAD && holds(header.p_paddr(order), header.p_filesz(order))
    });
    let low = low.context("elfcorehdr has no low memory")?;
    let copy = low.p_offset(order) + LOW - low.p_paddr(order);
    ensure!(copy != LOW, "kexec has loaded no segment for the copy of low memory");
    Ok(copy)
}

/// Where the first setup data's own data start.
///
/// # Errors
/// There are none.
pub(super) fn setup_data(memory: &Memory, segments: &Segments) -> Result<u64> {
    let at = segments.boot_params.start + SETUP_DATA;
    let bytes = memory.read(at..at + 8)?;
    let place = u64::from_le_bytes(bytes.try_into().ok().context("a number of 8 bytes")?);
    ensure!(place != 0, "kexec has loaded no setup data");
    Ok(place + SETUP_DATA_HEADER)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An elfcorehdr of one program header: `start` and `offset` of 64 KiB.
    fn loaded(start: u64, offset: u64) -> (Memory, Segments) {
        let memory = Memory::new(2 << 20).unwrap();
        let mut elf = vec![0; 64 + 56];
        elf[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        (elf[16], elf[32], elf[52], elf[54], elf[56]) = (4, 64, 64, 56, 1);
        let mut number = |at: usize, value: u64| {
            elf[at..at + 8].copy_from_slice(&value.to_le_bytes());
        };
        number(64, 1);
        number(64 + 8, offset);
        number(64 + 24, start);
        number(64 + 32, 0x1_0000);
        memory.write(0x10_0000, &elf).unwrap();
        let segments = Segments {
            kernel: 0..0,
            initrd: 0..0,
            boot_params: 0x11_0000..0x11_1000,
            command_line: 0..0,
            elfcorehdr: 0x10_0000..0x10_0000 + 64 + 56,
        };
        (memory, segments)
    }

    #[test]
    fn finds_the_copy_through_elfcorehdr() {
        let (memory, segments) = loaded(0x4_f000, 0x18_f000);
        assert_eq!(copy_of_low(&memory, &segments).unwrap(), 0x19_0000);
    }

    #[test]
    fn rejects_missing_or_unmoved_low_memory() {
        for (start, offset, why) in [
            (0x10_0000, 0x18_0000, "no low memory"),
            (0x4_f000, 0x4_f000, "no segment for the copy"),
        ] {
            let (memory, segments) = loaded(start, offset);
            let error = copy_of_low(&memory, &segments).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn finds_setup_data_through_boot_params() {
        let (memory, segments) = loaded(0, 0);
        assert!(setup_data(&memory, &segments).is_err());
        memory.write(0x11_0250, &0x12_0000_u64.to_le_bytes()).unwrap();
        assert_eq!(setup_data(&memory, &segments).unwrap(), 0x12_0010);
    }
}
