//! The processor's state: the bits that Linux runs with, and the jump into the purgatory.

#![allow(unsafe_code, reason = "control registers and the jump into the blob")]

use core::arch::{
    asm, naked_asm,
    x86_64::{__cpuid, __cpuid_count, _rdtsc},
};
use core::mem::offset_of;
use core::sync::atomic::AtomicU64;

use purgatory_abi::EntryRegs;
use x86_64::registers::control::{Cr4, Cr4Flags};
use x86_64::registers::xcontrol::XCr0;

use crate::gdt::TablePointer;
use crate::registers::entry_regs;

/// CR0 as Linux leaves it: PG, NE, ET, MP, PE. WP, AM, TS and EM are clear.
pub(crate) const CR0_LINUX: u64 = 0x8000_0033;
/// CR0.TS: the next SSE instruction raises #NM.
pub(crate) const CR0_TS: u64 = 1 << 3;
/// CR4.PAE, which long mode needs.
pub(crate) const CR4_PAE: u64 = 1 << 5;
/// CR4.MCE: a machine check is an exception, not a shutdown.
pub(crate) const CR4_MCE: u64 = 1 << 6;
/// CR4.LA57: five levels of page tables.
pub(crate) const CR4_LA57: u64 = 1 << 12;
/// CR4.OSFXSR and CR4.OSXMMEXCPT: SSE instructions run.
pub(crate) const CR4_SSE: u64 = 0x600;
/// EFER as Linux leaves it, except LMA, which follows from paging: SCE, LME, NXE.
pub(crate) const EFER_LINUX: u32 = 0x901;
/// Bit 1 of RFLAGS, which is always set.
pub(crate) const RFLAGS_FIXED: u64 = 1 << 1;
/// CPUID 1, ECX bit 26: XSAVE and with it XCR0.
const CPUID_XSAVE: u32 = 1 << 26;

/// CPUID 7.0, EBX bit 29: the SHA extensions.
const CPUID_LEAF_7: u32 = 7;
const CPUID_SHA: u32 = 1 << 29;

/// The state that the purgatory is entered in.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// The general registers; `rip` is `purgatory_start`.
    pub(crate) regs: EntryRegs,
    pub(crate) rflags: u64,
    pub(crate) cr0: u64,
    pub(crate) cr3: u64,
    pub(crate) cr4: u64,
    pub(crate) gdt: TablePointer,
    pub(crate) idt: TablePointer,
}

/// Where [`enter`] keeps the address that it jumps to: no register is free to hold it.
static TARGET: AtomicU64 = AtomicU64::new(0);

/// Puts the processor into the state and jumps.
///
/// The segment registers keep their cached descriptors, as in Linux.
///
/// # Safety
///
/// `entry.cr3` must map the shim and the code at `entry.regs.rip`, and that code must need nothing else.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn enter(entry: &Entry) -> ! {
    naked_asm!(
        entry_regs!(),
        "mov rax, [rdi + {cr3}]",
        "mov cr3, rax",
        "mov rax, [rdi + {rip}]",
        "mov [rip + {target}], rax",
        "push qword ptr [rdi + {rflags}]",
        "popfq",
        "mov rax, [rdi + {cr4}]",
        "mov cr4, rax",                 // no SSE from here on
        "mov rax, [rdi + {cr0}]",
        "mov cr0, rax",
        "lgdt [rdi + {gdt}]",
        "lidt [rdi + {idt}]",           // any exception from here on is a triple fault with an IDT of limit 0
        ".irp r, rax,rcx,rdx,rbx,rsp,rbp,rsi,r8,r9,r10,r11,r12,r13,r14,r15,rdi",    // rdi, the pointer, is the last
        "mov \\r, [rdi + {regs} + .Lat_\\r]",
        ".endr",
        "jmp qword ptr [rip + {target}]",
        target = sym TARGET,
        rip = const offset_of!(Entry, regs.rip),
        rflags = const offset_of!(Entry, rflags),
        cr0 = const offset_of!(Entry, cr0),
        cr3 = const offset_of!(Entry, cr3),
        cr4 = const offset_of!(Entry, cr4),
        gdt = const offset_of!(Entry, gdt),
        idt = const offset_of!(Entry, idt),
        regs = const offset_of!(Entry, regs),
    )
}

