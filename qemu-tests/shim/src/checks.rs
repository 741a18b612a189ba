//! The expected state after the hand-off.
//!
//! Source: Documentation/arch/x86/boot.rst, "64-bit Boot Protocol", and the state of the CPU at entry.

#![allow(unsafe_code, reason = "reads what the blob left in memory")]

use core::fmt::LowerHex;

use purgatory_abi::EntryRegs;
use zerocopy::transmute;

use crate::call::Control;
use crate::cpu::Entry;
use crate::debugcon::say;
use crate::gdt::{CODE, DATA, TablePointer};
use crate::idt;
use crate::landing::Landed;

/// The expected state of the CPU.
pub(crate) struct Expected {
    /// `entry64_regs`.
    pub(crate) regs: EntryRegs,
    pub(crate) cr0: u64,
    pub(crate) cr3: u64,
    pub(crate) cr4: u64,
    pub(crate) efer: u64,
    /// Nothing where the processor has no XCR0.
    pub(crate) xcr0: Option<u64>,
}

/// RFLAGS: interrupts on, direction down.
pub(crate) const IF: u64 = 1 << 9;
pub(crate) const DF: u64 = 1 << 10;

/// A descriptor without its accessed bit, which the processor sets.
const ACCESSED: u64 = 1 << 40;
/// Base 0, limit 4 GiB, present, ring 0, code, readable, 64-bit.
const FLAT_CODE_64: u64 = 0x00af_9a00_0000_ffff;
/// Base 0, limit 4 GiB, present, ring 0, data, writable.
const FLAT_DATA: u64 = 0x00cf_9200_0000_ffff;
/// Present, and the type of a descriptor.
const TASK_MASK: u64 = 0x9f << 40;
/// Present, 64-bit TSS, busy.
const BUSY_TSS: u64 = 0x8b << 40;

/// The general registers in the order of [`EntryRegs`], whose last one, RIP, is not compared.
const GENERAL: [&str; 16] = [
    "RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI", "R8", "R9", "R10", "R11", "R12", "R13",
    "R14", "R15",
];
/// The segment registers in the order of the landing pads. 64-bit mode needs the first four only.
pub(crate) const SEGMENTS: [&str; 6] = ["CS", "DS", "ES", "SS", "FS", "GS"];

/// Counts and reports deviations from the expected state.
#[derive(Default)]
pub(crate) struct Checks {
    failed: u32,
}

impl Checks {
    /// Whether nothing was wrong.
    pub(crate) fn passed(&self) -> bool {
        self.failed == 0
    }

    /// A check that is no comparison.
    pub(crate) fn require(&mut self, what: &str, holds: bool) {
        if !holds {
            self.failed += 1;
            say!("failed: {what}");
        }
    }

    /// A comparison.
    pub(crate) fn equal<T: PartialEq + LowerHex>(&mut self, what: &str, got: T, expected: T) {
        if got != expected {
            self.failed += 1;
            say!("failed: {what} is {got:#x} and not {expected:#x}");
        }
    }

    /// Compares several values of the same kind.
    pub(crate) fn each<'n, T: PartialEq + LowerHex>(
        &mut self,
        names: impl IntoIterator<Item = &'n str>,
        got: impl IntoIterator<Item = T>,
        expected: impl IntoIterator<Item = T>,
    ) {
        for (name, (got, expected)) in names.into_iter().zip(got.into_iter().zip(expected)) {
            self.equal(name, got, expected);
        }
    }

    /// Compares everything that the landing pad saved.
    pub(crate) fn landed(&mut self, landed: &Landed, expected: &Expected) {
        self.registers(&landed.regs, &expected.regs);
        self.equal("IF and DF", landed.rflags & (IF | DF), 0);
        self.equal("CR0", landed.cr0, expected.cr0);
        self.equal("CR3", landed.cr3, expected.cr3);
        self.equal("CR4", landed.cr4, expected.cr4);
        self.equal("EFER", u64::from(landed.efer), expected.efer);
        self.each(SEGMENTS, landed.segments, [CODE, DATA, DATA, DATA]);
        self.descriptors(landed.gdt, FLAT_CODE_64);
        self.task(landed.gdt, landed.tr);
        let nmi_gate_end = (idt::NMI + 1) * size_of::<idt::Gate>();
        let holds_nmi = usize::from(landed.idt.limit) + 1 >= nmi_gate_end;
        self.require("the IDT has a gate for NMIs", holds_nmi);
    }

    /// Compares XCR0, which can be read only after CR4 was compared.
    pub(crate) fn xcr0(&mut self, got: Option<u64>, expected: Option<u64>) {
        self.equal("XCR0", got.unwrap_or_default(), expected.unwrap_or_default());
    }

    /// Compares the control registers where the crashed kernel continues with those at its exit.
    pub(crate) fn came_back(&mut self, entry: &Entry, control: &Control) {
        self.equal("CR0", control.cr0, entry.cr0);
        self.equal("CR3", control.cr3, entry.cr3);
        self.equal("CR4", control.cr4, entry.cr4);
    }

    fn registers(&mut self, got: &EntryRegs, expected: &EntryRegs) {
        let [got, expected]: [[u64; 17]; 2] = [transmute!(*got), transmute!(*expected)];
        self.each(GENERAL, got, expected);
    }

    /// Compares the two segments of the boot protocol: the code segment of the mode, and flat data.
    pub(crate) fn descriptors(&mut self, gdt: TablePointer, flat_code: u64) {
        for (what, selector, flat) in
            [("0x10 of the GDT", CODE, flat_code), ("0x18 of the GDT", DATA, FLAT_DATA)]
        {
            let found = descriptor(gdt, selector);
            self.require("the GDT has 0x10 and 0x18", found.is_some());
            self.equal(what, found.unwrap_or(flat) & !ACCESSED, flat);
        }
    }

    /// The stacks of the blob's exception handlers are in its TSS.
    fn task(&mut self, gdt: TablePointer, tr: u16) {
        let attributes = descriptor(gdt, tr).map(|low| low & TASK_MASK);
        self.require("TR is the GDT's busy 64-bit TSS", tr != 0 && attributes == Some(BUSY_TSS));
    }
}

/// The descriptor, or the lower half of a longer one, that a selector names in a GDT.
fn descriptor(gdt: TablePointer, selector: u16) -> Option<u64> {
    let end = usize::from(selector) + size_of::<u64>();
    if end > usize::from(gdt.limit) + 1 {
        return None;
    }
    let descriptor = (gdt.base + u64::from(selector)) as *const u64;
    // SAFETY: inside the limit of the GDT that the processor uses.
    Some(unsafe { descriptor.read_unaligned() })
}
