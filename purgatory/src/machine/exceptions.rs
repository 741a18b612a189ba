//! The IDT, and the handling of exceptions.
//!
//! - An NMI is counted, and the run continues.
//! - A probe that faults continues at its fixup, without IRET. If the kernel panicked inside an NMI handler, NMIs are
//!   blocked, and IRET would unblock them.
//! - Any other exception is recorded and leads to the [fault path](crate::fault), on the main stack: the exception's
//!   own stack must be free for the next exception.

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

    /// The entries of all vectors, in [`exception_entry_code`].
    safe static exception_entries: u8;
}

/// The state of the fault path.
static FAULTS: Single<Faults<'static>> = Single::new(Faults::new());

/// Returns the state of the fault path.
pub(super) fn faults() -> &'static Faults<'static> {
    // SAFETY: nothing refers to the static mutably.
    unsafe { &*FAULTS.get() }
}

/// The number of exception vectors; interrupts are off.
const VECTORS: usize = 32;

/// Vectors with separate stacks.
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
    /// A gate that is not present.
    const NONE: Self = Self {
        offset_low: 0,
        selector: 0,
        options: 0,
        offset_middle: 0,
        offset_high: 0,
        reserved: 0,
    };
}

/// Returns the options of a gate: present, for ring 0, interrupts stay off, and the number of a stack in the TSS. These
/// numbers start at 1.
const fn on_stack(stack: ExceptionStack) -> u16 {
    0x8e00 | (stack as u16 + 1)
}

/// The table: all zeros, which are gates that are not present, until [`load`] fills it in.
static IDT: Single<[Gate; VECTORS]> = Single::new([Gate::NONE; VECTORS]);

/// The number of NMIs. Only the NMI's entry writes it.
static NMIS: Single<u64> = Single::new(0);

/// Returns the number of NMIs so far.
pub(super) fn nmis() -> u64 {
    NMIS.read()
}

// The processor aligns the stack before it pushes. A frame whose size is a multiple of 16 bytes keeps it aligned for
// the call into Rust.
const _: () = assert!(size_of::<Fault>().is_multiple_of(16));

/// Fills in and loads the IDT. The GDT and TSS must be loaded.
#[inline(never)]
pub(super) fn load() {
    // SAFETY: nothing else refers to the IDT yet.
    let idt = unsafe { &mut *IDT.get() };
    let entries = address_of!(exception_entries);
    for (gate, vector) in idt.iter_mut().zip(0..) {
        let entry = entries + vector * ENTRY_BYTES;
        *gate = Gate {
            offset_low: entry as u16,
            selector: CODE.0,
            options: on_stack(ExceptionStack::General),
            offset_middle: (entry >> 16) as u16,
            offset_high: (entry >> 32) as u32,
            reserved: 0,
        };
    }
    idt[NMI].options = on_stack(ExceptionStack::Nmi);
    idt[DOUBLE_FAULT].options = on_stack(ExceptionStack::DoubleFault);
    idt[MACHINE_CHECK].options = on_stack(ExceptionStack::MachineCheck);
    idt[VIRTUALIZATION].options = on_stack(ExceptionStack::Virtualization);
    let pointer =
        DescriptorTablePointer { limit: (size_of_val(idt) - 1) as u16, base: IDT.address() };
    // SAFETY: the table is a complete static, and never changes again.
    unsafe { lidt(&pointer) };
}

