//! The first instructions: as little assembly as gets us to Rust.

use super::own::{bss_start, image_end};
use super::single::Single;
use core::arch::naked_asm;
use x86_64::registers::control::{Cr0Flags, Cr4Flags};

/// CR0 and CR4 as the old kernel left them, to be given back.
pub(super) static CR0_AT_ENTRY: Single<u64> = Single::new(0);
pub(super) static CR4_AT_ENTRY: Single<u64> = Single::new(0);

unsafe extern "C" {
    /// The highest address of our stack (linker script).
    pub(super) safe static stack_end: u8;

    /// What the blob of each loader does, loader tables first (`src/bin`). The arguments are rdx and rsp as the old kernel
    /// left them: what a kernel that wants to be called back says that with.
    fn purgatory_main(rdx: u64, rsp: u64) -> !;
}

/// Where the old kernel jumps to.
///
/// # Safety
///
/// Never called: the loader's `e_entry` leads here.
#[unsafe(naked)]
#[unsafe(no_mangle)]
#[unsafe(link_section = ".text.purgatory_start")]
unsafe extern "C" fn purgatory_start() -> ! {
    naked_asm!(
        // Rust wants the direction flag clear; the old kernel promises both, but costs nothing to distrust.
        "cli",
        "cld",
        // The loader zeroed our variables and our stack, which no digest covers: what has happened to them since is undone.
        "lea rdi, [rip + {bss_start}]",
        "lea rcx, [rip + {bss_end}]",
        "sub rcx, rdi",
        // In words of eight bytes: both ends are multiples of sixteen.
        "shr rcx, {word_bits}",
        "xor eax, eax",
        "rep stosq",
        // Two registers of the old kernel's mean something to some loaders: they are purgatory_main's arguments.
        "mov rdi, rdx",
        "mov rsi, rsp",
        // From here on nothing depends on where the old kernel left its stack.
        "lea rsp, [rip + {stack_end}]",
        // Remember CR0; SSE must neither be emulated nor trap.
        "mov rax, cr0",
        "mov [rip + {cr0}], rax",
        "and rax, {no_traps}",
        "mov cr0, rax",
        // Remember CR4; without OSFXSR every SSE instruction is an invalid opcode, and Rust uses them freely.
        "mov rax, cr4",
        "mov [rip + {cr4}], rax",
        "or rax, {osfxsr}",
        "mov cr4, rax",
        // The census of the disassembly begins to allow SSE here.
        ".globl purgatory_sse_ready",
        "purgatory_sse_ready:",
        // The stack is 16-byte aligned, as a call leaves it to no one else.
        "call {main}",
        bss_start = sym bss_start,
        bss_end = sym image_end,
        word_bits = const size_of::<u64>().ilog2(),
        stack_end = sym stack_end,
        cr0 = sym CR0_AT_ENTRY,
        cr4 = sym CR4_AT_ENTRY,
        no_traps = const !((Cr0Flags::EMULATE_COPROCESSOR.bits() | Cr0Flags::TASK_SWITCHED.bits()) as i64),
        osfxsr = const Cr4Flags::OSFXSR.bits(),
        main = sym purgatory_main,
    )
}
