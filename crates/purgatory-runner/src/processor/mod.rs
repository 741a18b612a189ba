//! What a processor does for a purgatory and refuses to a process.
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

use thiserror::Error;

/// The general registers, in the order of the instruction encoding (rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 …), the
/// instruction pointer and the flags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the registers they are named after")]
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
    /// Its last byte's offset.
    limit: u16,
}

/// What of a processor's state a process has no access to.
#[derive(Clone, Debug)]
pub struct Processor {
    cr0: u64,
    cr2: u64,
    cr4: u64,
    cs: u16,
    ss: u16,
    task: u16,
    gdt: Table,
    idt: Option<Table>,
    /// What XCR0 has, and all that it may have.
    xcr0: u64,
    /// The I/O ports.
    pub ports: Ports,
}

impl Processor {
    /// A processor as Linux leaves it to a purgatory (`arch/x86/kernel/relocate_kernel_64.S`, `identity_mapped`): CR0
    /// has PG, NE, ET, MP and PE, CR4 has PAE alone, and so SSE is off.
    ///
    /// `xcr0` is the real one, which the blob reads by itself: what the operating system does not use cannot be used here.
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
            idt: None,
            xcr0,
            ports: Ports::default(),
        }
    }
}

/// CR0.TS, which CLTS clears.
const CR0_TS: u64 = 1 << 3;

/// What follows an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The next one.
    GoOn,
    /// Nothing: it was HLT.
    Halted,
}

/// What the processor is asked to do and cannot. `rip` is the address of the instruction.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum ProcessorError {
    /// It does not know the instruction.
    #[error(
        "the instruction `{instruction}` at {rip:#x} is privileged and not emulated: \
         add it to processor/instruction.rs"
    )]
    Unknown { rip: u64, instruction: String },
    /// There is no code, only memory that is not the blob's.
    #[error("the blob has gone to {rip:#x}, which is outside its memory")]
    Astray { rip: u64 },
    /// An operand, a table or a stack is not in the blob's memory.
    #[error(
        "at {rip:#x} the blob needs {bytes} bytes at {address:#x}, which is outside its memory"
    )]
    Outside { rip: u64, address: u64, bytes: usize },
    /// An exception has no handler, as for a triple fault.
    #[error("exception {vector} at {rip:#x}, and the blob has no handler for it")]
    NoHandler { rip: u64, vector: u8 },
}
