//! The last instructions of the crashed kernel, which enter the purgatory.
//!
//! Source: `arch/x86/kernel/relocate_kernel_64.S`, `identity_mapped`: all general registers are 0, and the stack
//! pointer is 8 bytes below the end of a page, at a 0.

use crate::ram::{CONTROL_PAGE, Ram, range};
use anyhow::Result;

/// The address of the code.
pub(super) const CODE: u64 = CONTROL_PAGE.start;

/// The end of the stack.
const STACK_END: u64 = CONTROL_PAGE.start + CONTROL_PAGE.len;

/// Writes the code.
pub(super) fn write_code(ram: &mut Ram, purgatory: u64) -> Result<()> {
    // mov esp, STACK_END
    let mut code = vec![0xbc];
    code.extend((STACK_END as u32).to_le_bytes());
    // push 0; push the purgatory's address, which the last instruction pops
    code.extend([0x6a, 0x00, 0x68]);
    code.extend((purgatory as u32).to_le_bytes());
    // xor of each register with itself: rax, rcx, rdx, rbx, rbp, rsi, rdi
    for register in [0, 1, 2, 3, 5, 6, 7] {
        code.extend([0x31, 0xc0 | register << 3 | register]);
    }
    // r8 to r15
    for register in 0..8 {
        code.extend([0x45, 0x31, 0xc0 | register << 3 | register]);
    }
    // ret
    code.push(0xc3);
    let page = ram.bytes(range(CONTROL_PAGE))?;
    page[..code.len()].copy_from_slice(&code);
    Ok(())
}
