//! The x86 boot protocol: the structures by which a loader describes the machine to a kernel.
//!
//! Source: `Documentation/arch/x86/boot.rst` and `zero-page.rst`, which describe the fields;
//! `arch/x86/include/uapi/asm/bootparam.h` and `setup_data.h`, which give the layouts. Every number is little-endian
//! and may be at any address, so the structures can be read from and written to any bytes.
//!
//! | structure | contents |
//! | --- | --- |
//! | [`BootParams`] | the zero page, which `rsi` points to at the kernel's entry |
//! | [`SetupHeader`] | the part of it that a bzImage contains |
//! | [`E820Entry`], [`EfiInfo`] | the memory map, and the state of EFI |
//! | [`SetupData`] | head of one item of the list for contents that the zero page has no room for |
//! | [`EfiMemoryDescriptor`], [`EfiSetupData`] | EFI's memory map and tables |

mod efi;
mod params;
mod setup_data;
mod setup_header;

pub use efi::{
    EFI_MEMORY_DESCRIPTOR_VERSION, EFI64_SIGNATURE, EfiInfo, EfiMemoryDescriptor, EfiSetupData,
};
pub use params::{BootParams, E820_TABLE_ENTRIES, E820Entry};
pub use setup_data::{SETUP_E820_EXT, SETUP_EFI, SETUP_RNG_SEED, SetupData};
pub use setup_header::{
    BOOT_FLAG_MAGIC, HEADER_MAGIC, LOADED_HIGH, SetupHeader, XLF_5LEVEL,
    XLF_CAN_BE_LOADED_ABOVE_4G, XLF_KERNEL_64,
};

/// Size in bytes of [`BootParams`].
pub const BOOT_PARAMS_BYTES: usize = size_of::<BootParams>();

/// The longest command line in bytes, its terminating zero included: `COMMAND_LINE_SIZE` of
/// `arch/x86/include/asm/setup.h`.
pub const COMMAND_LINE_BYTES: usize = 2048;

/// Bytes of a sector, the unit of [`SetupHeader::setup_sects`].
pub const SECTOR_BYTES: usize = 512;