/// The time-stamp counter.
pub(crate) fn ticks() -> u64 {
    // SAFETY: every x86-64 processor has it, and CR4.TSD does not matter in ring 0.
    unsafe { _rdtsc() }
}

/// Whether the processor has the SHA extensions.
pub(crate) fn has_sha_ni() -> bool {
    __cpuid(0).eax >= CPUID_LEAF_7 && __cpuid_count(CPUID_LEAF_7, 0).ebx & CPUID_SHA != 0
}

/// Whether the processor has XCR0.
fn has_xcr0() -> bool {
    __cpuid(1).ecx & CPUID_XSAVE != 0
}

/// Makes XCR0 usable for the shim, where the processor has it.
fn enable_xcr0() -> bool {
    if !has_xcr0() {
        return false;
    }
    // SAFETY: the processor has XSAVE, and the bit changes nothing else.
    unsafe { Cr4::update(|flags| flags.insert(Cr4Flags::OSXSAVE)) };
    true
}

/// XCR0, where the processor has it.
pub(crate) fn xcr0() -> Option<u64> {
    enable_xcr0().then(XCr0::read_raw)
}

/// Sets XCR0. Says whether the processor has it.
pub(crate) fn set_xcr0(value: u64) -> bool {
    if !enable_xcr0() {
        return false;
    }
    // SAFETY: XCR0 exists; the value is the test's, and one that does not exist is a fault that the shim reports.
    unsafe { XCr0::write_raw(value) };
    true
}

/// Writes an asm! that loads `pattern` into the vector registers of this name and of these numbers, on the word of the
/// comment where it is called.
macro_rules! fill {
    ($load:literal, $numbers:literal, $pattern:expr) => {
        asm!(
            concat!(".irp n, ", $numbers),
            concat!($load, "\\n, [{pattern}]"),
            ".endr",
            pattern = in(reg) &raw const $pattern,
            out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _, out("xmm4") _, out("xmm5") _,
            out("xmm6") _, out("xmm7") _, out("xmm8") _, out("xmm9") _, out("xmm10") _, out("xmm11") _,
            out("xmm12") _, out("xmm13") _, out("xmm14") _, out("xmm15") _,
            options(nostack),
        )
    };
}

/// Fills the vector registers with garbage: as many of them and as much of them as XCR0 enables. MXCSR gets every
/// exception unmasked.
pub(crate) fn dirty_vector_registers() {
    const AVX: u64 = 0x6;
    const AVX_512: u64 = 0xe6;
    let pattern = [0xdead_beef_0bad_f00d_u64; 8];
    let mxcsr = 0x0040_u32;
    let xcr0 = xcr0().unwrap_or_default();
    if xcr0 & AVX_512 == AVX_512 {
        // SAFETY: AVX-512 is enabled; the shim keeps nothing in these registers here, and its code knows no others.
        unsafe {
            fill!("vmovdqu64 zmm", "16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31", pattern)
        };
        // SAFETY: as above.
        unsafe { fill!("vmovdqu64 zmm", "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15", pattern) };
    } else if xcr0 & AVX == AVX {
        // SAFETY: AVX is enabled; the shim keeps nothing in these registers here.
        unsafe { fill!("vmovdqu ymm", "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15", pattern) };
    } else {
        // SAFETY: the shim enabled SSE at its start; it keeps nothing in these registers here.
        unsafe { fill!("movdqu xmm", "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15", pattern) };
    }
    // SAFETY: the shim computes with no floating-point number.
    unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const mxcsr, options(nostack)) };
}
