//! Emulates the instructions of ring 0 that a purgatory executes.
//!
//! Source: Intel SDM volume 2, the page of each instruction.

use super::{CR0_TS, Exception, Memory, Processor, RAX, RCX, RDX, RSP, Registers, Step, Table};
use iced_x86::{Code, Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};

/// The number of bytes that a far return pops: rip and CS.
const FAR_RETURN: u64 = 16;

/// The instruction at rip, the registers and the memory.
struct Context<'r, 'm> {
    instruction: Instruction,
    registers: &'r mut Registers,
    memory: &'r Memory<'m>,
}

impl Processor {
    /// Emulates the instruction at rip, which a process may not execute. An instruction that is not emulated raises
    /// #GP, and so does one that a process may execute, because only an invalid operand can have caused the exception.
    pub fn privileged(&mut self, registers: &mut Registers, memory: &mut Memory<'_>) -> Step {
        let before = registers.clone();
        match self.emulate(registers, memory) {
            Ok(step) => step,
            Err(exception) => {
                *registers = before;
                self.raise(exception, registers, memory)
            }
        }
    }

    /// Emulates the instruction, or returns the exception that it raises.
    fn emulate(
        &mut self,
        registers: &mut Registers,
        memory: &Memory<'_>,
    ) -> Result<Step, Exception> {
        let rip = registers.rip;
        let code = memory.from(rip).ok_or(Exception::GENERAL_PROTECTION)?;
        let instruction = Decoder::with_ip(64, code, rip, DecoderOptions::NONE).decode();
        if instruction.mnemonic() == Mnemonic::Xsetbv && !self.permits_xsetbv(registers) {
            return Err(Exception::GENERAL_PROTECTION);
        }
        registers.rip = instruction.next_ip();
        let mut context = Context { instruction, registers, memory };
        match instruction.mnemonic() {
            // The operating system controls interrupts and XCR0, which already has all permitted bits. The crashed
            // kernel has masked all interrupts.
            Mnemonic::Cli | Mnemonic::Sti | Mnemonic::Xsetbv => {}
            Mnemonic::Hlt => return Ok(Step::Halted),
            Mnemonic::Clts => self.cr0 &= !CR0_TS,
            Mnemonic::Mov => self.mov(&mut context)?,
            Mnemonic::Lgdt => self.gdt = context.table()?,
            Mnemonic::Lidt => self.idt = context.table()?,
            Mnemonic::Ltr => self.task = context.selector(0)?,
            Mnemonic::Retf if instruction.code() == Code::Retfq => self.far_return(&mut context)?,
            Mnemonic::In | Mnemonic::Out => return self.port(&mut context),
            _ => return Err(Exception::GENERAL_PROTECTION),
        }
        Ok(Step::GoOn)
    }

    /// Reports whether XSETBV would write a permitted value to XCR0: bit 0 is set, and no unavailable bit.
    fn permits_xsetbv(&self, registers: &Registers) -> bool {
        let half = |index: usize| registers.general[index] & 0xffff_ffff;
        let value = half(RDX) << 32 | half(RAX);
        half(RCX) == 0 && value & 1 == 1 && value & !self.xcr0 == 0
    }

    /// Emulates MOV to and from control registers and segment registers.
    fn mov(&mut self, context: &mut Context<'_, '_>) -> Result<(), Exception> {
        let [to, from] = [0, 1].map(|operand| context.instruction.op_register(operand));
        match (to, from) {
            (to, Register::CR0) => context.set(to, self.cr0),
            (to, Register::CR2) => context.set(to, self.cr2),
            (to, Register::CR4) => context.set(to, self.cr4),
            (Register::CR0, from) => self.cr0 = context.get(from),
            (Register::CR4, from) => self.cr4 = context.get(from),
            // The process keeps its registers; an exception's frame contains the blob's.
            (Register::SS, _) => self.ss = context.selector(1)?,
            (Register::DS | Register::ES | Register::FS | Register::GS, _) => {}
            _ => return Err(Exception::GENERAL_PROTECTION),
        }
        Ok(())
    }

