//! The report of an unexpected exception.

use purgatory_abi::Region;
use purgatory_abi::report::{FaultLine, OwnLine, PointersLine, REGISTERS, Sink, Write, registers};

/// The state of the processor at the exception, as the exception's entry code leaves it on the stack, lowest address
/// first.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs, reason = "the fields are the registers they are named after")]
pub struct Fault {
    /// r15 down to r8, then rbp, rdi, rsi, rdx, rcx, rbx, rax.
    pub registers: [u64; REGISTERS],
    pub vector: u64,
    pub error_code: u64,
    pub rip: u64,
    pub cs: u64,
    pub rflags: u64,
    pub rsp: u64,
    pub ss: u64,
}

/// Prints the exception. `own` is the memory of the purgatory itself; `cr2` is the value of CR2.
#[inline(never)]
pub fn fault<S: Sink>(sink: &mut S, fault: &Fault, cr2: u64, own: Region) {
    let Fault { vector, error_code, rip, rsp, rflags, .. } = *fault;
    FaultLine { vector, error_code, cr2 }.write(sink);
    PointersLine { rip, rsp, rflags }.write(sink);
    OwnLine { region: own }.write(sink);
    for register in registers(&fault.registers) {
        register.write(sink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::parsed;
    use purgatory_abi::report::{Line, RegisterLine};

    #[test]
    fn every_register_is_printed_under_its_name() {
        let mut out = Vec::new();
        let registers = core::array::from_fn(|n| 0x100 + n as u64);
        let seen = Fault {
            vector: 14,
            error_code: 2,
            rip: 0x1234,
            rflags: 0x46,
            rsp: 0x77,
            registers,
            ..Fault::default()
        };
        let own = Region { start: 0x1000, len: 0x1000 };
        fault(&mut out, &seen, 0xdead_0000, own);
        let lines = parsed(out);
        let expected = [
            FaultLine { vector: 14, error_code: 2, cr2: 0xdead_0000 }.into(),
            PointersLine { rip: 0x1234, rsp: 0x77, rflags: 0x46 }.into(),
            OwnLine { region: own }.into(),
        ];
        assert_eq!(lines[..3], expected);
        let names = [
            "r15", "r14", "r13", "r12", "r11", "r10", "r9 ", "r8 ", "rbp", "rdi", "rsi", "rdx",
            "rcx", "rbx", "rax",
        ];
        let registers = names.iter().zip(registers);
        let expected = registers.map(|(name, value)| Line::from(RegisterLine { name, value }));
        assert_eq!(lines[3..], expected.collect::<Vec<_>>());
    }
}
