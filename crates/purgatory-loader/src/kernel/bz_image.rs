//! bzImages.
//!
//! Source: `Documentation/arch/x86/boot.rst`; what is refused is what `bzImage64_probe` of
//! `arch/x86/kernel/kexec-bzimage64.c` and kexec-tools refuse, but that a kernel which has to stay below 4 GiB is taken.

use super::KernelError;
use super::fields::{u16_at, u32_at, u64_at};
use purgatory_abi::boot;
use purgatory_abi::linux::ENTRY_64_OFFSET;

/// The first boot protocol with a 64-bit entry: 2.12.
const FIRST_WITH_64_BIT: u16 = 0x020c;

/// A bzImage with a 64-bit entry, which can be loaded at any aligned address.
#[derive(Clone, Debug)]
pub struct BzImage<'a> {
    setup_header: &'a [u8],
    code: &'a [u8],
    loadflags: u8,
    relocatable: bool,
    alignment: u32,
    preferred: u64,
    memory: u32,
    xloadflags: u16,
    command_line_bytes: u32,
    initrd_max: u32,
}

/// Whether a file calls itself a bzImage.
pub fn is_bz_image(file: &[u8]) -> bool {
    u16_at(file, boot::BOOT_FLAG) == Some(boot::BOOT_FLAG_MAGIC)
        && u32_at(file, boot::HEADER) == Some(boot::HEADER_MAGIC)
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
        if let Some(version) =
            u16_at(file, boot::VERSION).filter(|&found| found < FIRST_WITH_64_BIT)
        {
            return Err(KernelError::TooOld { version });
        }
        let len = file.len() as u64;
        let missing = whole_bytes(file).ok_or(KernelError::NotKernel)?.saturating_sub(len);
        let truncated = KernelError::Truncated { len, missing };
        let kernel = Self::read(file).filter(|_| missing == 0).ok_or(truncated)?;
        kernel.check()?;
        Ok(kernel)
    }

    /// Nothing if the file ends too early.
    fn read(file: &'a [u8]) -> Option<Self> {
        let [jump, loadflags, relocatable] =
            [boot::JUMP_OPERAND, boot::LOADFLAGS, boot::RELOCATABLE_KERNEL].map(|at| file.get(at));
        let end = (boot::HEADER + usize::from(*jump?)).min(boot::SETUP_HEADER_END);
        Some(Self {
            setup_header: file.get(boot::SETUP_SECTS..end)?,
            code: file.get(setup_bytes(file)?..)?,
            loadflags: *loadflags?,
            relocatable: *relocatable? != 0,
            alignment: u32_at(file, boot::KERNEL_ALIGNMENT)?,
            preferred: u64_at(file, boot::PREF_ADDRESS)?,
            memory: u32_at(file, boot::INIT_SIZE)?,
            xloadflags: u16_at(file, boot::XLOADFLAGS)?,
            command_line_bytes: u32_at(file, boot::CMDLINE_SIZE)?,
            initrd_max: u32_at(file, boot::INITRD_ADDR_MAX)?,
        })
    }

    fn check(&self) -> Result<(), KernelError> {
        let end = boot::SETUP_SECTS + self.setup_header.len();
        if end < boot::INIT_SIZE + 4 {
            return Err(KernelError::HeaderShort { end });
        }
        if self.loadflags & boot::LOADED_HIGH == 0 {
            return Err(KernelError::ZImage);
        }
        if self.xloadflags & boot::XLF_KERNEL_64 == 0 {
            return Err(KernelError::No64BitEntry);
        }
        if !self.relocatable {
            return Err(KernelError::NotRelocatable);
        }
        let alignment = self.alignment;
        if !alignment.is_power_of_two() {
            return Err(KernelError::Alignment { alignment });
        }
        let (init_size, code) = (self.memory, self.code.len() as u64);
        if u64::from(init_size) < code {
            return Err(KernelError::InitSize { init_size, code });
        }
        Ok(())
    }

    /// The setup header, which begins at [`boot::SETUP_SECTS`] of the file and of `boot_params`.
    pub fn setup_header(&self) -> &'a [u8] {
        self.setup_header
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
        let field = |offset| u32_at(self.setup_header, offset - boot::SETUP_SECTS).unwrap_or(0);
        let (offset, length) = (field(boot::PAYLOAD_OFFSET), field(boot::PAYLOAD_LENGTH));
        let code = self.code.len() as u64;
        let payload = self.code.get(offset as usize..).and_then(|rest| rest.get(..length as usize));
        payload.ok_or(KernelError::PayloadOutside { offset, length, code })
    }

    /// Bytes of memory that the code needs from its first byte on, until it has a memory map: `init_size`. It is not less
    /// than the code.
    pub fn memory_bytes(&self) -> u32 {
        self.memory
    }

    /// What its address is a multiple of, a power of two: `kernel_alignment`.
    pub fn alignment(&self) -> u32 {
        self.alignment
    }

    /// The physical address that it prefers: `pref_address`. Loaded below, it moves there by itself, whatever is there.
    pub fn preferred_address(&self) -> u64 {
        self.preferred
    }

    /// Whether everything may be above 4 GiB: `XLF_CAN_BE_LOADED_ABOVE_4G`.
    pub fn above_4g(&self) -> bool {
        self.xloadflags & boot::XLF_CAN_BE_LOADED_ABOVE_4G != 0
    }

    /// Whether it can be entered with five-level page tables: `XLF_5LEVEL`.
    pub fn five_level_paging(&self) -> bool {
        self.xloadflags & boot::XLF_5LEVEL != 0
    }

    /// The longest command line in bytes, without its terminating zero: `cmdline_size`.
    pub fn command_line_bytes(&self) -> u32 {
        self.command_line_bytes
    }

    /// The highest physical address that a byte of the initrd may have where nothing may be above 4 GiB:
    /// `initrd_addr_max`.
    pub fn initrd_address_max(&self) -> u32 {
        self.initrd_max
    }
}

/// Bytes of the boot sector and the real-mode code, before the protected-mode code.
fn setup_bytes(file: &[u8]) -> Option<usize> {
    let sectors = match *file.get(boot::SETUP_SECTS)? {
        0 => 4,
        sectors => usize::from(sectors),
    };
    Some((sectors + 1) * boot::SECTOR_BYTES)
}

/// Bytes of the whole file, without a signature behind it.
fn whole_bytes(file: &[u8]) -> Option<u64> {
    let code = u64::from(u32_at(file, boot::SYSSIZE)?) * 16;
    Some(setup_bytes(file)? as u64 + code.max(ENTRY_64_OFFSET + 1))
}