    fn far_return(&mut self, context: &mut Context<'_, '_>) -> Result<(), Exception> {
        let stack = context.registers.general[RSP];
        let target = context.memory.read(stack)?;
        let selector = context.memory.read(stack.wrapping_add(8))?;
        self.cs = u16::from_le_bytes(selector);
        context.registers.rip = u64::from_le_bytes(target);
        context.registers.general[RSP] = stack.wrapping_add(FAR_RETURN);
        Ok(())
    }

    /// Emulates IN and OUT of a byte.
    fn port(&mut self, context: &mut Context<'_, '_>) -> Result<Step, Exception> {
        let reads = context.instruction.mnemonic() == Mnemonic::In;
        let (value, port) = if reads { (0, 1) } else { (1, 0) };
        if context.instruction.op_register(value) != Register::AL {
            return Err(Exception::GENERAL_PROTECTION);
        }
        let port = match context.instruction.op_kind(port) {
            OpKind::Immediate8 => context.instruction.immediate8().into(),
            _ => context.registers.general[RDX] as u16,
        };
        let rax = &mut context.registers.general[RAX];
        if reads {
            *rax = *rax & !0xff | u64::from(self.ports.read(port));
        } else if self.ports.write(port, *rax as u8) {
            return Ok(Step::Reset);
        }
        Ok(Step::GoOn)
    }
}

impl Context<'_, '_> {
    /// Returns a general register.
    fn get(&self, register: Register) -> u64 {
        self.registers.general[register.number()]
    }

    fn set(&mut self, register: Register, value: u64) {
        self.registers.general[register.number()] = value;
    }

    /// Returns the address of a memory operand, or `None` for other operands.
    fn address(&self, operand: u32) -> Option<u64> {
        self.instruction.virtual_address(operand, 0, |register, _, _| match register {
            // Segments are flat.
            Register::DS | Register::ES | Register::SS | Register::CS => Some(0),
            register if register.is_gpr64() => Some(self.get(register)),
            _ => None,
        })
    }

    /// Returns the selector in a general register.
    fn selector(&self, operand: u32) -> Result<u16, Exception> {
        match self.instruction.op_kind(operand) {
            OpKind::Register => Ok(self.get(self.instruction.op_register(operand)) as u16),
            _ => Err(Exception::GENERAL_PROTECTION),
        }
    }

