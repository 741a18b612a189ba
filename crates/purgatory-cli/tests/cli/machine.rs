//! A fake machine: its files below a directory, and system calls that only record their arguments.

use object::elf::{PT_LOAD, PT_NOTE};
use purgatory_abi::native::SegmentKind;
use purgatory_cli::kexec::Host;
use purgatory_loader::Segment;
use purgatory_loader::system::System;
use purgatory_loader::system::syscall::Flags;
use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use tempfile::TempDir;

/// 1 GiB of RAM, 256 MiB of it reserved for a capture kernel; two possible CPUs, one of them present.
const FILES: &[(&str, &str)] = &[
    (
        "proc/iomem",
        "00001000-0009fbff : System RAM
000a0000-000fffff : Reserved
00100000-3ffdffff : System RAM
  01000000-01ffffff : Kernel code
  2a000000-39ffffff : Crash kernel
3ffe0000-3fffffff : Reserved
",
    ),
    ("proc/cmdline", "BOOT_IMAGE=/vmlinuz root=/dev/vda1 crashkernel=256M quiet\n"),
    (
        "proc/meminfo",
        "MemTotal:         748544 kB\nMemFree:          600000 kB\nMemAvailable:     700000 kB\n",
    ),
    ("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu sse2\n"),
    ("sys/firmware/memmap/0/start", "0x0\n"),
    ("sys/firmware/memmap/0/end", "0x9fbff\n"),
    ("sys/firmware/memmap/0/type", "System RAM\n"),
    ("sys/firmware/memmap/1/start", "0x100000\n"),
    ("sys/firmware/memmap/1/end", "0x3ffdffff\n"),
    ("sys/firmware/memmap/1/type", "System RAM\n"),
    ("sys/firmware/memmap/2/start", "0x3ffe0000\n"),
    ("sys/firmware/memmap/2/end", "0x3fffffff\n"),
    ("sys/firmware/memmap/2/type", "Reserved\n"),
    ("sys/devices/system/cpu/possible", "0-1\n"),
    ("sys/devices/system/cpu/cpu0/crash_notes", "3f40a000\n"),
    ("sys/devices/system/cpu/cpu0/crash_notes_size", "400\n"),
    ("sys/devices/system/cpu/cpu1/crash_notes", "3f48a000\n"),
    ("sys/devices/system/cpu/cpu1/crash_notes_size", "400\n"),
    ("sys/kernel/vmcoreinfo", "0x3f012000 1024\n"),
    ("sys/kernel/kexec_loaded", "0\n"),
    ("sys/kernel/kexec_crash_loaded", "0\n"),
    ("sys/kernel/kexec_crash_size", "268435456\n"),
    ("proc/sys/kernel/kexec_load_disabled", "0\n"),
    ("sys/kernel/security/lockdown", "[none] integrity confidentiality\n"),
];

/// Virtual address, physical address and size of the parts in `/proc/kcore`: the kernel's text and the direct mapping.
const KCORE: [[u64; 3]; 2] = [
    [0xffff_ffff_8100_0000, 0x100_0000, 0x200_0000],
    [0xffff_8880_0010_0000, 0x10_0000, 0x3fee_0000],
];

/// The arguments of kexec_load(2).
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) entry: u64,
    pub(crate) flags: Flags,
    /// Kind, address, bytes of memory, and payload.
    pub(crate) segments: Vec<(SegmentKind, u64, u64, Vec<u8>)>,
}

/// The machine.
pub(crate) struct Machine {
    root: TempDir,
    calls: Rc<RefCell<Vec<Call>>>,
    executed: Rc<RefCell<usize>>,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let machine =
            Self { root: TempDir::new().unwrap(), calls: Rc::default(), executed: Rc::default() };
        for (file, text) in FILES {
            machine.set(file, text);
        }
        machine.set("proc/kcore", kcore());
        machine
    }

    /// Writes a file.
    pub(crate) fn set(&self, file: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Removes a file.
    pub(crate) fn remove(&self, file: &str) {
        fs::remove_file(self.path(file)).unwrap();
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.root.path().join(file)
    }

    pub(crate) fn system(&self) -> System {
        System::at(self.root.path())
    }

    /// Returns a host whose system calls succeed, but the one that starts a kernel returns too.
    pub(crate) fn host(&self) -> Host {
        self.failing(0)
    }

    /// Returns a host whose system calls fail with `errno`, unless it is 0.
    pub(crate) fn failing(&self, errno: i32) -> Host {
        let (calls, executed) = (Rc::clone(&self.calls), Rc::clone(&self.executed));
        Host {
            system: self.system(),
            may_boot: true,
            kexec_load: Box::new(move |entry, segments: &[Segment<'_>], flags| {
                let segment = |segment: &Segment<'_>| {
                    (
                        segment.kind,
                        segment.address,
                        segment.memory_bytes(),
                        segment.payload.to_vec(),
                    )
                };
                let segments = segments.iter().map(segment).collect();
                calls.borrow_mut().push(Call { entry, flags, segments });
                if errno == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(errno)) }
            }),
            execute: Box::new(move || {
                *executed.borrow_mut() += 1;
                io::Error::from_raw_os_error(errno)
            }),
        }
    }

    /// Returns all calls of kexec_load(2) so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.borrow().clone()
    }

    /// Returns the number of attempts to start the loaded kernel.
    pub(crate) fn executed(&self) -> usize {
        *self.executed.borrow()
    }
}

fn kcore() -> Vec<u8> {
    let mut file = vec![0; 64];
    file[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(16, &4u16.to_le_bytes());
    put(18, &62u16.to_le_bytes());
    put(20, &1u32.to_le_bytes());
    put(32, &64u64.to_le_bytes());
    put(52, &64u16.to_le_bytes());
    put(54, &56u16.to_le_bytes());
    put(56, &3u16.to_le_bytes());
    let mut header = |kind: u32, [virtual_address, physical, size]: [u64; 3]| {
        file.extend([kind.to_le_bytes(), 7u32.to_le_bytes()].concat());
        for number in [0x1000, virtual_address, physical, size, size, 0x1000] {
            file.extend(number.to_le_bytes());
        }
    };
    header(PT_NOTE.0, [0; 3]);
    KCORE.into_iter().for_each(|part| header(PT_LOAD.0, part));
    file
}
