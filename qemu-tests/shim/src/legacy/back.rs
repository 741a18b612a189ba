//! From 32-bit code back to the shim's long mode.

#![allow(unsafe_code, reason = "the way back is assembly")]

use core::arch::naked_asm;
use core::cell::UnsafeCell;
use core::mem::offset_of;

use boot_shim::layout::LEGACY_STATE;

use super::state::State;
use crate::gdt::{CODE, DATA};

const STACK_BYTES: usize = 0x1_0000;

#[repr(C, align(16))]
struct Stack(UnsafeCell<[u8; STACK_BYTES]>);

// SAFETY: only the way back, and the code after it, uses it.
unsafe impl Sync for Stack {}

static STACK: Stack = Stack(UnsafeCell::new([0; STACK_BYTES]));

unsafe extern "C" {
    safe static legacy_went_on: u8;
}

/// Physical address of where the blob's `first32` is to lead on to.
pub(super) fn went_on() -> u32 {
    &raw const legacy_went_on as u32
}

/// Where the landing pad in real mode goes once it has turned protection on: with `-d` by the way of the blob's
/// `first32`.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn from_real_mode() -> ! {
    naked_asm!(
        ".code32",
        "mov eax, {data}",
        "mov ds, eax",
        "mov es, eax",
        "mov ss, eax",
        "mov eax, [{state} + {first32}]",
        "test eax, eax",
        "jz {back}",
        "jmp eax",
        // It jumps here by the way of eax.
        ".globl legacy_went_on",
        "legacy_went_on:",
        "mov [{state} + {first32_went_to}], eax",
        "jmp {back}",
        ".code64",
        data = const DATA,
        state = const LEGACY_STATE,
        back = sym back,
        first32 = const offset_of!(State, first32),
        first32_went_to = const offset_of!(State, first32_went_to),
    )
}

/// Where both landing pads go in the end. Uses no stack before it has its own.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn back() -> ! {
    naked_asm!(
        ".code32",
        "lgdt [{state} + {shim_gdt}]",
        "mov eax, [{state} + {shim_cr4}]",
        "mov cr4, eax",
        "mov eax, [{state} + {shim_cr3}]",
        "mov cr3, eax",
        "mov ecx, 0xc0000080",                      // EFER
        "mov eax, [{state} + {shim_efer}]",
        "xor edx, edx",
        "wrmsr",
        "mov eax, [{state} + {shim_cr0}]",
        "mov cr0, eax",                             // paging on: long mode is active
        ".byte 0xea",                               // far jump: ljmp {code}:legacy_back_64
        ".long legacy_back_64",
        ".word {code}",

        ".code64",
        "legacy_back_64:",
        "mov eax, {data}",
        "mov ds, eax",
        "mov es, eax",
        "mov ss, eax",
        "mov fs, eax",
        "mov gs, eax",
        "lea rsp, [rip + {stack} + {stack_bytes}]",
        "mov edi, {state}",
        "call {landed}",
        "ud2",                                      // it does not return
        data = const DATA,
        code = const CODE,
        state = const LEGACY_STATE,
        stack = sym STACK,
        stack_bytes = const STACK_BYTES,
        landed = sym crate::run::landed_in_legacy_mode,
        shim_gdt = const offset_of!(State, shim_gdt),
        shim_cr0 = const offset_of!(State, shim_cr0),
        shim_cr3 = const offset_of!(State, shim_cr3),
        shim_cr4 = const offset_of!(State, shim_cr4),
        shim_efer = const offset_of!(State, shim_efer),
    )
}
