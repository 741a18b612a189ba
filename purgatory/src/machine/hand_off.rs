//! The last instructions: restore the control registers, load the loader's registers, and jump.

use super::entry::{CR0_AT_ENTRY, CR4_AT_ENTRY};
use super::single::Single;
use crate::key::Key;
use core::arch::naked_asm;
use core::mem::offset_of;
use purgatory_abi::EntryRegs;

/// The target of the jump, in memory because no register is free for it.
static TARGET: Single<u64> = Single::new(0);

/// Starts the target kernel. With a wrong key the jump raises #GP.
///
/// Our GDT, TSS and IDT stay loaded: the target kernel does not require an IDT, and an NMI before it loads its own still
/// finds a handler. A fault at that time is reported too, and resets the machine, as it would without an IDT.
///
/// # Safety
///
/// The registers are the loader's for an image that was verified, or that the failure action starts.
pub(super) unsafe fn hand_off(registers: &EntryRegs, key: Key) -> ! {
    TARGET.write(key.apply(registers.rip));
    // SAFETY: the caller's promise. The control registers have their values at entry, and code, data and stack are
    // mapped under both.
    unsafe { purgatory_hand_off(registers, CR0_AT_ENTRY.read(), CR4_AT_ENTRY.read()) }
}

/// # Safety
///
/// This code must be able to run with these values of `cr0` and `cr4`.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "sysv64" fn purgatory_hand_off(registers: *const EntryRegs, cr0: u64, cr4: u64) -> ! {
    naked_asm!(
        // No SSE instruction from here on: OSFXSR and MCE get their values at entry.
        "mov cr4, rdx",
        "mov cr0, rsi",
        // Every register except the one that points to the table.
        "mov rax, [rdi + {rax}]",
        "mov rcx, [rdi + {rcx}]",
        "mov rdx, [rdi + {rdx}]",
        "mov rbx, [rdi + {rbx}]",
        "mov rsp, [rdi + {rsp}]",
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
        // That register is last.
        "mov rdi, [rdi + {rdi}]",
        "jmp [rip + {target}]",
        rax = const offset_of!(EntryRegs, rax),
        rcx = const offset_of!(EntryRegs, rcx),
        rdx = const offset_of!(EntryRegs, rdx),
        rbx = const offset_of!(EntryRegs, rbx),
        rsp = const offset_of!(EntryRegs, rsp),
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
        target = sym TARGET,
    )
}
