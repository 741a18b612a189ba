//! What QEMU hands over at a PVH start: `struct hvm_start_info` and what it points to.
//!
//! Source: Xen, `xen/include/public/arch-x86/hvm/start_info.h`.

#![allow(unsafe_code, reason = "reads tables at addresses that the machine gives")]

use core::ffi::CStr;
use core::slice;

/// `XEN_HVM_START_MAGIC_VALUE`.
const MAGIC: u32 = 0x336e_c578;
/// `XEN_HVM_MEMMAP_TYPE_RAM`.
const TYPE_RAM: u32 = 1;
/// Size of the buffer for `-append` in QEMU's PVH loader: `CMDLINE_BUFSIZE` of `pc-bios/optionrom/pvh_main.c`.
const COMMAND_LINE_BYTES: usize = 4096;

/// `struct hvm_start_info`, version 1.
#[repr(C)]
pub(crate) struct StartInfo {
    magic: u32,
    version: u32,
    flags: u32,
    modules: u32,
    module_list: u64,
    command_line: u64,
    rsdp: u64,
    memory_map: u64,
    memory_map_entries: u32,
    reserved: u32,
}

/// `struct hvm_modlist_entry`.
#[repr(C)]
struct Module {
    address: u64,
    bytes: u64,
    command_line: u64,
    reserved: u64,
}

/// `struct hvm_memmap_table_entry`.
#[repr(C)]
struct MemoryMapEntry {
    address: u64,
    bytes: u64,
    kind: u32,
    reserved: u32,
}

/// What the shim takes from it.
pub(crate) struct Boot {
    /// The blob, or the vectors for [`backends`](crate::backends): `-initrd`.
    pub(crate) blob: &'static [u8],
    /// The settings: `-append`.
    pub(crate) command_line: &'static str,
    map: &'static [MemoryMapEntry],
}

impl Boot {
    /// Reads the tables.
    ///
    /// # Safety
    ///
    /// `info` is what QEMU passed at the start, and nothing has written to memory since.
    pub(crate) unsafe fn read(info: &'static StartInfo) -> Result<Self, &'static str> {
        if info.magic != MAGIC || info.version < 1 {
            return Err("no PVH start information");
        }
        if info.modules != 1 {
            return Err("no blob: start QEMU with -initrd");
        }
        // SAFETY: the caller says that the tables are QEMU's own, and there is one module.
        let module = unsafe { &*(info.module_list as *const Module) };
        let bytes = module.bytes as usize;
        // SAFETY: as above.
        let blob = unsafe { slice::from_raw_parts(module.address as *const u8, bytes) };
        // SAFETY: as above; this is the size of QEMU's buffer.
        let line =
            unsafe { slice::from_raw_parts(info.command_line as *const u8, COMMAND_LINE_BYTES) };
        let entries = info.memory_map_entries as usize;
        // SAFETY: as above.
        let map = unsafe { slice::from_raw_parts(info.memory_map as *const _, entries) };
        let line = CStr::from_bytes_until_nul(line).map_err(|_| "the settings are too long")?;
        let command_line = line.to_str().map_err(|_| "the settings are not UTF-8")?;
        Ok(Self { blob, command_line, map })
    }

    /// The ranges of RAM: first byte and the one behind the last.
    pub(crate) fn ram(&self) -> impl Iterator<Item = (u64, u64)> {
        self.map
            .iter()
            .filter(|entry| entry.kind == TYPE_RAM)
            .map(|entry| (entry.address, entry.address + entry.bytes))
    }
}
