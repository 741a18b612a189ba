//! The landing pad of the blob's hand-off: it saves the state of the CPU, and continues with the shim's own tables.

#![allow(unsafe_code, reason = "the landing pad is assembly that writes to a static")]

use core::arch::naked_asm;
use core::cell::UnsafeCell;
use core::mem::{MaybeUninit, offset_of};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use purgatory_abi::EntryRegs;
use x86_64::registers::control::Cr3;

use crate::cpu::{CR0_TS, CR4_SSE};
use crate::gdt::TablePointer;
use crate::registers::{entry_regs, offsets};

/// The state of the CPU when the landing pad was reached.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Landed {
    /// The general registers; `rip` is not saved, because being here says it.
    pub(crate) regs: EntryRegs,
    pub(crate) rflags: u64,
    pub(crate) cr0: u64,
    pub(crate) cr3: u64,
    pub(crate) cr4: u64,
    /// EFER, bits 31:0; there are no others.
    pub(crate) efer: u32,
    /// CS, DS, ES and SS.
    pub(crate) segments: [u16; 4],
    pub(crate) tr: u16,
    pub(crate) gdt: TablePointer,
    pub(crate) idt: TablePointer,
    /// The time-stamp counter.
    pub(crate) ticks: u64,
}

/// Memory that the assembly writes to.
struct Slot<T>(UnsafeCell<MaybeUninit<T>>);

// SAFETY: the shim has one processor, and only the landing pad uses it.
unsafe impl<T> Sync for Slot<T> {}

const STACK_BYTES: usize = 0x1_0000;

#[repr(C, align(16))]
struct Stack([u8; STACK_BYTES]);

static SAVED: Slot<Landed> = Slot(UnsafeCell::new(MaybeUninit::zeroed()));
static STACK: Slot<Stack> = Slot(UnsafeCell::new(MaybeUninit::zeroed()));
/// The shim's own page tables.
pub(crate) static SHIM_CR3: AtomicU64 = AtomicU64::new(0);
/// Whether the blob runs as a guest: the landing pad then asks its host for silence.
static IN_GUEST: AtomicBool = AtomicBool::new(false);

/// To be called before the blob is entered, with the shim's own page tables in use.
pub(crate) fn prepare(in_guest: bool) {
    SHIM_CR3.store(Cr3::read().0.start_address().as_u64(), Ordering::SeqCst);
    IN_GUEST.store(in_guest, Ordering::SeqCst);
}

/// The landing pad. Uses no stack but its own, and changes no register before it is saved.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn landing() -> ! {
    naked_asm!(
        entry_regs!(),
        ".irp r, rax,rcx,rdx,rbx,rsp,rbp,rsi,rdi,r8,r9,r10,r11,r12,r13,r14,r15",
        "mov [rip + {saved} + {regs} + .Lat_\\r], \\r",
        ".endr",
        "lea rsp, [rip + {stack} + {stack_bytes}]",
        "pushfq",
        "pop qword ptr [rip + {saved} + {rflags}]",
        "cld",
        "rdtsc",
        "mov [rip + {saved} + {ticks}], eax",
        "mov [rip + {saved} + {ticks} + 4], edx",
        "cmp byte ptr [rip + {in_guest}], 0",
        "je 2f",
        "vmmcall",                              // the host stops intercepting
        "2:",
        "mov rax, cr0",
        "mov [rip + {saved} + {cr0}], rax",
        "mov rax, cr3",
        "mov [rip + {saved} + {cr3}], rax",
        "mov rax, cr4",
        "mov [rip + {saved} + {cr4}], rax",
        "mov ecx, 0xc0000080",                  // EFER
        "rdmsr",
        "mov [rip + {saved} + {efer}], eax",
        offsets!("cs,ds,es,ss", 2, "{segments}"),
        ".irp r, cs,ds,es,ss",
        "mov word ptr [rip + {saved} + .Lat_\\r], \\r",
        ".endr",
        "str word ptr [rip + {saved} + {tr}]",
        "sgdt [rip + {saved} + {gdt}]",
        "sidt [rip + {saved} + {idt}]",
        // Everything is saved: from here on the shim's own page tables, and SSE for its Rust code.
        "mov rax, [rip + {shim_cr3}]",
        "mov cr3, rax",
        "mov rax, cr4",
        "or rax, {sse}",
        "mov cr4, rax",
        "mov rax, cr0",
        "and rax, {not_ts}",
        "mov cr0, rax",
        "lea rdi, [rip + {saved}]",
        "call {landed}",
        "ud2",                                  // it does not return
        saved = sym SAVED,
        stack = sym STACK,
        in_guest = sym IN_GUEST,
        shim_cr3 = sym SHIM_CR3,
        landed = sym crate::run::landed,
        stack_bytes = const STACK_BYTES,
        sse = const CR4_SSE,
        not_ts = const !(CR0_TS as i64),
        regs = const offset_of!(Landed, regs),
        rflags = const offset_of!(Landed, rflags),
        cr0 = const offset_of!(Landed, cr0),
        cr3 = const offset_of!(Landed, cr3),
        cr4 = const offset_of!(Landed, cr4),
        efer = const offset_of!(Landed, efer),
        segments = const offset_of!(Landed, segments),
        tr = const offset_of!(Landed, tr),
        gdt = const offset_of!(Landed, gdt),
        idt = const offset_of!(Landed, idt),
        ticks = const offset_of!(Landed, ticks),
    )
}
