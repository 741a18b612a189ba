//! The jump to a blob, and the landing that leads back.

use core::arch::naked_asm;
use std::sync::atomic::AtomicU64;

/// The stack that the landing goes back to.
static STACK: AtomicU64 = AtomicU64::new(0);

/// Calls the code at `entry`. It may return, with rax as the result, or jump to [`landing`] from anywhere, on any
/// stack.
///
/// rdx is 0, as Linux leaves it: nobody wants to be called back (`relocate_kernel_64.S`).
///
/// # Safety
/// Nobody else is in here; what the code does to this process's memory must be sound; it leaves FS and GS, MXCSR and
/// the x87 control word alone.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64" fn enter(entry: u64) -> u64 {
    naked_asm!(
        "push rbx",
        "push rbp",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        // A call leaves the stack 8 bytes short of 16; with six registers and this one it is aligned.
        "push rax",
        "mov [rip + {stack}], rsp",
        "xor edx, edx",
        "call rdi",
        "jmp {land}",
        stack = sym STACK,
        land = sym land,
    )
}

/// Where the next kernel would begin: back behind [`enter`], whatever the registers hold.
///
/// # Safety
/// Never called: only jumped to, by what [`enter`] has called.
#[unsafe(naked)]
unsafe extern "sysv64" fn land() {
    naked_asm!(
        "mov rsp, [rip + {stack}]",
        "cld",
        "pop rcx",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbp",
        "pop rbx",
        "ret",
        stack = sym STACK,
    )
}

/// The address to which a blob jumps when it is done: what its loader calls the entry of the next kernel.
#[must_use]
pub fn landing() -> u64 {
    land as *const () as u64
}
