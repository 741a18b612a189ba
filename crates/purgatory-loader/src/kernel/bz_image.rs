//! bzImages.
//!
//! Source: `Documentation/arch/x86/boot.rst`. The checks are those of `bzImage64_probe` in
//! `arch/x86/kernel/kexec-bzimage64.c` and of kexec-tools, except that a kernel which must be below 4 GiB is accepted.

use super::KernelError;
use core::mem::offset_of;
use purgatory_abi::boot::{
    BOOT_FLAG_MAGIC, BootParams, HEADER_MAGIC, LOADED_HIGH, SECTOR_BYTES, SetupHeader, XLF_5LEVEL,
    XLF_CAN_BE_LOADED_ABOVE_4G, XLF_KERNEL_64,
};
use purgatory_abi::linux::ENTRY_64_OFFSET;
use zerocopy::{FromZeros, IntoBytes};

/// The first boot protocol with a 64-bit entry: 2.12.
const FIRST_WITH_64_BIT: u16 = 0x020c;

/// Offset of the setup header in a bzImage, the same as in `boot_params`.
const SETUP_HEADER: usize = offset_of!(BootParams, hdr);

/// A bzImage with a 64-bit entry, which can be loaded at any aligned address.
#[derive(Clone, Debug)]
pub struct BzImage<'a> {
    header: SetupHeader,
    code: &'a [u8],
}

/// Returns whether a file has the magic of a bzImage.
pub fn is_bz_image(file: &[u8]) -> bool {
    let header = header(file, file.len());
    header.boot_flag == BOOT_FLAG_MAGIC && header.header == HEADER_MAGIC
}

impl<'a> BzImage<'a> {
    /// Parses a bzImage.
    ///
    /// # Errors
    ///
    /// See [`KernelError`].
    pub fn parse(file: &'a [u8]) -> Result<Self, KernelError> {
        if !is_bz_image(file) {
            return Err(KernelError::NotKernel);
        }
        let whole = header(file, file.len());
        let version = whole.version.get();
        let has_version = file.len() >= SETUP_HEADER + offset_of!(SetupHeader, realmode_swtch);
        if has_version && version < FIRST_WITH_64_BIT {
            return Err(KernelError::TooOld { version });
        }
        let len = file.len() as u64;
        let missing = whole_bytes(&whole).saturating_sub(len);
        let code = file.get(setup_bytes(&whole)..).filter(|_| missing == 0);
        let code = code.ok_or(KernelError::Truncated { len, missing })?;
        let magic = SETUP_HEADER + offset_of!(SetupHeader, header);
        let end = magic + usize::from(whole.jump_operand);
        let kernel = Self { header: header(file, end), code };
        kernel.check(end)?;
        Ok(kernel)
    }

    /// Checks the header. `end` is its end, as the header gives it.
    fn check(&self, end: usize) -> Result<(), KernelError> {
        if end < SETUP_HEADER + offset_of!(SetupHeader, handover_offset) {
            return Err(KernelError::HeaderShort { end });
        }
        if self.header.loadflags & LOADED_HIGH == 0 {
            return Err(KernelError::ZImage);
        }
        if !self.has(XLF_KERNEL_64) {
            return Err(KernelError::No64BitEntry);
        }
        if self.header.relocatable_kernel == 0 {
            return Err(KernelError::NotRelocatable);
        }
        let alignment = self.alignment();
        if !alignment.is_power_of_two() {
            return Err(KernelError::Alignment { alignment });
        }
        let (init_size, code) = (self.memory_bytes(), self.code.len() as u64);
        if u64::from(init_size) < code {
            return Err(KernelError::InitSize { init_size, code });
        }
        Ok(())
    }

    fn has(&self, flag: u16) -> bool {
        self.header.xloadflags.get() & flag != 0
    }

    /// Returns the setup header. Bytes after its end are zero.
    pub fn setup_header(&self) -> &SetupHeader {
        &self.header
    }

    /// Returns the protected-mode code: the file after its real-mode code. Its 64-bit entry is at [`ENTRY_64_OFFSET`].
    pub fn code(&self) -> &'a [u8] {
        self.code
    }

    /// Returns the compressed kernel inside the code: `payload_offset` and `payload_length`.
    ///
    /// # Errors
    ///
    /// Returns [`KernelError::PayloadOutside`] if it is not inside the code.
    pub fn payload(&self) -> Result<&'a [u8], KernelError> {
        let (offset, length) = (self.header.payload_offset.get(), self.header.payload_length.get());
        let code = self.code.len() as u64;
        let payload = self.code.get(offset as usize..).and_then(|rest| rest.get(..length as usize));
        payload.ok_or(KernelError::PayloadOutside { offset, length, code })
    }

    /// Returns the bytes of memory that the code needs from its first byte until it has a memory map: `init_size`. It
    /// is not less than the code.
    pub fn memory_bytes(&self) -> u32 {
        self.header.init_size.get()
    }

    /// Returns the alignment of its address, a power of two: `kernel_alignment`.
    pub fn alignment(&self) -> u32 {
        self.header.kernel_alignment.get()
    }

    /// Returns its preferred physical address: `pref_address`. If loaded below, it moves itself there and overwrites
    /// it.
    pub fn preferred_address(&self) -> u64 {
        self.header.pref_address.get()
    }

    /// Returns whether all segments may be above 4 GiB: `XLF_CAN_BE_LOADED_ABOVE_4G`.
    pub fn above_4g(&self) -> bool {
        self.has(XLF_CAN_BE_LOADED_ABOVE_4G)
    }

    /// Returns whether it can be entered with five-level page tables: `XLF_5LEVEL`.
    pub fn five_level_paging(&self) -> bool {
        self.has(XLF_5LEVEL)
    }

    /// Returns the maximum length of the command line in bytes, without its terminating zero: `cmdline_size`.
    pub fn command_line_bytes(&self) -> u32 {
        self.header.cmdline_size.get()
    }

    /// Returns the highest physical address of an initrd byte, if segments must be below 4 GiB:
    /// `initrd_addr_max`.
    pub fn initrd_address_max(&self) -> u32 {
        self.header.initrd_addr_max.get()
    }
}

/// Returns the setup header of a file, up to offset `end`. All bytes after that, or after the end of the file, are
/// zero.
fn header(file: &[u8], end: usize) -> SetupHeader {
    let mut header = SetupHeader::new_zeroed();
    let bytes = file.get(SETUP_HEADER..end.min(file.len())).unwrap_or_default();
    header.as_mut_bytes().iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    header
}

/// Returns the size in bytes of boot sector and real-mode code, before the protected-mode code.
fn setup_bytes(header: &SetupHeader) -> usize {
    let sectors = match header.setup_sects {
        0 => 4,
        sectors => usize::from(sectors),
    };
    (sectors + 1) * SECTOR_BYTES
}

/// Returns the size in bytes of the whole file, without a trailing signature.
fn whole_bytes(header: &SetupHeader) -> u64 {
    let code = u64::from(header.syssize.get()) * 16;
    setup_bytes(header) as u64 + code.max(ENTRY_64_OFFSET + 1)
}