    /// Reads the pseudo-descriptor of the operand: a 16-bit limit and the base.
    fn table(&self) -> Result<Table, Exception> {
        let address = self.address(0).ok_or(Exception::GENERAL_PROTECTION)?;
        let limit = u16::from_le_bytes(self.memory.read(address)?);
        let base = u64::from_le_bytes(self.memory.read(address.wrapping_add(2))?);
        Ok(Table { base, limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: u64 = 0x1_2345_0000;
    const DATA: usize = 0x80;
    const XCR0: u64 = 7;

    /// Returns the processor and the registers after `code`, with rbx pointing to `data`.
    fn run(code: &[u8], data: &[u8]) -> (Processor, Registers, Vec<Step>) {
        let mut bytes = vec![0x90; 0x100];
        bytes[..code.len()].copy_from_slice(code);
        bytes[DATA..DATA + data.len()].copy_from_slice(data);
        let mut memory = Memory::new([(BASE, &mut bytes[..])]);
        let mut processor = Processor::new(XCR0);
        let mut registers = Registers { rip: BASE, ..Registers::default() };
        registers.general[RBX] = BASE + DATA as u64;
        registers.general[RSP] = BASE + DATA as u64;
        let mut steps = Vec::new();
        while registers.rip < BASE + code.len() as u64 && registers.rip >= BASE {
            steps.push(processor.privileged(&mut registers, &mut memory));
        }
        (processor, registers, steps)
    }

    /// The index of rbx.
    const RBX: usize = 3;

    #[test]
    fn control_registers_keep_written_values() {
        // mov rax, cr4; mov r9, cr0; mov cr4, rbx; mov r10, cr4; mov rcx, cr2
        let code = b"\x0f\x20\xe0\x41\x0f\x20\xc1\x0f\x22\xe3\x41\x0f\x20\xe2\x0f\x20\xd1";
        let (_, registers, _) = run(code, &[]);
        assert_eq!(registers.general[RAX], 0x20);
        assert_eq!(registers.general[9], 0x8000_0033);
        assert_eq!(registers.general[10], BASE + DATA as u64);
        assert_eq!(registers.general[RCX], 0);
    }

    #[test]
    fn stores_tables_and_selectors() {
        // lgdt [rbx]; lidt [rbx]; mov ss, ebx; mov ds, ebx; mov fs, ebx; ltr bx; cli; clts
        let code = b"\x0f\x01\x13\x0f\x01\x1b\x8e\xd3\x8e\xdb\x8e\xe3\x0f\x00\xdb\xfa\x0f\x06";
        let (processor, ..) = run(code, &[0x2f, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
        let table = Table { base: 0x0807_0605_0403_0201, limit: 0x2f };
        assert_eq!((processor.gdt, processor.idt), (table, table));
        assert_eq!((processor.ss, processor.task), (DATA as u16, DATA as u16));
    }

    #[test]
    fn far_return_pops_rip_and_cs() {
        let mut words = 0x5000_u64.to_le_bytes().to_vec();
        words.extend(0x33_u64.to_le_bytes());
        let (processor, registers, _) = run(b"\x48\xcb", &words);
        assert_eq!((registers.rip, processor.cs), (0x5000, 0x33));
        assert_eq!(registers.general[RSP], BASE + DATA as u64 + 16);
    }

    #[test]
    fn reads_and_writes_ports() {
        // out dx, al (port 0, no device); in al, dx; in al, 0x80
        let (_, registers, _) = run(b"\xee\xec\xe4\x80", &[]);
        assert_eq!(registers.general[RAX], 0xff);
    }

    /// Emulates one instruction with these registers.
    fn step(code: &[u8], registers: &mut Registers) -> Step {
        let mut bytes = code.to_vec();
        Processor::new(XCR0).privileged(registers, &mut Memory::new([(BASE, &mut bytes[..])]))
    }

    /// Returns the result of XSETBV with rax, rcx and rdx, and rip after it.
    fn xsetbv(values: [u64; 3]) -> (Step, u64) {
        let mut registers = Registers { rip: BASE, ..Registers::default() };
        registers.general[..3].copy_from_slice(&values);
        (step(b"\x0f\x01\xd1", &mut registers), registers.rip)
    }

    #[test]
    fn xsetbv_accepts_available_bits() {
        for value in [1, 3, 7] {
            assert_eq!(xsetbv([value | 1 << 32, 0, 0]), (Step::GoOn, BASE + 3));
        }
    }

    #[test]
    fn xsetbv_rejects_unavailable_bits() {
        for values in [[0xe7, 0, 0], [7, 0, 1], [6, 0, 0], [7, 1, 0]] {
            assert_eq!(xsetbv(values), (Step::TripleFault(13), BASE));
        }
    }

    #[test]
    fn emulates_hlt() {
        assert_eq!(run(b"\xfa\xf4", &[]).2, [Step::GoOn, Step::Halted]);
    }

    #[test]
    fn an_instruction_that_is_not_emulated_raises_general_protection() {
        // rdmsr; mov cr3, rax; in eax, dx; mov ss, [rbx]; lgdt fs:[rbx]; retf 8; ltr [rbx]; mov al, [rbx]
        for code in [
            &b"\x0f\x32"[..],
            b"\x0f\x22\xd8",
            b"\xed",
            b"\x8e\x13",
            b"\x64\x0f\x01\x13",
            b"\xca\x08\x00",
            b"\x0f\x00\x1b",
            b"\x8a\x03",
        ] {
            let mut registers = Registers { rip: BASE, ..Registers::default() };
            assert_eq!(step(code, &mut registers), Step::TripleFault(13));
            assert_eq!(registers.rip, BASE);
        }
    }

    #[test]
    fn an_operand_outside_the_memory_is_a_page_fault() {
        let mut registers = Registers { rip: BASE, ..Registers::default() };
        assert_eq!(step(&[0x0f, 0x01, 0x13], &mut registers), Step::TripleFault(14));
        registers.rip = 5;
        assert_eq!(step(&[0x90], &mut registers), Step::TripleFault(13));
    }

    #[test]
    fn the_keyboard_controller_resets_the_machine() {
        // mov al, 0xfe is in rax; out 0x64, al
        let mut registers = Registers { rip: BASE, ..Registers::default() };
        registers.general[RAX] = 0xfe;
        assert_eq!(step(b"\xe6\x64", &mut registers), Step::Reset);
    }
}
