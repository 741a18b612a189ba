//! The world switch: VMRUN with the registers that the VMCB does not hold.

#![allow(unsafe_code, reason = "VMRUN and the registers around it")]

use core::arch::naked_asm;

use purgatory_abi::EntryRegs;

use super::vmcb::Vmcb;
use crate::registers::{entry_regs, pop_callee_saved, push_callee_saved};

/// Runs the guest until the next exit. RAX, RSP and RIP of the guest are in `vmcb`, the others in `regs`.
///
/// Interrupts are on only while the guest runs, where they cause an exit; the global interrupt
/// flag keeps them, and non-maskable ones, out of the host. VMSAVE leaves the guest's task register in `vmcb`.
///
/// # Safety
///
/// The VMCB must describe a guest whose page tables map its code and data, and SVM must be enabled.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn vmrun(vmcb: &mut Vmcb, regs: &mut EntryRegs) {
    naked_asm!(
        entry_regs!(),
        push_callee_saved!(),
        "push rsi", // regs
        "push rdi", // vmcb
        "clgi",
        "sti",
        "mov rax, rdi",
        "mov rdi, rsi",
        ".irp r, rcx,rdx,rbx,rbp,rsi,r8,r9,r10,r11,r12,r13,r14,r15,rdi",
        "mov \\r, [rdi + .Lat_\\r]",
        ".endr",
        "vmrun rax",          // RSP and RAX are the host's again after it
        "mov rax, [rsp + 8]", // regs
        ".irp r, rcx,rdx,rbx,rbp,rsi,rdi,r8,r9,r10,r11,r12,r13,r14,r15",
        "mov [rax + .Lat_\\r], \\r",
        ".endr",
        "cli",
        "cld",
        "pop rax", // vmcb
        "vmsave rax",
        "pop rsi",
        pop_callee_saved!(),
        "ret",
    )
}
