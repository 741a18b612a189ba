//! The world switch: VMRUN with the registers that the VMCB does not hold.

#![allow(unsafe_code, reason = "VMRUN and the registers around it")]

use core::arch::naked_asm;
use core::mem::offset_of;

use purgatory_abi::EntryRegs;

use super::vmcb::Vmcb;

/// Runs the guest until the next exit. RAX, RSP and RIP of the guest are in `vmcb`, the others in `regs`.
///
/// Interrupts are on for the duration of the guest alone, in the sense that they cause an exit; the global interrupt
/// flag keeps them, and non-maskable ones, out of the host. VMSAVE leaves the guest's task register in `vmcb`.
///
/// # Safety
///
/// The VMCB must describe a guest whose page tables map what it needs, and SVM must be enabled.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn vmrun(vmcb: &mut Vmcb, regs: &mut EntryRegs) {
    naked_asm!(
        "push rbx",
        "push rbp",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "push rsi",                     // regs
        "push rdi",                     // vmcb
        "clgi",
        "sti",
        "mov rax, rdi",
        "mov rdi, rsi",
        "mov rcx, [rdi + {rcx}]",
        "mov rdx, [rdi + {rdx}]",
        "mov rbx, [rdi + {rbx}]",
        "mov rbp, [rdi + {rbp}]",
        "mov rsi, [rdi + {rsi}]",
        "mov r8, [rdi + {r8}]",
        "mov r9, [rdi + {r9}]",
        "mov r10, [rdi + {r10}]",
        "mov r11, [rdi + {r11}]",
        "mov r12, [rdi + {r12}]",
        "mov r13, [rdi + {r13}]",
        "mov r14, [rdi + {r14}]",
        "mov r15, [rdi + {r15}]",
        "mov rdi, [rdi + {rdi}]",
        "vmrun rax",                    // RSP and RAX are the host's again behind it
        "mov rax, [rsp + 8]",           // regs
        "mov [rax + {rcx}], rcx",
        "mov [rax + {rdx}], rdx",
        "mov [rax + {rbx}], rbx",
        "mov [rax + {rbp}], rbp",
        "mov [rax + {rsi}], rsi",
        "mov [rax + {rdi}], rdi",
        "mov [rax + {r8}], r8",
        "mov [rax + {r9}], r9",
        "mov [rax + {r10}], r10",
        "mov [rax + {r11}], r11",
        "mov [rax + {r12}], r12",
        "mov [rax + {r13}], r13",
        "mov [rax + {r14}], r14",
        "mov [rax + {r15}], r15",
        "cli",
        "cld",
        "pop rax",                      // vmcb
        "vmsave rax",
        "pop rsi",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbp",
        "pop rbx",
        "ret",
        rcx = const offset_of!(EntryRegs, rcx),
        rdx = const offset_of!(EntryRegs, rdx),
        rbx = const offset_of!(EntryRegs, rbx),
        rbp = const offset_of!(EntryRegs, rbp),
        rsi = const offset_of!(EntryRegs, rsi),
        rdi = const offset_of!(EntryRegs, rdi),
        r8 = const offset_of!(EntryRegs, r8),
        r9 = const offset_of!(EntryRegs, r9),
        r10 = const offset_of!(EntryRegs, r10),
        r11 = const offset_of!(EntryRegs, r11),
        r12 = const offset_of!(EntryRegs, r12),
        r13 = const offset_of!(EntryRegs, r13),
        r14 = const offset_of!(EntryRegs, r14),
        r15 = const offset_of!(EntryRegs, r15),
    )
}
