//! An exception, delivered through the blob's own tables.
//!
//! Source: Intel SDM volume 3, chapter 6 (64-bit mode), sections "64-Bit Mode IDT", "Stack Switching" and "Interrupt
//! Stack Table"; chapter 8 for the TSS.

use super::{Memory, Processor, RSP, Registers, Step, Table};

/// #UD.
const INVALID_OPCODE: u8 = 6;
/// #DF.
const DOUBLE_FAULT: u8 = 8;
/// #GP.
const GENERAL_PROTECTION: u8 = 13;
/// #PF.
const PAGE_FAULT: u8 = 14;
/// Vectors whose exceptions push an error code: #DF, #TS, #NP, #SS, #GP, #PF, #AC.
const WITH_ERROR_CODE: [u8; 7] = [8, 10, 11, 12, 13, 14, 17];
/// Bit of a page fault's error code: user mode, which the blob does not run in.
const USER: u64 = 1 << 2;
/// Bytes of a gate.
const GATE: u64 = 16;
/// Offset of the first interrupt stack in a TSS.
const FIRST_STACK: u64 = 36;

/// An exception, as the operating system reports it to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exception {
    vector: u8,
    error_code: u64,
    /// The accessed address of a page fault.
    address: u64,
}

impl Exception {
    /// Creates the exception `vector`. `error_code` is ignored for vectors without one, and `address` for all vectors
    /// except page faults.
    #[must_use]
    pub const fn new(vector: u8, error_code: u64, address: u64) -> Self {
        Self { vector, error_code, address }
    }

    /// The invalid opcode.
    pub const INVALID_OPCODE: Self = Self::new(INVALID_OPCODE, 0, 0);

    /// General protection, without a selector.
    pub(super) const GENERAL_PROTECTION: Self = Self::new(GENERAL_PROTECTION, 0, 0);

    /// Bit of a page fault's error code: the access was a write.
    pub(super) const WRITE: u64 = 1 << 1;

    /// Bit of a page fault's error code: the access was an instruction fetch.
    const FETCH: u64 = 1 << 4;

    /// A page fault at `address`.
    pub(super) const fn page_fault(error_code: u64, address: u64) -> Self {
        Self::new(PAGE_FAULT, error_code, address)
    }

    /// Reports whether it is #GP, which an instruction of ring 0 raises in a process.
    #[must_use]
    pub const fn is_general_protection(self) -> bool {
        self.vector == GENERAL_PROTECTION
    }

    /// Reports whether it is a page fault of an instruction fetch.
    #[must_use]
    pub const fn is_fetch(self) -> bool {
        self.vector == PAGE_FAULT && self.error_code & Self::FETCH != 0
    }
}

impl Processor {
    /// Delivers an exception of the instruction at rip to the blob's handler. A page fault sets CR2.
    ///
    /// If the handler cannot be entered, a double fault is delivered instead, and if that is impossible too, the
    /// machine is reset.
    pub fn raise(
        &mut self,
        exception: Exception,
        registers: &mut Registers,
        memory: &mut Memory<'_>,
    ) -> Step {
        let double_fault = Exception::new(DOUBLE_FAULT, 0, 0);
        for exception in [exception, double_fault] {
            if self.deliver(exception, registers, memory).is_ok() {
                return Step::GoOn;
            }
        }
        Step::TripleFault(exception.vector)
    }

    /// Enters the handler. Returns the exception that prevents it.
    fn deliver(
        &mut self,
        exception: Exception,
        registers: &mut Registers,
        memory: &mut Memory<'_>,
    ) -> Result<(), Exception> {
        let Exception { vector, error_code, address } = exception;
        if vector == PAGE_FAULT {
            self.cr2 = address;
        }
        let error_code = WITH_ERROR_CODE.contains(&vector).then_some(error_code & !USER);
        let gate = self.gate(vector, memory)?;
        let general = &mut registers.general;
        let mut stack = match gate.stack {
            0 => general[RSP],
            index => self.stack(index, memory)?,
        } & !0xf;
        let frame = [self.ss.into(), general[RSP], registers.rflags, self.cs.into(), registers.rip];
        for word in frame.into_iter().chain(error_code) {
            stack = stack.wrapping_sub(8);
            memory.write(stack, word)?;
        }
        general[RSP] = stack;
        registers.rip = gate.handler;
        Ok(())
    }

