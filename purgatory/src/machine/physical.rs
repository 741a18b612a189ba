//! Memory by its physical address, through the old kernel's identity map.

use super::own::own;
use super::probe;
use crate::memory::{Memory, Unmapped};
use purgatory_abi::PAGE;

/// The longest run that is given out, in bytes.
const LONGEST: u64 = 64 * 1024;

/// The machine's memory, all of it that is mapped, less that of this program. The first page is there for kexec-tools
/// alone, which puts multiboot's information at address 0 (`kexec/arch/i386/kexec-multiboot-x86.c`): Linux never gives
/// it away (`arch/x86/kernel/setup.c`, `e820__memory_setup` and `trim_bios_range`).
pub struct Physical;

/// Each byte there is: no reference can point to address 0, so what is read there is given out from here.
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

/// Whether the byte at `address` can be given out.
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
        // An image that does not start with a page has the rest of that page before it, which is not its own.
        let before_own = own().start.checked_sub(address).unwrap_or(LONGEST);
        let wanted = max.min(LONGEST).min(before_own);
        let mut len = PAGE - address % PAGE;
        while len < wanted && mapped(address.wrapping_add(len)) {
            len += PAGE;
        }
        // SAFETY: every page of the run is mapped, it does not start at address 0, and nobody writes it: nothing but this
        // program runs, and it writes its own memory alone, which is not given out.
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
        // SAFETY: every page of it is mapped, as has just been seen, and nobody writes it, see `run`. It does not start at
        // address 0: where that page is given out at all, it is byte by byte, and only kexec-tools' purgatory has it.
        Ok(unsafe { core::slice::from_raw_parts(address as *const u8, len as usize) })
    }
}
