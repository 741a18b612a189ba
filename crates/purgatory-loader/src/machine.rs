//! Facts about the machine that the loader passes to the target kernel.
//!
//! All addresses are physical and all sizes are in bytes, unless stated otherwise.

use alloc::vec::Vec;

/// The machine, as the running kernel describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// The memory map that the firmware gave: `/sys/firmware/memmap`.
    pub memory: Vec<E820Entry>,
    /// The running kernel's `boot_params`, 4096 bytes: `/sys/kernel/boot_params/data`. It gives screen, EFI, EDD and
    /// the platform's number. Without it, the target kernel gets none of them.
    pub boot_params: Option<Vec<u8>>,
    /// Address of the ACPI RSDP: from `boot_params`, or from `ACPI20=`, then `ACPI=` in `/sys/firmware/efi/systab`.
    pub rsdp: Option<u64>,
    /// The EFI runtime services. `None` if the machine was not booted by EFI, or the running kernel does not use them
    /// (`efi=noruntime`).
    pub efi: Option<Efi>,
    /// Whether the running kernel uses five-level page tables: the flag `la57` in `/proc/cpuinfo`, which the kernel
    /// clears if it does not use them.
    pub five_level_paging: bool,
}

/// One range of a memory map: `struct boot_e820_entry` of `arch/x86/include/uapi/asm/bootparam.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct E820Entry {
    /// Its first byte.
    pub start: u64,
    /// Its size in bytes.
    pub size: u64,
    /// Its kind.
    pub kind: E820Kind,
}

/// The kind of a memory range: `enum e820_type` of `arch/x86/include/asm/e820/types.h`. The numbers are those of the
/// boot protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum E820Kind {
    /// Usable RAM.
    Ram = 1,
    /// Reserved memory.
    Reserved = 2,
    /// ACPI tables.
    Acpi = 3,
    /// ACPI memory that is preserved across sleep.
    Nvs = 4,
    /// RAM with errors.
    Unusable = 5,
    /// Persistent memory.
    Pmem = 7,
    /// Persistent memory, with an older number of some vendors.
    Pram = 12,
    /// RAM for one specific purpose.
    SoftReserved = 0xefff_ffff,
}

/// The EFI runtime services: the facts that a kernel needs to use them if it was not booted by EFI itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Efi {
    /// The memory that the running kernel has mapped for them: `/sys/firmware/efi/runtime-map`, in numeric order.
    pub runtime_map: Vec<EfiMemory>,
    /// Address of the firmware vendor's name: `/sys/firmware/efi/fw_vendor`.
    pub fw_vendor: u64,
    /// Address of the configuration tables: `/sys/firmware/efi/config_table`.
    pub config_table: u64,
    /// Address of the SMBIOS table: `SMBIOS=` of `/sys/firmware/efi/systab`; 0 if there is none.
    pub smbios: u64,
}

/// One mapped range: `efi_memory_desc_t` of `include/linux/efi.h`, `EFI_MEMORY_DESCRIPTOR` of the UEFI specification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EfiMemory {
    /// The EFI memory type.
    pub kind: u32,
    /// Physical address of the first byte.
    pub physical: u64,
    /// Its virtual address in the running kernel.
    pub virtual_address: u64,
    /// Its size, in pages of 4096 bytes.
    pub pages: u64,
    /// The EFI attributes, such as `EFI_MEMORY_RUNTIME`.
    pub attribute: u64,
}
