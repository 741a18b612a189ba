//! The shim as a kernel for multiboot and multiboot2: says what it was handed, and resets the machine.
//!
//! On entry (`boot_shim::multiboot`, `boot_shim::multiboot_state`): 32-bit protected mode, flat segments, paging off,
//! interrupts off, EAX = the loader's magic, EBX = address of the information, no stack.

#![allow(unsafe_code, reason = "the entry point is assembly, and tables lie where a loader says")]

use alloc::vec;
use alloc::vec::Vec;
use core::arch::{asm, global_asm};
use core::fmt::{self, Write};
use core::mem::offset_of;
use core::ops::Range;
use core::sync::atomic::{AtomicU32, Ordering};

use boot_shim::end::End;
use boot_shim::multiboot::{Info, Memory};
use boot_shim::multiboot_state::State;

use crate::debugcon::DebugCon;
use crate::gdt::DATA;
use crate::start::{STACK, STACK_BYTES};
use crate::ttys0::TtyS0;
use crate::{heap, idt, reset};

/// What the assembly keeps of the start.
#[repr(C)]
struct Start {
    eax: AtomicU32,
    ebx: AtomicU32,
    cr0: AtomicU32,
    eflags: AtomicU32,
    efer: AtomicU32,
    bent: AtomicU32,
}

static START: Start = Start {
    eax: AtomicU32::new(0),
    ebx: AtomicU32::new(0),
    cr0: AtomicU32::new(0),
    eflags: AtomicU32::new(0),
    efer: AtomicU32::new(0),
    bent: AtomicU32::new(0),
};

/// A word that is read through every segment: one with another base finds something else.
static PROBE: u32 = PROBE_VALUE;
const PROBE_VALUE: u32 = 0x746c_6166;

global_asm!(
    ".pushsection .text.start32, \"ax\"",
    ".code32",
    ".global start_multiboot",
    "start_multiboot:",
    "cld",
    // A bit a segment, in the order of `boot_shim::multiboot_state`. LSL asks the GDT for the limit, and faults for no
    // selector. It need not be there any more; those of QEMU and kexec-tools are.
    "xor ebp, ebp",
    ".irp segment, cs, ds, es, fs, gs, ss",
    "shl ebp, 1",
    "mov ecx, \\segment",
    "lsl edx, ecx",
    "jnz 2f",
    "cmp edx, -1",
    "jne 2f",
    "cmp dword ptr \\segment:[{probe}], {probe_value}",
    "je 3f",
    "2:",
    "inc ebp",
    "3:",
    ".endr",
    // Segments and a stack of our own, whatever the loader left.
    "lgdt cs:[{gdt_pointer}]",
    "mov ecx, {data}",
    "mov ds, ecx",
    "mov es, ecx",
    "mov ss, ecx",
    "mov esp, offset {stack} + {stack_bytes}",
    "mov [{start} + {eax}], eax",
    "mov [{start} + {ebx}], ebx",
    "mov [{start} + {bent}], ebp",
    "mov eax, cr0",
    "mov [{start} + {cr0}], eax",
    "pushfd",
    "pop dword ptr [{start} + {eflags}]",
    "mov ecx, 0xc0000080",                      // EFER
    "rdmsr",
    "mov [{start} + {efer}], eax",
    "xor ebp, ebp",                             // no hvm_start_info
    "jmp to_long_mode",
    ".popsection",
    ".code64",
    probe = sym PROBE,
    probe_value = const PROBE_VALUE,
    gdt_pointer = sym crate::gdt::POINTER,
    data = const DATA,
    stack = sym STACK,
    stack_bytes = const STACK_BYTES,
    start = sym START,
    eax = const offset_of!(Start, eax),
    ebx = const offset_of!(Start, ebx),
    cr0 = const offset_of!(Start, cr0),
    eflags = const offset_of!(Start, eflags),
    efer = const offset_of!(Start, efer),
    bent = const offset_of!(Start, bent),
);

unsafe extern "C" {
    /// The first byte behind the shim: from the linker script.
    safe static shim_end: u8;
}

/// What follows the multiboot entry, in long mode.
pub(crate) extern "C" fn multiboot_main() -> ! {
    heap::init();
    idt::load();
    let mut consoles = Consoles(TtyS0::new());
    let load = |word: &AtomicU32| word.load(Ordering::Relaxed);
    let info = Info::read(&Physical, load(&START.eax), load(&START.ebx));
    let state = State {
        cr0: load(&START.cr0),
        eflags: load(&START.eflags),
        efer: load(&START.efer),
        bent: load(&START.bent),
    };
    match &info {
        Ok(info) => consoles.say(format_args!("{info}")),
        Err(error) => consoles.say(format_args!("multiboot error: {error}")),
    }
    consoles.say(format_args!("multiboot state {state}"));
    let end = match info {
        Ok(_) if state.is_as_promised() => End::Passed,
        _ => End::Failed,
    };
    consoles.say(format_args!("{}{}", End::LINE, end.name()));
    reset::machine()
}

/// Memory that a loader may have put something into: RAM of a PC, and not the shim.
struct Physical;

impl Physical {
    /// From 640 KiB to 1 MiB, and high up below 4 GiB, there are devices.
    const RAM: [Range<u64>; 2] = [0..0xa_0000, 0x10_0000..0xe000_0000];
    /// Where linker/boot-shim.ld puts the shim.
    const SHIM: u64 = 0x10_0000;
}

impl Memory for Physical {
    fn copy(&self, address: u64, bytes: u64) -> Option<Vec<u8>> {
        let end = address.checked_add(bytes)?;
        let shim = Self::SHIM..&raw const shim_end as u64;
        let in_ram = Self::RAM.iter().any(|ram| ram.start <= address && end <= ram.end);
        if !in_ram || (address < shim.end && shim.start < end) {
            return None;
        }
        let mut copy = vec![0; bytes as usize];
        // SAFETY: mapped one to one and no device; `copy` has room for it. No Rust pointer is made of the address.
        unsafe {
            asm!("rep movsb", inout("rcx") bytes => _, inout("rsi") address => _,
                inout("rdi") copy.as_mut_ptr() => _, options(nostack, preserves_flags));
        }
        Some(copy)
    }
}

/// The debug console, and the port that is a real machine's.
struct Consoles(TtyS0);

impl Consoles {
    fn say(&mut self, what: fmt::Arguments<'_>) {
        // Neither console fails.
        let _ = writeln!(self, "shim: {what}");
    }
}

impl Write for Consoles {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        DebugCon.write_str(text)?;
        self.0.write_str(text)
    }
}
