//! Emulates the instructions of ring 0 that a purgatory executes.
//!
//! Source: Intel SDM volume 2, the page of each instruction.

use super::{
    CR0_TS, Memory, Processor, ProcessorError, RAX, RCX, RDX, RSP, Registers, Step, Table,
};
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
    /// Emulates the instruction at rip, which a process may not execute.
    ///
    /// # Errors
    ///
    /// Returns an error if the instruction is not emulated, or if an operand is outside the blob's memory.
    pub fn privileged(
        &mut self,
        registers: &mut Registers,
        memory: &mut Memory<'_>,
    ) -> Result<Step, ProcessorError> {
        let rip = registers.rip;
        let code = memory.from(rip).ok_or(ProcessorError::Astray { rip })?;
        let instruction = Decoder::with_ip(64, code, rip, DecoderOptions::NONE).decode();
        if instruction.mnemonic() == Mnemonic::Xsetbv && !self.permits_xsetbv(registers) {
            self.raise_gp(registers, memory)?;
            return Ok(Step::GoOn);
        }
        registers.rip = instruction.next_ip();
        let mut context = Context { instruction, registers, memory };
        match instruction.mnemonic() {
            // The operating system controls interrupts and XCR0, which already has all permitted bits.
            Mnemonic::Cli | Mnemonic::Xsetbv => {}
            Mnemonic::Hlt => return Ok(Step::Halted),
            Mnemonic::Clts => self.cr0 &= !CR0_TS,
            Mnemonic::Mov => self.mov(&mut context)?,
            Mnemonic::Lgdt => self.gdt = context.table()?,
            Mnemonic::Lidt => self.idt = Some(context.table()?),
            Mnemonic::Ltr => self.task = context.selector(0)?,
            Mnemonic::Retf if instruction.code() == Code::Retfq => self.far_return(&mut context)?,
            Mnemonic::In | Mnemonic::Out => self.port(&mut context)?,
            _ => return Err(context.unknown()),
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
    fn mov(&mut self, context: &mut Context<'_, '_>) -> Result<(), ProcessorError> {
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
            _ => return Err(context.unknown()),
        }
        Ok(())
    }

    fn far_return(&mut self, context: &mut Context<'_, '_>) -> Result<(), ProcessorError> {
        let rip = context.instruction.ip();
        let stack = context.registers.general[RSP];
        let target = context.memory.read(rip, stack)?;
        let selector = context.memory.read(rip, stack.wrapping_add(8))?;
        self.cs = u16::from_le_bytes(selector);
        context.registers.rip = u64::from_le_bytes(target);
        context.registers.general[RSP] = stack.wrapping_add(FAR_RETURN);
        Ok(())
    }

    /// Emulates IN and OUT of a byte.
    fn port(&mut self, context: &mut Context<'_, '_>) -> Result<(), ProcessorError> {
        let reads = context.instruction.mnemonic() == Mnemonic::In;
        let (value, port) = if reads { (0, 1) } else { (1, 0) };
        if context.instruction.op_register(value) != Register::AL {
            return Err(context.unknown());
        }
        let port = match context.instruction.op_kind(port) {
            OpKind::Immediate8 => context.instruction.immediate8().into(),
            _ => context.registers.general[RDX] as u16,
        };
        let rax = &mut context.registers.general[RAX];
        if reads {
            *rax = *rax & !0xff | u64::from(self.ports.read(port));
        } else {
            self.ports.write(port, *rax as u8);
        }
        Ok(())
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
    fn selector(&self, operand: u32) -> Result<u16, ProcessorError> {
        match self.instruction.op_kind(operand) {
            OpKind::Register => Ok(self.get(self.instruction.op_register(operand)) as u16),
            _ => Err(self.unknown()),
        }
    }

    /// Reads the pseudo-descriptor of the operand: a 16-bit limit and the base.
    fn table(&self) -> Result<Table, ProcessorError> {
        let rip = self.instruction.ip();
        let address = self.address(0).ok_or_else(|| self.unknown())?;
        let limit = u16::from_le_bytes(self.memory.read(rip, address)?);
        let base = u64::from_le_bytes(self.memory.read(rip, address.wrapping_add(2))?);
        Ok(Table { base, limit })
    }

    /// Returns the error for an instruction that is not emulated.
    fn unknown(&self) -> ProcessorError {
        let instruction = self.instruction.to_string();
        ProcessorError::Unknown { rip: self.instruction.ip(), instruction }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: u64 = 0x1_2345_0000;
    const DATA: usize = 0x80;
    const XCR0: u64 = 7;

    /// Returns the processor and the registers after `code`, with rbx pointing to `data`.
    fn run(code: &[u8], data: &[u8]) -> Result<(Processor, Registers, Vec<Step>), ProcessorError> {
        let mut bytes = vec![0x90; 0x100];
        bytes[..code.len()].copy_from_slice(code);
        bytes[DATA..DATA + data.len()].copy_from_slice(data);
        let mut memory = Memory::new(BASE, &mut bytes);
        let mut processor = Processor::new(XCR0);
        let mut registers = Registers { rip: BASE, ..Registers::default() };
        registers.general[RBX] = BASE + DATA as u64;
        registers.general[RSP] = BASE + DATA as u64;
        let mut steps = Vec::new();
        while registers.rip < BASE + code.len() as u64 && registers.rip >= BASE {
            steps.push(processor.privileged(&mut registers, &mut memory)?);
        }
        Ok((processor, registers, steps))
    }

    /// The index of rbx.
    const RBX: usize = 3;

    #[test]
    fn control_registers_keep_written_values() {
        // mov rax, cr4; mov r9, cr0; mov cr4, rbx; mov r10, cr4; mov rcx, cr2
        let code = b"\x0f\x20\xe0\x41\x0f\x20\xc1\x0f\x22\xe3\x41\x0f\x20\xe2\x0f\x20\xd1";
        let (_, registers, _) = run(code, &[]).unwrap();
        assert_eq!(registers.general[RAX], 0x20);
        assert_eq!(registers.general[9], 0x8000_0033);
        assert_eq!(registers.general[10], BASE + DATA as u64);
        assert_eq!(registers.general[RCX], 0);
    }

    #[test]
    fn stores_tables_and_selectors() {
        // lgdt [rbx]; lidt [rbx]; mov ss, ebx; mov ds, ebx; mov fs, ebx; ltr bx; cli; clts
        let code = b"\x0f\x01\x13\x0f\x01\x1b\x8e\xd3\x8e\xdb\x8e\xe3\x0f\x00\xdb\xfa\x0f\x06";
        let (processor, ..) = run(code, &[0x2f, 0, 1, 2, 3, 4, 5, 6, 7, 8]).unwrap();
        let table = Table { base: 0x0807_0605_0403_0201, limit: 0x2f };
        assert_eq!((processor.gdt, processor.idt), (table, Some(table)));
        assert_eq!((processor.ss, processor.task), (DATA as u16, DATA as u16));
    }

    #[test]
    fn far_return_pops_rip_and_cs() {
        let mut words = 0x5000_u64.to_le_bytes().to_vec();
        words.extend(0x33_u64.to_le_bytes());
        let (processor, registers, _) = run(b"\x48\xcb", &words).unwrap();
        assert_eq!((registers.rip, processor.cs), (0x5000, 0x33));
        assert_eq!(registers.general[RSP], BASE + DATA as u64 + 16);
    }

    #[test]
    fn reads_and_writes_ports() {
        // out dx, al (port 0, no device); in al, dx; in al, 0x64
        let (_, registers, _) = run(b"\xee\xec\xe4\x64", &[]).unwrap();
        assert_eq!(registers.general[RAX], 0xff);
    }

    /// Emulates one instruction with these registers.
    fn step(code: &[u8], registers: &mut Registers) -> Result<Step, ProcessorError> {
        let mut bytes = code.to_vec();
        Processor::new(XCR0).privileged(registers, &mut Memory::new(BASE, &mut bytes))
    }

    /// Returns the result of XSETBV with rax, rcx and rdx, and rip after it.
    fn xsetbv(values: [u64; 3]) -> (Result<Step, ProcessorError>, u64) {
        let mut registers = Registers { rip: BASE, ..Registers::default() };
        registers.general[..3].copy_from_slice(&values);
        (step(b"\x0f\x01\xd1", &mut registers), registers.rip)
    }

    #[test]
    fn xsetbv_accepts_available_bits() {
        for value in [1, 3, 7] {
            assert_eq!(xsetbv([value | 1 << 32, 0, 0]), (Ok(Step::GoOn), BASE + 3));
        }
    }

    #[test]
    fn xsetbv_rejects_unavailable_bits() {
        for values in [[0xe7, 0, 0], [7, 0, 1], [6, 0, 0], [7, 1, 0]] {
            let refused = ProcessorError::NoHandler { rip: BASE, vector: 13 };
            assert_eq!(xsetbv(values).0, Err(refused));
        }
    }

    #[test]
    fn emulates_hlt() {
        assert_eq!(run(b"\xfa\xf4", &[]).unwrap().2, [Step::GoOn, Step::Halted]);
    }

    #[test]
    fn names_an_unknown_instruction_and_its_address() {
        // rdmsr; mov cr3, rax; in eax, dx; mov ss, [rbx]; lgdt fs:[rbx]; retf 8; ltr [rbx]
        for (code, text) in [
            (&b"\x0f\x32"[..], "rdmsr"),
            (b"\x0f\x22\xd8", "mov cr3,rax"),
            (b"\xed", "in eax,dx"),
            (b"\x8e\x13", "mov ss,[rbx]"),
            (b"\x64\x0f\x01\x13", "lgdt fs:[rbx]"),
            (b"\xca\x08\x00", "ret far 8"),
            (b"\x0f\x00\x1b", "ltr [rbx]"),
        ] {
            let error = run(code, &[]).unwrap_err();
            let instruction = text.to_owned();
            assert_eq!(error, ProcessorError::Unknown { rip: BASE, instruction });
        }
    }

    #[test]
    fn rejects_code_and_operands_outside_the_memory() {
        let mut registers = Registers { rip: BASE, ..Registers::default() };
        let outside = ProcessorError::Outside { rip: BASE, address: 0, bytes: 2 };
        assert_eq!(step(&[0x0f, 0x01, 0x13], &mut registers), Err(outside));
        registers.rip = 5;
        assert_eq!(step(&[0x90], &mut registers), Err(ProcessorError::Astray { rip: 5 }));
    }
}
