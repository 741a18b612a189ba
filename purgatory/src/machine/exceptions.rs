//! The IDT, and what happens at an exception.
//!
//! - An NMI is counted and survived.
//! - A probe that faults goes on at its fix-up, without IRET: where the old kernel panicked inside an NMI, NMIs are
//!   blocked, and IRET would let them in.
//! - Anything else is written down and leads to the [fault path](crate::fault), on the main stack: the exception's own
//!   stack must be free for the next one.

use super::descriptors::{CODE, ExceptionStack};
use super::entry::stack_end;
use super::probe;
use super::single::Single;
use crate::address_of;
use crate::fault::Faults;
use crate::report::Fault;
use core::arch::{asm, naked_asm};
use core::mem::offset_of;
use x86_64::VirtAddr;
use x86_64::instructions::tables::lidt;
use x86_64::registers::control::{Cr2, Cr4Flags};
use x86_64::structures::DescriptorTablePointer;

unsafe extern "sysv64" {
    /// The fault path.
    fn purgatory_fault() -> !;
}

/// The state of the fault path.
static FAULTS: Single<Faults<'static>> = Single::new(Faults::new());

/// Returns the state of the fault path.
pub(super) fn faults() -> &'static Faults<'static> {
    // SAFETY: nothing refers to the static mutably.
    unsafe { &*FAULTS.get() }
}

/// Vectors that are exceptions; interrupts proper are off.
const VECTORS: usize = 32;

/// Vectors with a stack of their own.
const NMI: usize = 2;
const DOUBLE_FAULT: usize = 8;
const MACHINE_CHECK: usize = 18;
const VIRTUALIZATION: usize = 20;

/// Distance in bytes from one vector's entry to the next one's.
const ENTRY_BYTES: u64 = 4;

/// A gate of 64-bit mode (AMD APM volume 2, section 4.8.4).
#[repr(C)]
struct Gate {
    offset_low: u16,
    selector: u16,
    options: u16,
    offset_middle: u16,
    offset_high: u32,
    reserved: u32,
}

const _: () = assert!(size_of::<Gate>() == 16);

impl Gate {
    /// A gate that leads nowhere.
    const NONE: Self = Self {
        offset_low: 0,
        selector: 0,
        options: 0,
        offset_middle: 0,
        offset_high: 0,
        reserved: 0,
    };

    /// Makes it lead to this address.
    fn lead_to(&mut self, handler: u64) {
        self.offset_low = handler as u16;
        self.selector = CODE.0;
        self.offset_middle = (handler >> 16) as u16;
        self.offset_high = (handler >> 32) as u32;
    }
}

/// The options of a gate: present, for ring 0, interrupts stay off, and the number of a stack of the TSS, which begin at 1.
const fn on_stack(stack: ExceptionStack) -> u16 {
    0x8e00 | (stack as u16 + 1)
}

/// The table: all zeros, gates that lead nowhere, until [`load`] makes it.
static IDT: Single<[Gate; VECTORS]> = Single::new([Gate::NONE; VECTORS]);

/// How many NMIs came. Written by the NMI's entry alone.
static NMIS: Single<u64> = Single::new(0);

/// How many NMIs have come so far.
pub(super) fn nmis() -> u64 {
    NMIS.read()
}

// The processor aligns the stack before it pushes: a frame of whole 16 bytes keeps it aligned for the call into Rust.
const _: () = assert!(size_of::<Fault>().is_multiple_of(16));

/// Makes the IDT and loads it. The GDT and TSS must be in force.
#[inline(never)]
pub(super) fn load() {
    // SAFETY: nothing else refers to the IDT yet.
    let idt = unsafe { &mut *IDT.get() };
    let entries = address_of!(exception_entries);
    for (gate, vector) in idt.iter_mut().zip(0..) {
        gate.lead_to(entries + vector * ENTRY_BYTES);
        gate.options = on_stack(ExceptionStack::General);
    }
    idt[NMI].lead_to(address_of!(exception_entry_nmi));
    idt[NMI].options = on_stack(ExceptionStack::Nmi);
    idt[DOUBLE_FAULT].options = on_stack(ExceptionStack::DoubleFault);
    idt[MACHINE_CHECK].options = on_stack(ExceptionStack::MachineCheck);
    idt[VIRTUALIZATION].options = on_stack(ExceptionStack::Virtualization);
    let pointer = DescriptorTablePointer {
        limit: (size_of_val(idt) - 1) as u16,
        base: VirtAddr::new_truncate(IDT.get() as u64),
    };
    // SAFETY: the table is a static, complete, and never changed again.
    unsafe { lidt(&pointer) };
}

