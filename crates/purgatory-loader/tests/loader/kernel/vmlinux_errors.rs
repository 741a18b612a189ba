//! One test for each error of a vmlinux. `parse` has the valid files.

use super::sample::*;
use purgatory_loader::kernel::{Kernel, KernelError};

fn error(file: &[u8]) -> KernelError {
    Kernel::parse(file).unwrap_err()
}

/// Returns the error for a vmlinux with other bytes at an offset.
fn with(offset: usize, bytes: impl AsRef<[u8]>) -> KernelError {
    let mut file = vmlinux();
    put(&mut file, offset, bytes);
    error(&file)
}

/// Returns the error for a vmlinux with another number in program header 1.
fn with_load(field: usize, value: u64) -> KernelError {
    let mut loads = LOADS;
    loads[1][field] = value;
    error(&vmlinux_of(&loads))
}

#[test]
fn rejects_a_truncated_file() {
    let file = vmlinux();
    let (len, table) = (file.len(), 64 + 4 * 56);
    for (cut, whole) in [(len - 1, len), (0x1000, 0x2800), (table - 1, table), (63, 64), (4, 64)] {
        let expected = KernelError::Truncated { len: cut as u64, missing: (whole - cut) as u64 };
        assert_eq!(error(&file[..cut]), expected);
    }
    let missing = u64::MAX - len as u64;
    assert_eq!(with(32, [0xff; 8]), KernelError::Truncated { len: len as u64, missing });
}

#[test]
fn rejects_a_32_bit_file() {
    assert_eq!(with(4, [1]), KernelError::NotElf64);
    assert_eq!(with(5, [2]), KernelError::NotElf64);
}

#[test]
fn rejects_another_machine() {
    assert_eq!(with(ELF_MACHINE, [183, 0]), KernelError::Machine { machine: 183 });
}

#[test]
fn rejects_another_file_type() {
    for kind in [1, 4] {
        assert_eq!(with(ELF_TYPE, [kind]), KernelError::ElfType { kind: kind.into() });
    }
}

#[test]
fn rejects_another_program_header_size() {
    assert_eq!(with(ELF_PHENTSIZE, [32]), KernelError::ProgramHeaderSize { found: 32 });
}

#[test]
fn rejects_a_file_without_segments() {
    assert_eq!(with(ELF_PHNUM, [0]), KernelError::NoSegments);
    assert_eq!(error(&vmlinux_of(&LOADS[3..])), KernelError::NoSegments);
}

#[test]
fn rejects_a_segment_larger_than_its_memory() {
    let expected = KernelError::SegmentSize { index: 1, file: 0x10, memory: 0xf };
    assert_eq!(with_load(5, 0xf), expected);
    let mut loads = LOADS;
    loads[1][5] = 0x10;
    assert!(Kernel::parse(&vmlinux_of(&loads)).is_ok());
}

#[test]
fn rejects_an_unaligned_segment() {
    let expected = KernelError::SegmentUnaligned { index: 1, address: 0x120_0800 };
    assert_eq!(with_load(3, 0x120_0800), expected);
}

#[test]
fn rejects_a_segment_past_the_end_of_the_address_space() {
    let wraps = |address, memory| KernelError::SegmentWraps { index: 1, address, memory };
    let address = 0xffff_ffff_ffff_a000;
    assert_eq!(with_load(3, address), wraps(address, 0x5010));
    assert_eq!(with_load(5, u64::MAX), wraps(0x120_0000, u64::MAX));
    assert_eq!(
        with_load(5, 0u64.wrapping_sub(0x120_0000)),
        wraps(0x120_0000, 0u64.wrapping_sub(0x120_0000))
    );
}

#[test]
fn rejects_overlapping_segments() {
    let overlap = |address| KernelError::SegmentsOverlap { address };
    assert_eq!(with_load(3, 0x100_1000), overlap(0x100_1000));
    assert_eq!(with_load(3, 0x10f_b000), overlap(0x110_0000));
    let mut loads = LOADS;
    loads[1][3] = 0x10f_a000;
    assert!(Kernel::parse(&vmlinux_of(&loads)).is_ok());
}

#[test]
fn rejects_an_entry_outside_of_the_segments() {
    for entry in [0xff_ffffu64, 0x100_1800, 0xffff_ffff_8100_0000] {
        assert_eq!(with(ELF_ENTRY, entry.to_le_bytes()), KernelError::EntryOutside { entry });
    }
}

#[test]
fn rejects_a_user_program() {
    let mut loads = LOADS;
    loads[0][2] = 0x40_0000;
    let error = error(&vmlinux_of(&loads));
    assert_eq!(error, KernelError::Program { address: 0x40_0000 });
    assert!(error.to_string().contains("a program, not a kernel"), "{error}");
}
