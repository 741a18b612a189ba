//! The shim's own GDT.
//!
//! The selectors are those that Linux hands over with: 0x10 is 64-bit code, 0x18 is data. 0x08 is 32-bit code, as in
//! the GDT that Linux 6.16 leaves.

#![allow(unsafe_code, reason = "loads segment registers")]

use core::arch::asm;

/// Selector of the 64-bit code segment.
pub(crate) const CODE: u16 = 0x10;
/// Selector of the data segment.
pub(crate) const DATA: u16 = 0x18;

/// The descriptors: flat, present, ring 0, accessed.
#[repr(C, align(8))]
pub(crate) struct Gdt([u64; 4]);

static GDT: Gdt = Gdt([0, 0x00cf_9b00_0000_ffff, 0x00af_9b00_0000_ffff, 0x00cf_9300_0000_ffff]);

/// The operand of LGDT and LIDT, and the result of SGDT and SIDT.
#[repr(C, packed)]
#[derive(Clone, Copy, Default)]
pub(crate) struct TablePointer {
    pub(crate) limit: u16,
    pub(crate) base: u64,
}

/// A [`TablePointer`] whose base is a link-time address.
#[repr(C, packed)]
pub(crate) struct GdtPointer {
    limit: u16,
    base: &'static Gdt,
}

/// For LGDT.
pub(crate) static POINTER: GdtPointer =
    GdtPointer { limit: (size_of::<Gdt>() - 1) as u16, base: &GDT };

/// The GDT as Linux 6.16 leaves it.
pub(crate) fn pointer() -> TablePointer {
    TablePointer { limit: POINTER.limit, base: &raw const GDT as u64 }
}

/// Loads the shim's GDT and every segment register from it.
pub(crate) fn load() {
    // SAFETY: the GDT is static and its segments are flat, as those in use are; the far return goes to the next line.
    unsafe {
        asm!(
            "lgdt [{pointer}]",
            "push {code}",
            "lea {scratch}, [rip + 2f]",
            "push {scratch}",
            "retfq",
            "2:",
            "mov ds, {data:e}",
            "mov es, {data:e}",
            "mov ss, {data:e}",
            pointer = in(reg) &raw const POINTER,
            code = const CODE,
            data = in(reg) u32::from(DATA),
            scratch = out(reg) _,
        );
    }
}
