//! What the report says of an exception that nothing expected.

use super::text::{Sink, line};
use crate::region::contains;
use purgatory_abi::linux::Region;

/// The state in which the exception found the processor, as its entry leaves it on the stack, lowest address first.
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

/// How many registers an entry saves itself.
const REGISTERS: usize = 15;

/// Their names, [`NAME`] characters each.
const NAMES: &str = "r15r14r13r12r11r10r9 r8 rbprdirsirdxrcxrbxrax";
const NAME: usize = 3;

/// Prints the exception. `own` is the memory of the purgatory itself; `cr2` is that register's value.
pub fn fault<S: Sink>(sink: &mut S, fault: &Fault, cr2: u64, own: Region) {
    let (error_code, rip, rsp) = (fault.error_code, fault.rip, fault.rsp);
    line(sink, "fault: %s, vector %d, error code %x", &[name(fault.vector).into(), fault.vector.into(), error_code.into()]);
    line(sink, "rip %x  rsp %x  rflags %x", &[rip.into(), rsp.into(), fault.rflags.into()]);
    line(sink, "cr2 %x", &[cr2.into()]);
    if contains(own, rip) {
        line(sink, "rip is purgatory + %x", &[rip.wrapping_sub(own.start).into()]);
    }
    let mut names = NAMES;
    for value in &fault.registers {
        let (name, rest) = names.split_at_checked(NAME).unwrap_or_default();
        names = rest;
        line(sink, "%s %x", &[name.into(), (*value).into()]);
    }
}

/// Names of the exceptions that a purgatory may meet (Intel SDM volume 3, table 6-1; AMD APM volume 2, table 8-1).
fn name(vector: u64) -> &'static str {
    match vector {
        6 => "invalid opcode",
        8 => "double fault",
        13 => "general protection",
        14 => "page fault",
        18 => "machine check",
        20 => "virtualization",
        29 => "VMM communication",
        _ => "exception",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_register_is_printed_under_its_name() {
        let mut out = Vec::new();
        let registers = core::array::from_fn(|n| 0x100 + n as u64);
        let seen = Fault { vector: 14, error_code: 2, rip: 0x1234, rflags: 0x46, rsp: 0x77, registers, ..Fault::default() };
        fault(&mut out, &seen, 0xdead_0000, Region { start: 0x1000, len: 0x1000 });
        let text = String::from_utf8(out).expect("ASCII");
        assert!(text.starts_with("purgatory: fault: page fault, vector 14, error code 0x0000000000000002\n"), "{text}");
        assert!(text.contains("purgatory: rip 0x0000000000001234  rsp 0x0000000000000077  rflags 0x0000000000000046\n"), "{text}");
        assert!(text.contains("purgatory: cr2 0x00000000dead0000\n"), "{text}");
        assert!(text.contains("purgatory: rip is purgatory + 0x0000000000000234\n"), "{text}");
        let names = ["r15", "r14", "r13", "r12", "r11", "r10", "r9 ", "r8 ", "rbp", "rdi", "rsi", "rdx", "rcx", "rbx", "rax"];
        for (name, value) in names.iter().zip(registers) {
            assert!(text.contains(&format!("purgatory: {name} {value:#018x}\n")), "{name} in {text}");
        }
    }

    #[test]
    fn an_address_outside_is_not_called_ours() {
        let mut out = Vec::new();
        fault(&mut out, &Fault { rip: 0x2000, ..Fault::default() }, 0, Region { start: 0x1000, len: 0x1000 });
        assert!(!String::from_utf8(out).expect("ASCII").contains("purgatory +"));
    }
}