/// Counts an NMI. IRET is right here: an NMI only comes where none is blocked.
///
/// # Safety
///
/// Never called: the IDT leads here.
#[unsafe(naked)]
unsafe extern "C" fn exception_entry_nmi() {
    naked_asm!("inc qword ptr [rip + {nmis}]", "iretq", nmis = sym NMIS)
}

/// The entries of all vectors, [`ENTRY_BYTES`] apart, and behind them what is common: makes every frame alike, saves all
/// registers, asks [`exception`], and goes on where it says.
///
/// # Safety
///
/// Never called: the IDT leads here.
#[unsafe(naked)]
unsafe extern "C" fn exception_entries() {
    naked_asm!(
        "4:",
        ".irp vector, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
        // Both in their two-byte forms.
        "push \\vector",
        "jmp 2f",
        // An error of the assembler if they are longer than ENTRY_BYTES.
        ".org 4b + {entry_bytes} * (\\vector + 1)",
        ".endr",
        "2:",
        // The stack of an exception begins aligned to 16 bytes. The processor pushed five words, or six with an error
        // code, and the entry one: where bit 3 is clear, there was no error code, and a 0 stands for it.
        "test spl, 8",
        "jnz 3f",
        "push [rsp]",
        "mov qword ptr [rsp + 8], 0",
        "3:",
        "push rax",
        "push rbx",
        "push rcx",
        "push rdx",
        "push rsi",
        "push rdi",
        "push rbp",
        "push r8",
        "push r9",
        "push r10",
        "push r11",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        // A fault on the way out, or in the first steps of the new kernel, finds SSE off again; Rust needs it.
        "mov rax, cr4",
        "or rax, {osfxsr}",
        "mov cr4, rax",
        "clts",
        "cld",
        "mov rdi, rsp",
        "call {exception}",
        // It returned: rax is where to go on. An exception that changes stacks may leave SS empty, and no IRET loads it.
        "mov ecx, [rsp + {ss_at}]",
        "mov ss, ecx",
        // Put where to go on, and the flags, on the interrupted stack …
        "mov rcx, [rsp + {rsp_at}]",
        "sub rcx, 16",
        "mov [rcx + 8], rax",
        "mov rax, [rsp + {rflags_at}]",
        "mov [rcx], rax",
        // … and remember that stack where the pops below end.
        "mov [rsp + {vector_at}], rcx",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop r11",
        "pop r10",
        "pop r9",
        "pop r8",
        "pop rbp",
        "pop rdi",
        "pop rsi",
        "pop rdx",
        "pop rcx",
        "pop rbx",
        "pop rax",
        // Back without IRET: NMIs stay blocked if they were.
        "pop rsp",
        "popfq",
        "ret",
        entry_bytes = const ENTRY_BYTES,
        osfxsr = const Cr4Flags::OSFXSR.bits(),
        exception = sym exception,
        ss_at = const offset_of!(Fault, ss),
        rsp_at = const offset_of!(Fault, rsp),
        rflags_at = const offset_of!(Fault, rflags),
        vector_at = const offset_of!(Fault, vector),
    )
}

/// Decides what an exception means; returns the address to go on at.
extern "sysv64" fn exception(frame: &Fault) -> u64 {
    let vector = frame.vector as usize;
    if vector == VIRTUALIZATION {
        // On a processor without a TDX module the probe faults, on another stack than this.
        probe::take_ve_info();
    }
    // A double fault or a machine check is no answer to the instruction it hits.
    if vector != DOUBLE_FAULT
        && vector != MACHINE_CHECK
        && let Some(resume) = probe::fixup(frame.rip)
    {
        return resume;
    }
    faults().exception(*frame);
    // SAFETY: the code that the main stack belongs to is not gone on with.
    unsafe { on_main_stack() }
}

/// The address that the last page fault was about (CR2).
pub(super) fn page_fault_address() -> u64 {
    Cr2::read_raw()
}

/// Leaves the exception's stack for the main one, from its end on, and goes to the fault path.
///
/// # Safety
///
/// Whatever lies on the main stack is lost.
#[unsafe(naked)]
unsafe extern "sysv64" fn on_main_stack() -> ! {
    naked_asm!(
        "lea rsp, [rip + {stack_end}]",
        "call {fault}",
        stack_end = sym stack_end,
        fault = sym purgatory_fault,
    )
}

/// Resets the machine by an exception that no table has a gate for: the last way there is.
pub(super) fn triple_fault() -> ! {
    // SAFETY: an empty table is what is wanted.
    unsafe { lidt(&DescriptorTablePointer { limit: 0, base: VirtAddr::zero() }) };
    // SAFETY: does not come back.
    unsafe { asm!("ud2", options(noreturn)) }
}
