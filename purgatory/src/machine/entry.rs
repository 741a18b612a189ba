//! The first instructions: the assembly that is needed before Rust code can run.

use super::own::{bss_start, bss_words};
use super::single::Single;
use core::arch::naked_asm;
use x86_64::registers::control::{Cr0Flags, Cr4Flags};

/// CR0 and CR4 at entry, to be restored at the hand-off.
pub(super) static CR0_AT_ENTRY: Single<u64> = Single::new(0);
pub(super) static CR4_AT_ENTRY: Single<u64> = Single::new(0);

unsafe extern "C" {
    /// The highest address of our stack (linker script).
    pub(super) safe static stack_end: u8;

    /// The main function of each loader's blob (`src/bin`). The arguments are rdx and rsp at entry: a kernel that wants
    /// to be called back passes values in them.
    fn purgatory_main(rdx: u64, rsp: u64) -> !;
}

/// Prepares what Rust code needs. The purgatory has checked or repaired its code before.
///
/// # Safety
///
/// Never called from Rust: `purgatory_start` jumps here.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn purgatory_setup() -> ! {
    naked_asm!(
        // Rust requires that the direction flag is clear. The kernel clears both flags, but setting them again is
        // cheap.
        "cli",
        "cld",
        // Zero our variables and our stack again: no digest covers them, so they may have changed since the loader
        // zeroed them.
        "lea rdi, [rip + {bss_start}]",
        "mov ecx, offset {bss_words}",
        "xor eax, eax",
        "rep stosq",
        // Some blobs use rdx and rsp as the kernel left them: they are the arguments of purgatory_main.
        "mov rdi, rdx",
        "mov rsi, rsp",
        // From here on our own stack is used.
        "lea rsp, [rip + {stack_end}]",
        // Save CR0, then allow SSE: clear EM and TS, which would make SSE instructions fault.
        "mov rax, cr0",
        "mov [rip + {cr0}], rax",
        "and rax, {no_traps}",
        "mov cr0, rax",
        // Save CR4, then set OSFXSR: without it every SSE instruction is an invalid opcode, and Rust code uses them.
        "mov rax, cr4",
        "mov [rip + {cr4}], rax",
        "or rax, {osfxsr}",
        "mov cr4, rax",
        // The census of the disassembly allows SSE from here on.
        ".globl purgatory_sse_ready",
        "purgatory_sse_ready:",
        // RSP is 16-byte aligned here, as the System V ABI requires before a call.
        "call {main}",
        bss_start = sym bss_start,
        bss_words = sym bss_words,
        stack_end = sym stack_end,
        cr0 = sym CR0_AT_ENTRY,
        cr4 = sym CR4_AT_ENTRY,
        no_traps = const !((Cr0Flags::EMULATE_COPROCESSOR.bits() | Cr0Flags::TASK_SWITCHED.bits()) as i64),
        osfxsr = const Cr4Flags::OSFXSR.bits(),
        main = sym purgatory_main,
    )
}
