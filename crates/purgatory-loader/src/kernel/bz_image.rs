//! bzImages.
//!
//! Source: `Documentation/arch/x86/boot.rst`; what is refused is what `bzImage64_probe` of
//! `arch/x86/kernel/kexec-bzimage64.c` and kexec-tools refuse, but that a kernel which has to stay below 4 GiB is taken.

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

/// Offset of the setup header in a bzImage, which is that in `boot_params`.
const SETUP_HEADER: usize = offset_of!(BootParams, hdr);

/// A bzImage with a 64-bit entry, which can be loaded at any aligned address.
#[derive(Clone, Debug)]
pub struct BzImage<'a> {
    header: SetupHeader,
    code: &'a [u8],
}

/// Whether a file calls itself a bzImage.
pub fn is_bz_image(file: &[u8]) -> bool {
    let header = header(file, file.len());
    header.boot_flag == BOOT_FLAG_MAGIC && header.header == HEADER_MAGIC
}

impl<'a> BzImage<'a> {
    /// Reads a bzImage.
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

    /// `end` is where the header says that it ends.
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

    /// The setup header. Bytes after its end are zero.
    pub fn setup_header(&self) -> &SetupHeader {
        &self.header
    }

    /// The protected-mode code: the file from behind its real-mode code on. Its 64-bit entry is at [`ENTRY_64_OFFSET`].
    pub fn code(&self) -> &'a [u8] {
        self.code
    }

    /// The compressed kernel inside the code: `payload_offset` and `payload_length`.
    ///
    /// # Errors
    ///
    /// [`KernelError::PayloadOutside`].
    pub fn payload(&self) -> Result<&'a [u8], KernelError> {
        let (offset, length) = (self.header.payload_offset.get(), self.header.payload_length.get());
        let code = self.code.len() as u64;
        let payload = self.code.get(offset as usize..).and_then(|rest| rest.get(..length as usize));
        payload.ok_or(KernelError::PayloadOutside { offset, length, code })
    }

    /// Bytes of memory that the code needs from its first byte on, until it has a memory map: `init_size`. It is not less
    /// than the code.
    pub fn memory_bytes(&self) -> u32 {
        self.header.init_size.get()
    }

    /// What its address is a multiple of, a power of two: `kernel_alignment`.
    pub fn alignment(&self) -> u32 {
        self.header.kernel_alignment.get()
    }

    /// The physical address that it prefers: `pref_address`. Loaded below, it moves there by itself, whatever is there.
    pub fn preferred_address(&self) -> u64 {
        self.header.pref_address.get()
    }

    /// Whether everything may be above 4 GiB: `XLF_CAN_BE_LOADED_ABOVE_4G`.
    pub fn above_4g(&self) -> bool {
        self.has(XLF_CAN_BE_LOADED_ABOVE_4G)
    }

    /// Whether it can be entered with five-level page tables: `XLF_5LEVEL`.
    pub fn five_level_paging(&self) -> bool {
        self.has(XLF_5LEVEL)
    }

    /// The longest command line in bytes, without its terminating zero: `cmdline_size`.
    pub fn command_line_bytes(&self) -> u32 {
        self.header.cmdline_size.get()
    }

    /// The highest physical address that a byte of the initrd may have where nothing may be above 4 GiB:
    /// `initrd_addr_max`.
    pub fn initrd_address_max(&self) -> u32 {
        self.header.initrd_addr_max.get()
    }
}

/// The setup header of a file, up to offset `end`; zeros after that and after the end of the file.
fn header(file: &[u8], end: usize) -> SetupHeader {
    let mut header = SetupHeader::new_zeroed();
    let bytes = file.get(SETUP_HEADER..end.min(file.len())).unwrap_or_default();
    header.as_mut_bytes().iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    header
}

/// Bytes of the boot sector and the real-mode code, before the protected-mode code.
fn setup_bytes(header: &SetupHeader) -> usize {
    let sectors = match header.setup_sects {
        0 => 4,
        sectors => usize::from(sectors),
    };
    (sectors + 1) * SECTOR_BYTES
}

/// Bytes of the whole file, without a signature behind it.
fn whole_bytes(header: &SetupHeader) -> u64 {
    let code = u64::from(header.syssize.get()) * 16;
    setup_bytes(header) as u64 + code.max(ENTRY_64_OFFSET + 1)
}
