//! The jump to a blob, and the landing that leads back.

use core::arch::naked_asm;
use std::sync::atomic::AtomicU64;

/// The stack pointer that the landing restores.
static STACK: AtomicU64 = AtomicU64::new(0);

/// Calls the code at `entry`. It may return, with rax as the result, or jump to [`landing`] from anywhere, on any
/// stack.
///
/// rdx is 0, as Linux sets it for a kernel that does not return (`relocate_kernel_64.S`).
///
/// # Safety
/// Only one thread may be in this function. The code must access this process's memory soundly, and must not change FS,
/// GS, MXCSR and the x87 control word.
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

/// The landing: returns from [`enter`], with any register values.
///
/// # Safety
/// Must not be called. Only code that [`enter`] has called may jump to it.
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

/// Returns the address of the landing, to which a handler leads if it ends the run.
#[must_use]
pub fn landing() -> u64 {
    land as *const () as u64
}
