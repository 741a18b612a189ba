//! Memory by physical address, through the identity map of the running kernel.

use super::own::own;
use super::probe;
#[cfg(feature = "kexec-tools")]
use crate::hardware::MemoryWriter;
use crate::memory::{Memory, Unmapped};
use purgatory_abi::PAGE;

/// The longest slice that is returned, in bytes.
const LONGEST: u64 = 64 * 1024;

/// All mapped memory of the machine except that of this program.
///
/// The returned slices rely on memory that does not change while they are used. Three writers are left:
///
/// - This program writes its own memory, which is never returned.
/// - `Writer` writes other memory, for the tasks of kexec-tools. Only unsafe code makes one.
/// - A device that the crashed kernel left active may write anywhere. Nothing here can prevent that; it is corruption of
///   memory like any other.
///
/// Only the purgatory for kexec-tools reads the first page: kexec-tools puts multiboot's information at address 0
/// (`kexec/arch/i386/kexec-multiboot-x86.c`). Linux never allocates that page (`arch/x86/kernel/setup.c`,
/// `e820__memory_setup` and `trim_bios_range`).
pub struct Physical;

/// All byte values. A byte read at address 0 is returned from this table.
#[cfg(feature = "kexec-tools")]
static BYTES: [u8; 256] = {
    let mut bytes = [0; 256];
    let mut byte = 0;
    while byte < bytes.len() {
        bytes[byte] = byte as u8;
        byte += 1;
    }
    bytes
};

/// The first address at which a slice can start. No reference can point to address 0.
const FIRST: u64 = if cfg!(feature = "kexec-tools") { 1 } else { PAGE };

/// Whether a slice can contain the byte at `address`.
fn mapped(address: u64) -> bool {
    address >= FIRST && !own().contains(address) && probe::read(address).is_some()
}

impl Memory for Physical {
    fn run(&self, address: u64, max: u64) -> Result<&[u8], Unmapped> {
        if max == 0 {
            return Ok(&[]);
        }
        #[cfg(feature = "kexec-tools")]
        if address == 0 {
            let byte = probe::read(address).ok_or(Unmapped { address })?;
            return Ok(core::slice::from_ref(&BYTES[usize::from(byte)]));
        }
        if !mapped(address) {
            return Err(Unmapped { address });
        }
        // If our image does not start at a page boundary, the start of that page belongs to other data.
        let before_own = own().start.checked_sub(address).unwrap_or(LONGEST);
        let wanted = max.min(LONGEST).min(before_own);
        let mut len = PAGE - address % PAGE;
        // The loop ends at the end of the address space: the byte at address 0 is in no slice.
        while len < wanted && mapped(address.wrapping_add(len)) {
            len += PAGE;
        }
        // SAFETY: every page of the slice is mapped. The slice contains neither address 0 nor memory of this program. No
        // writer changes it, see `Physical`.
        Ok(unsafe { core::slice::from_raw_parts(address as *const u8, len.min(wanted) as usize) })
    }

    fn whole(&self, address: u64, len: u64) -> Result<&[u8], Unmapped> {
        let mut found = 0;
        while found < len {
            let at = address.wrapping_add(found);
            // `run` copies the byte at address 0, which is in no slice.
            if cfg!(feature = "kexec-tools") && at == 0 {
                return Err(Unmapped { address: at });
            }
            found += self.run(at, len - found)?.len() as u64;
        }
        if found == 0 {
            return Ok(&[]);
        }
        // SAFETY: `run` returned every piece of the slice, and none is at address 0.
        Ok(unsafe { core::slice::from_raw_parts(address as *const u8, len as usize) })
    }
}

/// Writes to all memory.
#[cfg(feature = "kexec-tools")]
pub struct Writer(());

#[cfg(feature = "kexec-tools")]
impl Writer {
    /// Returns a writer.
    ///
    /// # Safety
    ///
    /// The code that gets it does not write to memory of the purgatory, nor to memory of which a slice from [`Physical`]
    /// is used later.
    #[must_use]
    pub const unsafe fn new() -> Self {
        Self(())
    }
}

#[cfg(feature = "kexec-tools")]
impl MemoryWriter for Writer {
    fn write(&self, to: u64, bytes: &[u8]) -> Option<()> {
        self.copy(to, bytes.as_ptr() as u64, bytes.len() as u64)
    }

    fn copy(&self, to: u64, from: u64, len: u64) -> Option<()> {
        // SAFETY: the promise of the code that made this writer.
        unsafe { probe::copy(to, from, len) }
    }
}
