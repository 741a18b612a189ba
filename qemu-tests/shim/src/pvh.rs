//! The data that QEMU passes at a PVH start: `struct hvm_start_info` and the tables that it points to.
//!
//! Source: Xen, `xen/include/public/arch-x86/hvm/start_info.h`.

#![allow(unsafe_code, reason = "reads tables at addresses that the machine gives")]

use core::slice;

/// `XEN_HVM_START_MAGIC_VALUE`.
const MAGIC: u32 = 0x336e_c578;
/// `XEN_HVM_MEMMAP_TYPE_RAM`.
const TYPE_RAM: u32 = 1;

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

/// The parts that the shim uses.
pub(crate) struct Boot {
    /// The order and the files that it is about: `-initrd`.
    pub(crate) module: &'static [u8],
    map: &'static [MemoryMapEntry],
}

impl Boot {
    /// Reads the tables.
    ///
    /// # Safety
    ///
    /// `info` is the pointer that QEMU passed at the start, and no code has written to memory since.
    pub(crate) unsafe fn read(info: &'static StartInfo) -> Result<Self, &'static str> {
        if info.magic != MAGIC || info.version < 1 {
            return Err("no PVH start information");
        }
        if info.modules != 1 {
            return Err("no module: start QEMU with -initrd");
        }
        // SAFETY: the caller says that the tables are QEMU's own, and there is one module.
        let module = unsafe { &*(info.module_list as *const Module) };
        let bytes = module.bytes as usize;
        // SAFETY: as above.
        let module = unsafe { slice::from_raw_parts(module.address as *const u8, bytes) };
        let entries = info.memory_map_entries as usize;
        // SAFETY: as above.
        let map = unsafe { slice::from_raw_parts(info.memory_map as *const _, entries) };
        Ok(Self { module, map })
    }

    /// Returns the ranges of RAM: the first byte, and the byte after the last.
    pub(crate) fn ram(&self) -> impl Iterator<Item = (u64, u64)> {
        self.map
            .iter()
            .filter(|entry| entry.kind == TYPE_RAM)
            .map(|entry| (entry.address, entry.address + entry.bytes))
    }
}
