//! The state that a landing pad saves, and its settings.

#![allow(unsafe_code, reason = "memory at an address that real mode reaches")]

use boot_shim::layout::LEGACY_STATE;
use x86_64::registers::control::{Cr0, Cr3, Cr4, Efer, EferFlags};

use super::{Start, Then};
use crate::gdt;

/// The operand of LGDT in 32-bit code, and the result of SGDT and SIDT there.
#[repr(C, packed)]
#[derive(Clone, Copy, Default)]
pub(crate) struct TablePointer32 {
    pub(crate) limit: u16,
    pub(crate) base: u32,
}

/// The state that the landing pads save, and their settings. It is at [`LEGACY_STATE`].
#[repr(C)]
#[derive(Default)]
pub(crate) struct State {
    /// EAX, EBX, ECX, EDX, ESI, EDI, ESP and EBP.
    pub(super) general: [u32; 8],
    pub(super) eflags: u32,
    pub(super) cr0: u32,
    pub(super) cr4: u32,
    /// EFER, bits 31:0; there are no others.
    pub(super) efer: u32,
    /// CS, DS, ES, SS, FS and GS.
    pub(super) segments: [u16; 6],
    pub(super) idt: TablePointer32,
    pub(super) gdt: TablePointer32,

    /// In 32-bit mode: the value at the stack pointer.
    pub(super) arguments: [u32; 2],
    /// In 32-bit mode: the value that is read back through it.
    pub(super) read: [u32; 6],
    /// In 32-bit mode: the code segment that an NMI left on the stack.
    pub(super) nmi_cs: u32,

    /// In real mode: KiB of memory, as the firmware says.
    pub(super) memory_kib: u32,
    /// In real mode, with `-d`: EFLAGS after the call of `pre32`, and the value of the jump after `first32`.
    pub(super) eflags_after_pre32: u32,
    pub(super) first32_went_to: u32,

    /// Setting: whether the landing pad halts in real mode.
    pub(super) halts: u32,
    /// Setting: [`super::Debug`], or zeros.
    pub(super) pre32: [u16; 2],
    pub(super) first32: u32,
    /// Setting: the shim's own long mode.
    pub(super) shim_cr0: u32,
    pub(super) shim_cr3: u32,
    pub(super) shim_cr4: u32,
    pub(super) shim_efer: u32,
    pub(super) shim_gdt: TablePointer32,
}

/// To be called before the blob is entered, with the shim's own page tables and control registers in use.
pub(crate) fn prepare(start: &Start) {
    let (pre32, first32) = match start {
        Start::Real(_, Then::Debug(debug)) => (debug.pre32, debug.first32),
        Start::Real(..) | Start::Protected(..) => Default::default(),
    };
    let shim_gdt = gdt::pointer();
    let state = State {
        halts: matches!(start, Start::Real(_, Then::Halt)).into(),
        pre32,
        first32,
        shim_cr0: Cr0::read_raw() as u32,
        shim_cr3: Cr3::read().0.start_address().as_u64() as u32,
        shim_cr4: Cr4::read_raw() as u32,
        // LMA follows from paging.
        shim_efer: (Efer::read_raw() & !EferFlags::LONG_MODE_ACTIVE.bits()) as u32,
        shim_gdt: TablePointer32 { limit: shim_gdt.limit, base: shim_gdt.base as u32 },
        ..State::default()
    };
    // SAFETY: layout.rs keeps the page for this, and nothing refers to it yet.
    unsafe { (LEGACY_STATE as *mut State).write(state) };
}