    fn gate(&self, vector: u8, memory: &Memory<'_>) -> Result<Gate, Exception> {
        let none = Exception::GENERAL_PROTECTION;
        let Table { base, limit } = self.idt;
        let offset = u64::from(vector) * GATE;
        if offset + GATE - 1 > u64::from(limit) {
            return Err(none);
        }
        let bits = u128::from_le_bytes(memory.read(base.wrapping_add(offset))?);
        let present = bits >> 47 & 1 == 1;
        let gate = Gate {
            handler: (bits & 0xffff | bits >> 32 & 0xffff_ffff_ffff_0000) as u64,
            stack: (bits >> 32 & 7) as u8,
        };
        if present { Ok(gate) } else { Err(none) }
    }

    /// Returns the end of an interrupt stack, from the TSS. `index` counts from 1.
    fn stack(&self, index: u8, memory: &Memory<'_>) -> Result<u64, Exception> {
        let descriptor = self.gdt.base.wrapping_add((self.task & !7).into());
        let bits = u128::from_le_bytes(memory.read(descriptor)?);
        let low = bits >> 16 & 0xff_ffff | bits >> 32 & 0xff00_0000;
        let tss = (low | bits >> 32 & 0xffff_ffff_0000_0000) as u64;
        let entry = tss.wrapping_add(FIRST_STACK + 8 * u64::from(index - 1));
        memory.read(entry).map(u64::from_le_bytes)
    }
}

/// A gate of the IDT.
struct Gate {
    handler: u64,
    /// The interrupt stack, counted from 1; 0 is the current stack.
    stack: u8,
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: u64 = 0x1_2345_0000;
    const IDT: usize = 0x100;
    const GDT: usize = 0x400;
    const TSS: usize = 0x500;
    const HANDLER: u64 = 0xfedc_ba98_7654_3210;

    /// Returns tables in memory, with a gate for #UD only, on the given stack.
    fn tables(stack: u8) -> (Processor, Vec<u8>) {
        let mut bytes = vec![0; 0x1000];
        let gate = u128::from(HANDLER & 0xffff)
            | 0x10 << 16
            | u128::from(stack) << 32
            | 0x8e << 40
            | u128::from(HANDLER >> 16) << 48;
        bytes[IDT + 6 * 16..][..16].copy_from_slice(&gate.to_le_bytes());
        let tss = u128::from(BASE + TSS as u64);
        let descriptor = (tss & 0xff_ffff) << 16 | (tss >> 24 & 0xff) << 56 | (tss >> 32) << 64;
        bytes[GDT + 0x20..][..16].copy_from_slice(&descriptor.to_le_bytes());
        bytes[TSS + 36 + 8..][..8].copy_from_slice(&(BASE + 0xa08).to_le_bytes());
        let table = |base: usize, limit| Table { base: BASE + base as u64, limit };
        let processor = Processor {
            gdt: table(GDT, 0x2f),
            idt: table(IDT, 0x1ff),
            task: 0x20,
            ..Processor::new(0)
        };
        (processor, bytes)
    }

    fn registers() -> Registers {
        let mut registers = Registers { rip: BASE, rflags: 0x202, ..Registers::default() };
        registers.general[RSP] = BASE + 0xff8;
        registers
    }

