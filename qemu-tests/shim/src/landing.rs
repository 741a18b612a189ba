//! Where the blob's hand-off ends: saves what the processor holds, and goes on in the shim's own world.

#![allow(unsafe_code, reason = "the landing pad is assembly that writes to a static")]

use core::arch::naked_asm;
use core::cell::UnsafeCell;
use core::mem::{MaybeUninit, offset_of};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use purgatory_abi::EntryRegs;
use x86_64::registers::control::Cr3;

use crate::cpu::{CR0_TS, CR4_SSE};
use crate::gdt::TablePointer;

/// What the processor held when the landing pad was reached.
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
    pub(crate) cs: u16,
    pub(crate) ds: u16,
    pub(crate) es: u16,
    pub(crate) ss: u16,
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
        "mov [rip + {saved} + {rax}], rax",
        "mov [rip + {saved} + {rcx}], rcx",
        "mov [rip + {saved} + {rdx}], rdx",
        "mov [rip + {saved} + {rbx}], rbx",
        "mov [rip + {saved} + {rsp}], rsp",
        "mov [rip + {saved} + {rbp}], rbp",
        "mov [rip + {saved} + {rsi}], rsi",
        "mov [rip + {saved} + {rdi}], rdi",
        "mov [rip + {saved} + {r8}], r8",
        "mov [rip + {saved} + {r9}], r9",
        "mov [rip + {saved} + {r10}], r10",
        "mov [rip + {saved} + {r11}], r11",
        "mov [rip + {saved} + {r12}], r12",
        "mov [rip + {saved} + {r13}], r13",
        "mov [rip + {saved} + {r14}], r14",
        "mov [rip + {saved} + {r15}], r15",
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
        "mov word ptr [rip + {saved} + {cs}], cs",
        "mov word ptr [rip + {saved} + {ds}], ds",
        "mov word ptr [rip + {saved} + {es}], es",
        "mov word ptr [rip + {saved} + {ss}], ss",
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
        rax = const offset_of!(Landed, regs.rax),
        rcx = const offset_of!(Landed, regs.rcx),
        rdx = const offset_of!(Landed, regs.rdx),
        rbx = const offset_of!(Landed, regs.rbx),
        rsp = const offset_of!(Landed, regs.rsp),
        rbp = const offset_of!(Landed, regs.rbp),
        rsi = const offset_of!(Landed, regs.rsi),
        rdi = const offset_of!(Landed, regs.rdi),
        r8 = const offset_of!(Landed, regs.r8),
        r9 = const offset_of!(Landed, regs.r9),
        r10 = const offset_of!(Landed, regs.r10),
        r11 = const offset_of!(Landed, regs.r11),
        r12 = const offset_of!(Landed, regs.r12),
        r13 = const offset_of!(Landed, regs.r13),
        r14 = const offset_of!(Landed, regs.r14),
        r15 = const offset_of!(Landed, regs.r15),
        rflags = const offset_of!(Landed, rflags),
        cr0 = const offset_of!(Landed, cr0),
        cr3 = const offset_of!(Landed, cr3),
        cr4 = const offset_of!(Landed, cr4),
        efer = const offset_of!(Landed, efer),
        cs = const offset_of!(Landed, cs),
        ds = const offset_of!(Landed, ds),
        es = const offset_of!(Landed, es),
        ss = const offset_of!(Landed, ss),
        tr = const offset_of!(Landed, tr),
        gdt = const offset_of!(Landed, gdt),
        idt = const offset_of!(Landed, idt),
        ticks = const offset_of!(Landed, ticks),
    )
}
