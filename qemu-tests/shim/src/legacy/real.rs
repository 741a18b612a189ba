//! The landing pad in real mode: it saves the state of the CPU, and calls the firmware.

#![allow(
    unsafe_code,
    reason = "the landing pad is assembly that is copied to where real mode reaches it"
)]

use core::arch::global_asm;
use core::mem::offset_of;
use core::slice;

use boot_shim::layout::{LEGACY_STATE, REAL_MODE_PART};

use super::back::from_real_mode;
use super::state::State;
use crate::registers::offsets;

/// Selector of flat 32-bit code in the shim's GDT (`gdt.rs`).
const CODE_32: u16 = 0x08;

unsafe extern "C" {
    safe static real_mode_landing: u8;
    safe static real_mode_landing_end: u8;
}

/// The landing pad. It runs wherever it is copied to, in a code segment that begins with the real-mode part.
pub(crate) fn code() -> &'static [u8] {
    let start = &raw const real_mode_landing;
    let end = &raw const real_mode_landing_end;
    // SAFETY: both lie in the shim's code, which nothing writes to.
    unsafe { slice::from_raw_parts(start, end as usize - start as usize) }
}

global_asm!(
    // AT&T syntax: in the other one the assembler takes no operand size for far pointers.
    ".pushsection .text.real_mode, \"ax\"",
    ".code16",
    "real_mode_landing:",
    // Nothing is changed before it is saved, and only CS is known.
    offsets!("eax,ebx,ecx,edx,esi,edi,esp,ebp", 4, "{general}"),
    ".irp r, eax,ebx,ecx,edx,esi,edi,esp,ebp",
    "movl %\\r, %cs:{state} + .Lat_\\r",
    ".endr",
    offsets!("cs,ds,es,ss,fs,gs", 2, "{segments}"),
    ".irp r, cs,ds,es,ss,fs,gs",
    "movw %\\r, %cs:{state} + .Lat_\\r",
    ".endr",
    "pushfl",
    "popl %cs:{state} + {eflags}",
    "cld",
    "movl %cr0, %eax",
    "movl %eax, %cs:{state} + {cr0}",
    "movl %cr4, %eax",
    "movl %eax, %cs:{state} + {cr4}",
    "movl $0xc0000080, %ecx",                       // EFER
    "rdmsr",
    "movl %eax, %cs:{state} + {efer}",
    "sidtl %cs:{state} + {idt}",

    "cmpl $0, %cs:{state} + {halts}",
    "je 2f",
    "cli",
    "1: hlt",
    "jmp 1b",

    // How much memory is there, KiB below 1 MiB?
    "2:",
    "movzwl %sp, %esp",
    "xorl %eax, %eax",
    "int $0x12",
    "movl %eax, %cs:{state} + {memory_kib}",

    // As a kernel's real-mode part does with -d, before it leaves real mode.
    "cmpl $0, %cs:{state} + {pre32}",
    "je 3f",
    "sti",
    "lcallw *%cs:{state} + {pre32}",
    "pushfl",
    "popl %cs:{state} + {eflags_after_pre32}",
    "3:",
    "cli",
    "lgdtl %cs:{state} + {shim_gdt}",
    "movl %cr0, %eax",
    "orb $1, %al",                                  // protection on
    "movl %eax, %cr0",
    "ljmpl ${code_32}, ${from_real_mode}",
    "real_mode_landing_end:",
    ".code64",
    ".popsection",
    // From where CS begins.
    state = const LEGACY_STATE - REAL_MODE_PART.start,
    code_32 = const CODE_32,
    from_real_mode = sym from_real_mode,
    general = const offset_of!(State, general),
    segments = const offset_of!(State, segments),
    eflags = const offset_of!(State, eflags),
    cr0 = const offset_of!(State, cr0),
    cr4 = const offset_of!(State, cr4),
    efer = const offset_of!(State, efer),
    idt = const offset_of!(State, idt),
    memory_kib = const offset_of!(State, memory_kib),
    halts = const offset_of!(State, halts),
    pre32 = const offset_of!(State, pre32),
    eflags_after_pre32 = const offset_of!(State, eflags_after_pre32),
    shim_gdt = const offset_of!(State, shim_gdt),
    options(att_syntax),
);