/// The handler of the NMI; then the entries of all vectors, [`ENTRY_BYTES`] apart; then the code that all others share:
/// it makes every frame alike, saves all registers, calls [`exception`], and continues at the returned address.
///
/// # Safety
///
/// Never called from Rust: the IDT points to `exception_entries`.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "C" fn exception_entry_code() {
    naked_asm!(
        // Count the NMI. IRET is safe here: an NMI arrives only if NMIs are not blocked. After the entries, this code would
        // be too far away for a jump of two bytes.
        "5:",
        "inc qword ptr [rip + {nmis}]",
        "iretq",
        ".globl exception_entries",
        "exception_entries:",
        ".irp vector, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
        ".if \\vector == {nmi}",
        "jmp 5b",
        ".else",
        // Both instructions have two-byte forms.
        "push \\vector",
        "jmp 2f",
        ".endif",
        // The assembler reports an error if they are longer than ENTRY_BYTES.
        ".org exception_entries + {entry_bytes} * (\\vector + 1)",
        ".endr",
        "2:",
        // The stack of an exception starts aligned to 16 bytes. The processor pushed five quadwords, or six with an
        // error code, and the entry pushed one. If bit 3 is clear, there was no error code, and a 0 is inserted.
        "test spl, 8",
        "jnz 3f",
        "push [rsp]",
        "and qword ptr [rsp + 8], 0",
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
        // At a fault during the hand-off, or in the first instructions of the target kernel, SSE is off again. Rust
        // needs it.
        "mov rax, cr4",
        "or rax, {osfxsr}",
        "mov cr4, rax",
        "clts",
        "cld",
        "mov rdi, rsp",
        // Every offset from the vector has one byte.
        "lea rbp, [rsp + {vector_at}]",
        "call {exception}",
        // It returned: rax is the address to continue at. The switch to this stack may have cleared SS, and no IRET
        // reloads it.
        "mov ecx, [rbp + {ss_at} - {vector_at}]",
        "mov ss, ecx",
        // Write the address to continue at, and the flags, to the interrupted stack …
        "mov rcx, [rbp + {rsp_at} - {vector_at}]",
        "sub rcx, 16",
        "mov [rcx + 8], rax",
        "mov rax, [rbp + {rflags_at} - {vector_at}]",
        "mov [rcx], rax",
        // … and store the pointer to that stack where the pops below end.
        "mov [rbp], rcx",
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
        // Return without IRET: NMIs stay blocked if they were.
        "pop rsp",
        "popfq",
        "ret",
        nmis = sym NMIS,
        nmi = const NMI,
        entry_bytes = const ENTRY_BYTES,
        osfxsr = const Cr4Flags::OSFXSR.bits(),
        exception = sym exception,
        ss_at = const offset_of!(Fault, ss),
        rsp_at = const offset_of!(Fault, rsp),
        rflags_at = const offset_of!(Fault, rflags),
        vector_at = const offset_of!(Fault, vector),
    )
}

/// Handles an exception; returns the address to continue at.
extern "sysv64" fn exception(frame: &Fault) -> u64 {
    let vector = frame.vector as usize;
    if vector == VIRTUALIZATION {
        // Without a TDX module this probe faults, and that exception uses another stack.
        probe::take_ve_info();
    }
    // A double fault or a machine check is not caused by the probed instruction.
    if vector != DOUBLE_FAULT
        && vector != MACHINE_CHECK
        && let Some(resume) = probe::fixup(frame.rip)
    {
        return resume;
    }
    faults().exception(*frame);
    // SAFETY: the code that used the main stack does not continue.
    unsafe { on_main_stack() }
}

/// Returns the address of the last page fault (CR2).
pub(super) fn page_fault_address() -> u64 {
    Cr2::read_raw()
}

/// Switches from the exception's stack to the start of the main stack, and enters the fault path.
///
/// # Safety
///
/// The contents of the main stack are lost.
#[unsafe(naked)]
unsafe extern "sysv64" fn on_main_stack() -> ! {
    naked_asm!(
        "lea rsp, [rip + {stack_end}]",
        "call {fault}",
        stack_end = sym stack_end,
        fault = sym purgatory_fault,
    )
}

/// Resets the machine by an exception with an empty IDT, the last method.
pub(super) fn triple_fault() -> ! {
    // SAFETY: the empty table is intended.
    unsafe { lidt(&DescriptorTablePointer { limit: 0, base: VirtAddr::zero() }) };
    // SAFETY: does not return.
    unsafe { asm!("ud2", options(noreturn)) }
}
