//! Memory by physical address, through the identity map of the running kernel.

use super::own::own;
use super::probe;
use crate::memory::{Memory, Unmapped};
use purgatory_abi::PAGE;

/// The longest slice that is returned, in bytes.
const LONGEST: u64 = 64 * 1024;

/// All mapped memory of the machine except that of this program.
///
/// Only the purgatory for kexec-tools reads the first page: kexec-tools puts multiboot's information at address 0
/// (`kexec/arch/i386/kexec-multiboot-x86.c`). Linux never allocates that page (`arch/x86/kernel/setup.c`,
/// `e820__memory_setup` and `trim_bios_range`).
pub struct Physical;

/// All byte values. No reference can point to address 0, so a byte read there is returned from this table.
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

/// Whether the byte at `address` can be returned.
fn mapped(address: u64) -> bool {
    let given = cfg!(feature = "kexec-tools") || address >= PAGE;
    given && !own().contains(address) && probe::read(address).is_some()
}

impl Memory for Physical {
    fn run(&self, address: u64, max: u64) -> Result<&[u8], Unmapped> {
        if max == 0 {
            return Ok(&[]);
        }
        if !mapped(address) {
            return Err(Unmapped { address });
        }
        #[cfg(feature = "kexec-tools")]
        if address == 0 {
            let byte = probe::read(address).ok_or(Unmapped { address })?;
            return Ok(core::slice::from_ref(&BYTES[usize::from(byte)]));
        }
        // If our image does not start at a page boundary, the start of that page belongs to other data.
        let before_own = own().start.checked_sub(address).unwrap_or(LONGEST);
        let wanted = max.min(LONGEST).min(before_own);
        let mut len = PAGE - address % PAGE;
        while len < wanted && mapped(address.wrapping_add(len)) {
            len += PAGE;
        }
        // SAFETY: every page of the slice is mapped, and the slice does not start at address 0. The memory does not
        // change: only this program runs, and it writes only its own memory, which is not returned.
        Ok(unsafe { core::slice::from_raw_parts(address as *const u8, len.min(wanted) as usize) })
    }

    fn whole(&self, address: u64, len: u64) -> Result<&[u8], Unmapped> {
        let mut found = 0;
        while found < len {
            found += self.run(address.wrapping_add(found), len - found)?.len() as u64;
        }
        if found == 0 {
            return Ok(&[]);
        }
        // SAFETY: every page is mapped, as just checked, and does not change, see `run`. The slice does not start at
        // address 0: only the purgatory for kexec-tools reads that page, and it reads address 0 as a single byte.
        Ok(unsafe { core::slice::from_raw_parts(address as *const u8, len as usize) })
    }
}