    #[test]
    fn enters_the_handler_on_the_stack_of_its_gate() {
        for (stack, end) in [(0, 0xff0), (2, 0xa00)] {
            let (mut processor, mut bytes) = tables(stack);
            let mut memory = Memory::new([(BASE, &mut bytes[..])]);
            let mut registers = registers();
            assert_eq!(
                processor.raise(Exception::INVALID_OPCODE, &mut registers, &mut memory),
                Step::GoOn
            );
            assert_eq!(registers.rip, HANDLER);
            assert_eq!(registers.general[RSP], BASE + end - 40);
            let word = |at| memory.read(BASE + end - at).map(u64::from_le_bytes).unwrap();
            let frame = [40, 32, 24, 16, 8].map(word);
            assert_eq!(frame, [BASE, 0x10, 0x202, BASE + 0xff8, 0x18]);
        }
    }

    /// Tables with the gate of #UD for this vector too, and the frame's first two words after `raise`.
    fn frame(
        vector: u8,
        raise: fn(&mut Processor, &mut Registers, &mut Memory<'_>),
    ) -> ([u64; 2], u64) {
        let (mut processor, mut bytes) = tables(0);
        bytes.copy_within(IDT + 6 * 16..IDT + 7 * 16, IDT + usize::from(vector) * 16);
        let mut memory = Memory::new([(BASE, &mut bytes[..])]);
        let mut registers = registers();
        raise(&mut processor, &mut registers, &mut memory);
        let stack = registers.general[RSP];
        let words = [0, 8].map(|at| memory.read(stack + at).map(u64::from_le_bytes).unwrap());
        (words, processor.cr2)
    }

    #[test]
    fn general_protection_pushes_an_error_code() {
        let found = frame(13, |processor, registers, memory| {
            processor.raise(Exception::GENERAL_PROTECTION, registers, memory);
        });
        assert_eq!(found, ([0, BASE], 0));
    }

    #[test]
    fn page_fault_pushes_an_error_code_of_ring_0_and_sets_cr2() {
        let found = frame(14, |processor, registers, memory| {
            processor.raise(Exception::new(14, 6, 0x1234), registers, memory);
        });
        assert_eq!(found, ([2, BASE], 0x1234));
    }

    #[test]
    fn other_exceptions_have_no_error_code_and_no_address() {
        let found = frame(0, |processor, registers, memory| {
            processor.raise(Exception::new(0, 6, 0x1234), registers, memory);
        });
        assert_eq!(found, ([BASE, 0x10], 0));
    }

    #[test]
    fn an_exception_without_a_gate_resets_the_machine() {
        let (good, mut bytes) = tables(0);
        let short = Table { limit: 6 * 16 + 14, ..good.idt };
        let empty = Table { base: BASE, limit: 0x1ff };
        let outside = Table { base: 0, limit: 0x1ff };
        for idt in [short, empty, outside, Table::default()] {
            let mut processor = Processor { idt, ..good.clone() };
            let mut registers = registers();
            let mut memory = Memory::new([(BASE, &mut bytes[..])]);
            let step = processor.raise(Exception::INVALID_OPCODE, &mut registers, &mut memory);
            assert_eq!((step, registers.rip), (Step::TripleFault(6), BASE));
        }
    }

    #[test]
    fn an_exception_that_cannot_be_delivered_is_a_double_fault() {
        let (mut processor, mut bytes) = tables(0);
        let double = IDT + 8 * 16;
        bytes.copy_within(IDT + 6 * 16..IDT + 7 * 16, double);
        bytes[double + 4] = 2;
        bytes[double] = 0x77;
        let mut registers = registers();
        registers.general[RSP] = BASE + 0x1010;
        let mut memory = Memory::new([(BASE, &mut bytes[..])]);
        let step = processor.raise(Exception::INVALID_OPCODE, &mut registers, &mut memory);
        assert_eq!((step, registers.rip), (Step::GoOn, HANDLER & !0xff | 0x77));
        assert_eq!(registers.general[RSP], BASE + 0xa00 - 48);
    }
}
