//! The call with which a kernel that wants to go on afterwards enters its purgatory, and the way back.
//!
//! Source: `identity_mapped` of `arch/x86/kernel/relocate_kernel_64.S`: with KEXEC_PRESERVE_CONTEXT the purgatory is
//! called, with its own entry in rdx. An image that returns may have changed the stack and the page tables.

#![allow(unsafe_code, reason = "the way in and the way back are assembly")]

use core::arch::naked_asm;
use core::mem::offset_of;
use core::sync::atomic::AtomicU64;

use crate::cpu::{CR0_TS, CR4_SSE, Entry, enter};
use crate::landing;
use crate::registers::{pop_callee_saved, push_callee_saved};

/// Control registers, on the way there or on the way back.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct Control {
    pub(crate) cr0: u64,
    pub(crate) cr3: u64,
    pub(crate) cr4: u64,
}

/// The stack pointer of [`call`].
static STACK: AtomicU64 = AtomicU64::new(0);

/// Enters the purgatory as [`enter`] does, and returns when somebody jumps to [`came_back`]. What the control registers
/// then held is written to `came_back_with`.
///
/// # Safety
///
/// As for [`enter`].
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn call(entry: &Entry, came_back_with: &mut Control) {
    naked_asm!(
        push_callee_saved!(),
        "push rsi",                             // came_back_with
        "mov [rip + {stack}], rsp",
        "jmp {enter}",
        stack = sym STACK,
        enter = sym enter,
    )
}

/// Where the crashed kernel is called back.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn came_back() {
    naked_asm!(
        "cld",
        "mov rdx, cr3",
        "mov rax, [rip + {shim_cr3}]",
        "mov cr3, rax",
        "mov rsp, [rip + {stack}]",
        "pop rsi",
        "mov [rsi + {cr3}], rdx",
        "mov rax, cr0",
        "mov [rsi + {cr0}], rax",
        "and rax, {not_ts}",
        "mov cr0, rax",
        "mov rax, cr4",
        "mov [rsi + {cr4}], rax",
        "or rax, {sse}",
        "mov cr4, rax",
        pop_callee_saved!(),
        "ret",
        stack = sym STACK,
        shim_cr3 = sym landing::SHIM_CR3,
        cr0 = const offset_of!(Control, cr0),
        cr3 = const offset_of!(Control, cr3),
        cr4 = const offset_of!(Control, cr4),
        not_ts = const !(CR0_TS as i64),
        sse = const CR4_SSE,
    )
}

/// Jumps to the address that the blob gives for calling back, with its control registers and no stack.
///
/// # Safety
///
/// The page tables must map the code at the address, and that code must need nothing else.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn back(with: &Control, to: u64) -> ! {
    naked_asm!(
        "mov rax, [rdi + {cr4}]",
        "mov rcx, [rdi + {cr0}]",
        "mov rdx, [rdi + {cr3}]",
        "mov cr4, rax",                         // no SSE from here on
        "mov cr0, rcx",
        "mov cr3, rdx",
        "xor esp, esp",
        "jmp rsi",
        cr0 = const offset_of!(Control, cr0),
        cr3 = const offset_of!(Control, cr3),
        cr4 = const offset_of!(Control, cr4),
    )
}
