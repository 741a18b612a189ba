//! What the new kernel is told of the machine that it runs on: plain facts, whoever reads them.
//!
//! All addresses are physical, all sizes in bytes, unless it says otherwise.

use alloc::vec::Vec;

/// The machine, as the running kernel sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// The memory map that the firmware gave: `/sys/firmware/memmap`.
    pub memory: Vec<E820Entry>,
    /// The running kernel's `boot_params`, 4096 bytes: `/sys/kernel/boot_params/data`. Screen, EFI, EDD and the platform's
    /// number are taken from it; without it the new kernel is told nothing of them.
    pub boot_params: Option<Vec<u8>>,
    /// Where the ACPI RSDP is: what `boot_params` says of it, or `ACPI20=` and then `ACPI=` of `/sys/firmware/efi/systab`.
    pub rsdp: Option<u64>,
    /// What is known of EFI's runtime services. `None` on a machine that was not booted by EFI, or where the running kernel
    /// does not use them (`efi=noruntime`).
    pub efi: Option<Efi>,
    /// Whether the running kernel has five-level page tables: the flag `la57` in `/proc/cpuinfo`, which the kernel takes
    /// away where it does not use them.
    pub five_level_paging: bool,
}

/// One range of a memory map: `struct boot_e820_entry` of `arch/x86/include/uapi/asm/bootparam.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct E820Entry {
    /// Its first byte.
    pub start: u64,
    /// How many bytes it has.
    pub size: u64,
    /// What they are.
    pub kind: E820Kind,
}

/// What a range of memory is: `enum e820_type` of `arch/x86/include/asm/e820/types.h`. The numbers are those of the boot
/// protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum E820Kind {
    /// RAM that is free to be used.
    Ram = 1,
    /// Not to be used.
    Reserved = 2,
    /// ACPI tables.
    Acpi = 3,
    /// What ACPI keeps for the firmware over sleep.
    Nvs = 4,
    /// RAM with errors.
    Unusable = 5,
    /// Persistent memory.
    Pmem = 7,
    /// Persistent memory by an older number of some vendors.
    Pram = 12,
    /// RAM that is kept for one purpose.
    SoftReserved = 0xefff_ffff,
}

/// EFI's runtime services: what a kernel that did not boot from EFI itself needs to go on using them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Efi {
    /// Where the running kernel has mapped what they need: `/sys/firmware/efi/runtime-map`, in the order of its numbers.
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
    /// EFI's number of the kind of memory.
    pub kind: u32,
    /// Physical address of the first byte.
    pub physical: u64,
    /// Virtual address of it in the running kernel.
    pub virtual_address: u64,
    /// Its size, in pages of 4096 bytes.
    pub pages: u64,
    /// EFI's attributes, `EFI_MEMORY_RUNTIME` among them.
    pub attribute: u64,
}
