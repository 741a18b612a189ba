//! One test for each error of making an elfcorehdr.

use std::ops::Range;

use purgatory_loader::elfcorehdr::{Elfcorehdr, ElfcorehdrError};

use super::facts;

fn error(change: impl FnOnce(&mut Elfcorehdr)) -> ElfcorehdrError {
    let mut facts = facts();
    assert!(facts.build().is_ok());
    change(&mut facts);
    facts.build().unwrap_err()
}

#[test]
fn rejects_a_system_without_cpus() {
    assert_eq!(error(|facts| facts.cpu_notes.clear()), ElfcorehdrError::NoProcessor);
}

#[test]
fn rejects_an_empty_note() {
    let range = Range { start: 0x2000, end: 0x1000 };
    let expected = ElfcorehdrError::EmptyNote { index: 1, range: range.clone() };
    assert_eq!(error(|facts| facts.cpu_notes[1] = range), expected);
    assert!(expected.to_string().contains("CPU 1 is empty: 0x2000..0x1000"));
}

#[test]
fn rejects_an_empty_vmcoreinfo() {
    let expected = ElfcorehdrError::EmptyVmcoreinfo { range: 0..0 };
    assert_eq!(error(|facts| facts.vmcoreinfo = 0..0), expected);
}

#[test]
fn rejects_an_empty_kernel() {
    let expected = ElfcorehdrError::EmptyKernel { range: 4096..4096 };
    assert_eq!(error(|facts| facts.kernel = 4096..4096), expected);
}

#[test]
fn rejects_unsorted_ram() {
    let swapped = error(|facts| facts.ram.swap(1, 2));
    let range = 0x10_0000..0x3000_0000;
    assert_eq!(swapped, ElfcorehdrError::RamOrder { index: 2, range, previous: 0x8000_0000 });
    let empty = error(|facts| facts.ram[0] = 0x1000..0x1000);
    assert_eq!(empty, ElfcorehdrError::RamOrder { index: 0, range: 0x1000..0x1000, previous: 0 });
    let overlapping = error(|facts| facts.ram[1].start = 0x9_fbff);
    assert!(matches!(overlapping, ElfcorehdrError::RamOrder { index: 1, .. }));
}

#[test]
fn rejects_a_system_without_ram() {
    assert_eq!(error(|facts| facts.ram.truncate(1)), ElfcorehdrError::NoRam);
    assert_eq!(error(|facts| facts.excluded.push(0..u64::MAX)), ElfcorehdrError::NoRam);
}

#[test]
fn rejects_ram_past_the_end_of_the_address_space() {
    let direct_map = u64::MAX - 0x7fff_ffff;
    let expected = ElfcorehdrError::PastAddressSpace { end: 0x8000_0000, direct_map };
    assert_eq!(error(|facts| facts.direct_map = direct_map), expected);
}

#[test]
fn rejects_too_many_headers() {
    // In addition to the CPUs' notes: vmcoreinfo, the kernel, and three ranges of RAM.
    let most = 0xfffe - 5;
    let mut facts = facts();
    facts.cpu_notes = vec![0x1000..0x2000; most];
    assert_eq!(facts.build().unwrap().len(), 64 + 56 * 0xfffe);
    let count = 0xffff;
    let expected = ElfcorehdrError::TooManyHeaders { count };
    assert_eq!(error(|facts| facts.cpu_notes = vec![0x1000..0x2000; most + 1]), expected);
}
