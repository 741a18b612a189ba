//! kexec_load(2).

#![allow(unsafe_code, reason = "the system call has no safe wrapper anywhere")]

use crate::segment::Segment;
use alloc::vec::Vec;
use core::ptr;
use libc::{KEXEC_ON_CRASH, SYS_kexec_load, c_ulong, c_void, syscall};
use std::io;

/// `EM_X86_64 << 16`: `KEXEC_ARCH_X86_64` of `include/uapi/linux/kexec.h`.
const KEXEC_ARCH_X86_64: c_ulong = 62 << 16;

/// `KEXEC_UPDATE_ELFCOREHDR` of `include/uapi/linux/kexec.h`. All kernels that rewrite elfcorehdr (since 6.6) support
/// it; `KEXEC_CRASH_HOTPLUG_SUPPORT` of 6.10 means the same on x86 (`arch_crash_hotplug_support` in
/// `arch/x86/kernel/crash.c`).
const KEXEC_UPDATE_ELFCOREHDR: c_ulong = 4;

/// The type of a kexec image. The kernel keeps one image of each type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KexecType {
    /// Normal kexec: `reboot(LINUX_REBOOT_CMD_KEXEC)` starts it.
    Normal,
    /// Crash kexec: a panic starts it.
    Crash,
}

/// The flags of kexec_load(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags {
    /// The type of the image.
    pub kexec_type: KexecType,
    /// Whether the kernel may rewrite elfcorehdr on CPU and memory hotplug. Kernels before 6.6 reject this flag.
    pub update_elfcorehdr: bool,
}

/// `struct kexec_segment` of `include/uapi/linux/kexec.h`.
#[repr(C)]
struct RawSegment {
    buf: *const c_void,
    bufsz: usize,
    mem: u64,
    memsz: u64,
}

impl Flags {
    fn bits(self) -> c_ulong {
        let crash = match self.kexec_type {
            KexecType::Normal => 0,
            KexecType::Crash => KEXEC_ON_CRASH as c_ulong,
        };
        let update = if self.update_elfcorehdr { KEXEC_UPDATE_ELFCOREHDR } else { 0 };
        KEXEC_ARCH_X86_64 | crash | update
    }
}

/// Loads `segments` with the physical entry address `entry`. Without segments, it unloads the image.
///
/// For a crash kexec, the kernel releases the previous capture kernel even if the call fails. For a normal kexec, it
/// keeps the previous kernel if the call fails (`do_kexec_load` in `kernel/kexec.c`).
///
/// # Errors
///
/// Those of kexec_load(2): `EPERM` without `CAP_SYS_BOOT`, under lockdown or if it is disabled; `EBUSY` while another
/// process loads a kernel; `EADDRNOTAVAIL` if a segment is outside of loadable memory; `EINVAL`, `ENOMEM`; `ENOSYS` if
/// the kernel does not have it.
pub fn kexec_load(entry: u64, segments: &[Segment<'_>], flags: Flags) -> io::Result<()> {
    let raw: Vec<RawSegment> = segments.iter().map(RawSegment::of).collect();
    let list = if raw.is_empty() { ptr::null() } else { raw.as_ptr() };
    // SAFETY: the kernel reads `raw.len()` structures from `list`, which has the kernel's layout, and from each of them
    // `bufsz` bytes from `buf`, which `segments` keeps alive; it writes no memory of this process.
    let result = unsafe { syscall(SYS_kexec_load, entry, raw.len(), list, flags.bits()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

impl RawSegment {
    fn of(segment: &Segment<'_>) -> Self {
        Self {
            buf: segment.payload.as_ptr().cast(),
            bufsz: segment.payload.len(),
            mem: segment.address,
            memsz: segment.memory_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::Cow;
    use core::mem::offset_of;
    use purgatory_abi::native::SegmentKind;

    #[test]
    fn raw_segments_match_the_layout_of_the_kernel() {
        let bytes = [1, 2, 3];
        let payload = Cow::Borrowed(&bytes[..]);
        let segment =
            Segment { kind: SegmentKind::Kernel, address: 0x1000, payload, zeros: 0x1ffd };
        let raw = RawSegment::of(&segment);
        assert_eq!((raw.buf, raw.bufsz), (bytes.as_ptr().cast(), 3));
        assert_eq!((raw.mem, raw.memsz), (0x1000, 0x2000));
        assert_eq!(size_of::<RawSegment>(), 32);
        let offsets = [offset_of!(RawSegment, buf), offset_of!(RawSegment, bufsz)];
        assert_eq!(offsets, [0, 8]);
        assert_eq!((offset_of!(RawSegment, mem), offset_of!(RawSegment, memsz)), (16, 24));
    }

    #[test]
    fn flags_match_the_kernel() {
        let flags = |kexec_type, update_elfcorehdr| Flags { kexec_type, update_elfcorehdr }.bits();
        assert_eq!(flags(KexecType::Normal, false), 0x3e_0000);
        assert_eq!(flags(KexecType::Crash, false), 0x3e_0001);
        assert_eq!(flags(KexecType::Crash, true), 0x3e_0005);
    }
}
