//! The expected state where a 32-bit or real-mode image begins.
//!
//! Source: Documentation/arch/x86/boot.rst, "32-bit Boot Protocol", and the state of the CPU at entry.

use purgatory_abi::kexec_tools::{EntryRegs16, EntryRegs32};
use x86_64::registers::control::{Cr0Flags, Cr4Flags, EferFlags};

use super::protected::MARK;
use super::state::State;
use super::{Start, Then, back};
use crate::checks::{Checks, DF, Expected, IF, SEGMENTS};
use crate::gdt::{CODE, DATA, TablePointer};

/// The members of [`State::read`].
const READ: [&str; 6] = [
    "what is read through CS",
    "what is read through DS",
    "what is read through ES",
    "what is read through SS",
    "what is read through FS",
    "what is read through GS",
];
/// The members of [`State::general`].
const GENERAL: [&str; 8] = ["EAX", "EBX", "ECX", "EDX", "ESI", "EDI", "ESP", "EBP"];
/// Base 0, limit 4 GiB, present, ring 0, code, readable, 32-bit.
const FLAT_CODE_32: u64 = 0x00cf_9a00_0000_ffff;
/// The last byte of the firmware's vectors in real mode.
const REAL_MODE_IDT_LIMIT: u16 = 0x3ff;
/// KiB below 640 KiB, of which the firmware keeps a few for itself.
const LOW_MEMORY_KIB: core::ops::RangeInclusive<u32> = 512..=640;

impl Checks {
    /// Compares everything that the landing pad saved.
    pub(crate) fn landed_in_legacy_mode(
        &mut self,
        state: &State,
        start: &Start,
        expected: &Expected,
    ) {
        let mut off = Cr0Flags::PAGING;
        match start {
            Start::Protected(regs, arguments) => self.protected(state, regs, *arguments),
            Start::Real(regs, then) => {
                off |= Cr0Flags::PROTECTED_MODE_ENABLE;
                self.real(state, regs, *then);
            }
        }
        let mce = Cr4Flags::MACHINE_CHECK_EXCEPTION.bits();
        let long_mode = EferFlags::LONG_MODE_ENABLE | EferFlags::LONG_MODE_ACTIVE;
        self.equal("IF and DF", u64::from(state.eflags) & (IF | DF), 0);
        self.equal("CR0", state.cr0.into(), expected.cr0 & !off.bits());
        self.equal("CR4", state.cr4.into(), expected.cr4 & mce);
        self.equal("EFER", state.efer.into(), expected.efer & !long_mode.bits());
    }

    fn protected(&mut self, state: &State, expected: &EntryRegs32, arguments: Option<[u32; 2]>) {
        let EntryRegs32 { eax, ebx, ecx, edx, esi, edi, esp, ebp, .. } = *expected;
        self.each(GENERAL, state.general, [eax, ebx, ecx, edx, esi, edi, esp, ebp]);
        self.each(SEGMENTS, state.segments, [CODE, DATA, DATA, DATA, DATA, DATA]);
        let gdt = TablePointer { limit: state.gdt.limit, base: state.gdt.base.into() };
        self.descriptors(gdt, FLAT_CODE_32);
        self.each(READ, state.read, [MARK; 6]);
        if let Some([at_esp, above]) = arguments {
            self.equal("the word at ESP", state.arguments[0], at_esp);
            self.equal("the word above", state.arguments[1], above);
        }
        self.equal("the code segment that an NMI found", state.nmi_cs, CODE.into());
    }

    fn real(&mut self, state: &State, expected: &EntryRegs16, then: Then) {
        let EntryRegs16 { eax, ebx, ecx, edx, esi, edi, esp, ebp, .. } = *expected;
        let EntryRegs16 { cs, ds, es, ss, fs, gs, .. } = *expected;
        self.each(GENERAL, state.general, [eax, ebx, ecx, edx, esi, edi, esp, ebp]);
        self.each(SEGMENTS, state.segments, [cs, ds, es, ss, fs, gs]);
        self.equal("the base of the IDT", u64::from(state.idt.base), 0);
        self.equal("the limit of the IDT", state.idt.limit, REAL_MODE_IDT_LIMIT);
        self.require("the firmware answers", LOW_MEMORY_KIB.contains(&state.memory_kib));
        if let Then::Debug(_) = then {
            self.equal("IF after pre32", u64::from(state.eflags_after_pre32) & IF, 0);
            self.equal("where first32 led", state.first32_went_to, back::went_on());
        }
    }
}
