//! The shim's own IDT: it counts non-maskable interrupts and reports everything else as an error of the shim.

#![allow(unsafe_code, reason = "interrupt handlers are assembly, and LIDT is unsafe")]

use core::arch::{asm, global_asm, naked_asm};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use boot_shim::end::End;

use crate::cpu::{Entry, enter};
use crate::debugcon::{end, say};
use crate::gdt::{CODE, TablePointer};

/// Exceptions have vectors 0 to 31.
const EXCEPTIONS: usize = 32;
/// The vector of the non-maskable interrupt.
pub(crate) const NMI: usize = 2;
/// Linux 6.16 leaves gates for the first 16 vectors.
const GATES_6_16: usize = 16;
/// Present, ring 0, interrupt gate.
const INTERRUPT_GATE: u64 = 0x8e00;
/// Bytes between two stubs.
const STUB_BYTES: usize = 16;

/// A gate (Intel SDM volume 3, "64-Bit IDT Gate Descriptors").
pub(crate) type Gate = [u64; 2];

struct Idt(UnsafeCell<[Gate; EXCEPTIONS]>);

// SAFETY: written before it is loaded, by one processor.
unsafe impl Sync for Idt {}

static OWN: Idt = Idt(UnsafeCell::new([[0; 2]; EXCEPTIONS]));
static LINUX_6_16: Idt = Idt(UnsafeCell::new([[0; 2]; EXCEPTIONS]));

/// Non-maskable interrupts that the shim's handler has seen.
static NMIS: AtomicU64 = AtomicU64::new(0);
/// The state with which the next non-maskable interrupt enters the purgatory, or null.
static ENTER_FROM_NMI: AtomicPtr<Entry> = AtomicPtr::new(core::ptr::null_mut());

global_asm!(
    // One stub a vector; which one was taken is told by the return address of its call.
    ".balign {stub_bytes}",
    "shim_exception_stubs:",
    ".rept {exceptions}",
    "call {common}",
    ".balign {stub_bytes}",
    ".endr",
    stub_bytes = const STUB_BYTES,
    exceptions = const EXCEPTIONS,
    common = sym exception,
);

unsafe extern "C" {
    safe static shim_exception_stubs: u8;
}

/// Calls [`unexpected`] with the vector, CR2, and the two values above: error code and RIP, or RIP and CS.
#[unsafe(naked)]
unsafe extern "C" fn exception() {
    naked_asm!(
        "pop rdi",                                  // the address after the stub's call
        "lea rax, [rip + shim_exception_stubs]",
        "sub rdi, rax",
        "shr rdi, {stub_shift}",
        "mov rsi, cr2",
        "pop rdx",
        "pop rcx",
        "and rsp, -16",                             // the calling convention's alignment
        "cld",
        "call {unexpected}",
        "ud2",
        stub_shift = const STUB_BYTES.trailing_zeros(),
        unexpected = sym unexpected,
    )
}

extern "C" fn unexpected(vector: u64, cr2: u64, word: u64, next: u64) -> ! {
    say!("error: exception {vector} in the shim: cr2={cr2:#x}, stack: {word:#x} {next:#x}");
    end(End::Error)
}

/// The handlers of the gates that Linux 6.16 leaves: an exception reaches them only before the blob loads its own IDT.
extern "C" fn stale_gate() -> ! {
    say!("error: an exception reached a gate of the old kernel");
    end(End::Error)
}

/// Counts, or enters the purgatory and so leaves non-maskable interrupts blocked: no IRET is executed.
#[unsafe(naked)]
unsafe extern "C" fn nmi() {
    naked_asm!(
        "lock inc qword ptr [rip + {nmis}]",
        "cmp qword ptr [rip + {from_nmi}], 0",
        "jne 2f",
        "iretq",
        "2:",
        "mov rdi, [rip + {from_nmi}]",
        "jmp {enter}",
        nmis = sym NMIS,
        from_nmi = sym ENTER_FROM_NMI,
        enter = sym enter,
    )
}

fn gate(handler: u64) -> Gate {
    let low = handler & 0xffff | u64::from(CODE) << 16 | INTERRUPT_GATE << 32;
    [low | (handler >> 16 & 0xffff) << 48, handler >> 32]
}

/// Loads the shim's own IDT.
pub(crate) fn load() {
    let stubs = &raw const shim_exception_stubs as usize;
    let mut gates = [[0; 2]; EXCEPTIONS];
    for (vector, own) in gates.iter_mut().enumerate() {
        *own = gate((stubs + vector * STUB_BYTES) as u64);
    }
    gates[NMI] = gate(nmi as *const () as u64);
    // SAFETY: the table is not loaded, or holds the same gates already.
    unsafe { OWN.0.get().write(gates) };
    let pointer = TablePointer {
        limit: (size_of::<[Gate; EXCEPTIONS]>() - 1) as u16,
        base: OWN.0.get() as u64,
    };
    // SAFETY: the table is static and its handlers are the shim's.
    unsafe { asm!("lidt [{}]", in(reg) &raw const pointer, options(nostack)) };
}

/// An IDT as Linux 6.16 leaves it.
pub(crate) fn linux_6_16() -> TablePointer {
    let gates = [gate(stale_gate as *const () as u64); EXCEPTIONS];
    // SAFETY: the table is not loaded yet.
    unsafe { LINUX_6_16.0.get().write(gates) };
    TablePointer {
        limit: (GATES_6_16 * size_of::<Gate>() - 1) as u16,
        base: LINUX_6_16.0.get() as u64,
    }
}

/// Non-maskable interrupts that the shim's handler has seen.
pub(crate) fn nmis() -> u64 {
    NMIS.load(Ordering::SeqCst)
}

/// Makes the next non-maskable interrupt enter the purgatory from its handler.
pub(crate) fn enter_from_nmi(entry: &'static mut Entry) {
    ENTER_FROM_NMI.store(entry, Ordering::SeqCst);
}

/// Back to counting.
pub(crate) fn count_nmis() {
    ENTER_FROM_NMI.store(core::ptr::null_mut(), Ordering::SeqCst);
}

/// Executes IRET, which unblocks non-maskable interrupts.
pub(crate) fn unblock_nmis() {
    // SAFETY: the frame returns to the next line with everything as it is.
    unsafe {
        asm!(
            "mov {stack}, rsp",
            "mov {segment:e}, ss",
            "push {segment}",
            "push {stack}",
            "pushfq",
            "mov {segment:e}, cs",
            "push {segment}",
            "lea {stack}, [rip + 2f]",
            "push {stack}",
            "iretq",
            "2:",
            stack = out(reg) _,
            segment = out(reg) _,
        );
    }
}
