//! Emulates the parts of a processor that a purgatory uses and a process may not access.
//!
//! A fault that the operating system reports is either an instruction of ring 0, which is emulated here on numbers
//! ([`privileged`](Processor::privileged)), or an exception, which is delivered to the blob's own handler
//! ([`raise`](Processor::raise)). All of it is pure.

mod exception;
mod instruction;
mod memory;
mod ports;

pub use exception::Exception;
pub use memory::Memory;
pub use ports::Ports;

/// The general registers, in the order of the instruction encoding (rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 …), the
/// instruction pointer and the flags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the register of that name")]
pub struct Registers {
    pub general: [u64; 16],
    pub rip: u64,
    pub rflags: u64,
}

/// Index of rax.
const RAX: usize = 0;
/// Index of rcx.
const RCX: usize = 1;
/// Index of rdx.
const RDX: usize = 2;
/// Index of rsp.
const RSP: usize = 4;

/// A pseudo-descriptor, as LGDT and LIDT load it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Table {
    base: u64,
    /// The offset of its last byte.
    limit: u16,
}

/// The part of a processor's state that a process cannot access.
#[derive(Clone, Debug)]
pub struct Processor {
    cr0: u64,
    cr2: u64,
    cr4: u64,
    cs: u16,
    ss: u16,
    task: u16,
    gdt: Table,
    idt: Table,
    /// The value of XCR0, which is also its largest permitted value.
    xcr0: u64,
    /// The I/O ports.
    pub ports: Ports,
}

impl Processor {
    /// Returns CR0 and CR4.
    #[must_use]
    pub const fn control_registers(&self) -> [u64; 2] {
        [self.cr0, self.cr4]
    }
}

impl Processor {
    /// Creates a processor in the state in which Linux enters a purgatory (`arch/x86/kernel/relocate_kernel_64.S`,
    /// `identity_mapped`): CR0 has PG, NE, ET, MP and PE, and CR4 has only PAE, so SSE is off.
    ///
    /// `xcr0` is the value of the real register, which the blob reads directly. Register states that the operating
    /// system has not enabled are not available.
    #[must_use]
    pub fn new(xcr0: u64) -> Self {
        Self {
            cr0: 0x8000_0033,
            cr2: 0,
            cr4: 0x20,
            cs: 0x10,
            ss: 0x18,
            task: 0,
            gdt: Table::default(),
            idt: Table::default(),
            xcr0,
            ports: Ports::default(),
        }
    }
}

/// CR0.TS, which CLTS clears.
const CR0_TS: u64 = 1 << 3;

/// The step after an instruction or an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The next instruction.
    GoOn,
    /// The end: the instruction was HLT.
    Halted,
    /// The machine is reset by an I/O port.
    Reset,
    /// The machine is reset: this exception could not be delivered, and a double fault neither.
    TripleFault(u8),
}
