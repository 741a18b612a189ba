//! The landing pad in 32-bit protected mode: it saves the state of the CPU and tests its segments and its stack.

#![allow(unsafe_code, reason = "the landing pad is assembly")]

use core::arch::naked_asm;
use core::mem::offset_of;

use boot_shim::layout::LEGACY_STATE;

use super::back::back;
use super::state::State;
use crate::lapic::{BASE, COMMAND, NMI_TO_SELF};
use crate::registers::offsets;

/// The value that is read through every segment. It is above 1 MiB, like all of the shim.
pub(super) const MARK: u32 = 0x3232_abcd;
/// The room that an image may use on its stack without a check, in doublewords.
const PUSHES: u32 = 256;

/// `jmp rel32` from `entry` to the landing pad: it changes no register.
pub(crate) fn jump_from(entry: u64) -> [u8; 5] {
    let mut code = [0xe9, 0, 0, 0, 0];
    let behind = entry + code.len() as u64;
    let distance = (landing as *const () as u64).wrapping_sub(behind) as u32;
    code[1..].copy_from_slice(&distance.to_le_bytes());
    code
}

/// The landing pad. Changes no register before it is saved.
#[unsafe(naked)]
unsafe extern "C" fn landing() -> ! {
    naked_asm!(
        ".code32",
        offsets!("eax,ebx,ecx,edx,esi,edi,esp,ebp", 4, "{general}"),
        ".irp r, eax,ebx,ecx,edx,esi,edi,esp,ebp",
        "mov [{state} + .Lat_\\r], \\r",
        ".endr",
        offsets!("cs,ds,es,ss,fs,gs", 2, "{segments}"),
        ".irp r, cs,ds,es,ss,fs,gs",
        "mov word ptr [{state} + .Lat_\\r], \\r",
        ".endr",
        "mov eax, cr0",
        "mov [{state} + {cr0}], eax",
        "mov eax, cr4",
        "mov [{state} + {cr4}], eax",
        "mov ecx, 0xc0000080",                      // EFER
        "rdmsr",
        "mov [{state} + {efer}], eax",
        "sgdt [{state} + {gdt}]",
        "sidt [{state} + {idt}]",
        "mov eax, [esp]",
        "mov [{state} + {arguments}], eax",
        "mov eax, [esp + 4]",
        "mov [{state} + {arguments} + 4], eax",
        "pushfd",
        "pop dword ptr [{state} + {eflags}]",
        "cld",

        // Through every segment.
        offsets!("cs,ds,es,ss,fs,gs", 4, "{read}"),
        ".irp r, cs,ds,es,ss,fs,gs",
        "mov eax, \\r:[protected_mode_mark]",
        "mov [{state} + .Lat_\\r], eax",
        ".endr",

        // Some space on the stack: data that the blob still uses must not be there.
        "mov ecx, {pushes}",
        "2:",
        "push 0",
        "dec ecx",
        "jnz 2b",
        "add esp, {pushes} * 4",
        "mov eax, ds",
        "mov ds, eax",

        // An NMI to oneself comes in some turns of a loop, as in lapic.rs. It leaves EFLAGS, CS and EIP on the stack.
        "mov dword ptr [{lapic_command}], {nmi_to_self}",
        "mov ecx, 10000",
        "3:",
        "pause",
        "dec ecx",
        "jnz 3b",
        "mov eax, [esp - 8]",
        "mov [{state} + {nmi_cs}], eax",
        "jmp {back}",
        "protected_mode_mark: .long {mark}",
        ".code64",
        back = sym back,
        state = const LEGACY_STATE,
        mark = const MARK,
        pushes = const PUSHES,
        lapic_command = const BASE + COMMAND,
        nmi_to_self = const NMI_TO_SELF,
        general = const offset_of!(State, general),
        segments = const offset_of!(State, segments),
        cr0 = const offset_of!(State, cr0),
        cr4 = const offset_of!(State, cr4),
        efer = const offset_of!(State, efer),
        gdt = const offset_of!(State, gdt),
        idt = const offset_of!(State, idt),
        arguments = const offset_of!(State, arguments),
        eflags = const offset_of!(State, eflags),
        read = const offset_of!(State, read),
        nmi_cs = const offset_of!(State, nmi_cs),
    )
}
