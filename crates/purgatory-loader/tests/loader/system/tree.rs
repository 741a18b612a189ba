//! A test tree of `/proc` and `/sys`.

use std::fs;
use std::path::PathBuf;

use purgatory_loader::system::System;
use tempfile::TempDir;

/// Virtual addresses of the running kernel's text, RAM and vmalloc area.
pub(super) const TEXT: u64 = 0xffff_ffff_a960_0000;
pub(super) const DIRECT_MAP: u64 = 0xffff_9d5e_8000_0000;
const VMALLOC: u64 = 0xffff_b000_0000_0000;

/// In the running kernel: the pointer `crash_notes`, and the array `__per_cpu_offset`.
const CRASH_NOTES: u64 = TEXT + 0x100;
const PER_CPU_OFFSET: u64 = TEXT + 0x200;

/// The value of `crash_notes`, to which each CPU's offset is added.
const POINTER: u64 = 0x2_d400;

/// Four possible CPUs, one present. One crash kernel region, with KASLR.
pub(super) struct Tree {
    directory: TempDir,
}

impl Tree {
    pub(super) fn new() -> Self {
        let tree = Self { directory: tempfile::tempdir().unwrap() };
        tree.write("proc/iomem", IOMEM);
        tree.write("sys/kernel/vmcoreinfo", "0x0000000012d94000 1024\n");
        tree.write("sys/devices/system/cpu/possible", "0-3\n");
        tree.write("sys/devices/system/cpu/cpu0/crash_notes", "3da00400\n");
        tree.write("sys/devices/system/cpu/cpu0/crash_notes_size", "368\n");
        let symbols = [
            format!("{TEXT:016x} T _text"),
            format!("{:016x} D crash_notes_size", 1),
            format!("{CRASH_NOTES:016x} D crash_notes"),
            format!("{PER_CPU_OFFSET:016x} D __per_cpu_offset"),
            format!("{VMALLOC:016x} d crash_notes\t[module]"),
        ];
        tree.write("proc/kallsyms", &symbols.join("\n"));
        tree.write_kcore(&kcore(POINTER, offsets()));
        tree
    }

    /// Returns a system with other contents in one file.
    pub(super) fn with(file: &str, text: &str) -> Self {
        let tree = Self::new();
        tree.write(file, text);
        tree
    }

    pub(super) fn system(&self) -> System {
        System::at(self.directory.path())
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.directory.path().join(file)
    }

    pub(super) fn write(&self, file: &str, text: &str) {
        self.write_bytes(file, text.as_bytes());
    }

    pub(super) fn write_bytes(&self, file: &str, bytes: &[u8]) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(super) fn write_kcore(&self, bytes: &[u8]) {
        self.write_bytes("proc/kcore", bytes);
    }

    pub(super) fn remove(&self, file: &str) {
        fs::remove_file(self.path(file)).unwrap();
    }
}

/// Each CPU's copies are 512 KiB after those of the previous CPU.
pub(super) fn offsets() -> [u64; 4] {
    [0, 1, 2, 3].map(|processor| DIRECT_MAP + 0x3d9d_3000 + processor * 0x8_0000)
}

/// Makes a program header of type, flags, offset, virtual address, physical address, sizes, alignment.
type Header = [u64; 7];

/// Vmalloc without physical address, the kernel's text, and RAM.
pub(super) const HEADERS: [Header; 3] = [
    [1 | 7 << 32, 0x10_0000, VMALLOC, u64::MAX, 0x1000_0000, 0x1000_0000, 4096],
    [1 | 7 << 32, 0x1000, TEXT, 0x1000_0000, 0x2c3_0000, 0x2c3_0000, 4096],
    [1 | 7 << 32, 0x2000_0000, DIRECT_MAP + 0x10_0000, 0x10_0000, 0x3fee_0000, 0x3fee_0000, 4096],
];

/// Returns a `/proc/kcore` with these numbers in the kernel's text.
pub(super) fn kcore(pointer: u64, offsets: [u64; 4]) -> Vec<u8> {
    let mut bytes = kcore_of(&HEADERS);
    bytes.resize(0x1000, 0);
    bytes.resize(0x1100, 0xaa);
    bytes.extend(pointer.to_le_bytes());
    bytes.resize(0x1200, 0xaa);
    bytes.extend(offsets.iter().flat_map(|offset| offset.to_le_bytes()));
    bytes
}

/// Returns the ELF header and these program headers, after a note.
pub(super) fn kcore_of(headers: &[Header]) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend([4, 0, 62, 0, 1, 0, 0, 0]);
    bytes.extend([0_u64, 64, 0].iter().flat_map(|word| word.to_le_bytes()));
    let count = u8::try_from(1 + headers.len()).unwrap();
    bytes.extend([0, 0, 0, 0, 64, 0, 56, 0, count, 0, 0, 0, 0, 0, 0, 0]);
    let note: Header = [4, 0x400, 0, 0, 0x100, 0, 0];
    bytes.extend([note].iter().chain(headers).flatten().flat_map(|word| word.to_le_bytes()));
    bytes
}

pub(super) const IOMEM: &str = "\
00000000-00000fff : Reserved
00001000-0009fbff : System RAM
000a0000-000bffff : PCI Bus 0000:00
000f0000-000fffff : Reserved
  000f0000-000fffff : System ROM
00100000-3ffdffff : System RAM
  10000000-10ffffff : Kernel code
  2e000000-3dffffff : Crash kernel
3ffe0000-3fffffff : ACPI Tables
100000000-17fffffff : Persistent Memory
  100000000-17fffffff : dax0.0
    100000000-17fffffff : System RAM (kmem)
";
