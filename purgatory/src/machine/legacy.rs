//! The code for other modes: from long mode to a 32-bit entry, and from there to real mode.
//!
//! | symbol | mode | effect |
//! | --- | --- | --- |
//! | `entry32` | 64-bit | leaves long mode, loads `entry32_regs` and jumps to its eip, which is `entry16` by default |
//! | `entry16` | 32-bit, no paging | leaves protected mode, loads `entry16_regs` and jumps to its cs:ip |
//! | `entry16_debug_pre32` | real | with `-d`, a kernel's real-mode part calls it before it leaves real mode |
//! | `entry16_debug_first32` | 32-bit | with `-d`, a kernel's real-mode part jumps to it; it jumps on to the kernel's 32-bit entry |
//!
//! This code does not know its own address, and no register is free to hold it. So it reaches its tables through
//! segments that start at `entry16`: every offset is then known to the assembler. [`prepare`] fills in those segments.
//!
//! The state at a 32-bit entry (`Documentation/arch/x86/boot.rst`, "32-bit Boot Protocol"): selector 0x10 is flat
//! 32-bit code and 0x18 flat data. Paging, PAE and long mode are off. CR4 is 0 except MCE, which keeps its value.
//!
//! An NMI before the target kernel loads its IDT returns in 32-bit mode, except during the ten instructions for which
//! neither IDT has the right format. In real mode the firmware's vectors are in use.
//!
//! EFER.LME is the only MSR bit that a purgatory writes: if it stayed set, a 32-bit kernel that enables paging would
//! enter long mode.

use super::entry::stack_end;
use super::loaded::Loaded;
use super::single::Single;
use crate::address_of;
use crate::loader::kexec_tools::ModeEntries;
use core::arch::naked_asm;
use core::mem::offset_of;
use purgatory_abi::kexec_tools::{EntryRegs16, EntryRegs32};
use x86_64::VirtAddr;
use x86_64::registers::control::{Cr0Flags, Cr4Flags, EferFlags};
use x86_64::structures::DescriptorTablePointer;
use x86_64::structures::gdt::DescriptorFlags;

/// Selectors of the GDT for these modes. The two flat ones are those of the boot protocol.
const OWN_32: u16 = 1 << 3;
const FLAT_CODE: u16 = 2 << 3;
const FLAT_DATA: u16 = 3 << 3;
const OWN_16: u16 = 4 << 3;
const OWN_DATA: u16 = 5 << 3;

/// MSR number of EFER.
const EFER: u32 = 0xc000_0080;

/// Vector of the NMI, and the number of gates up to it.
const NMI: usize = 2;
const GATES: usize = NMI + 1;

/// Bytes of the firmware's vectors in real mode, 256 far pointers from address 0 on.
const REAL_MODE_VECTORS: u16 = 256 * 4;

/// A segment of 64 KiB: its last byte.
const REAL_MODE_LIMIT: u64 = 0xffff;

/// Writable data, for ring 0, accessed.
const DATA: u64 = DescriptorFlags::USER_SEGMENT.bits()
    | DescriptorFlags::PRESENT.bits()
    | DescriptorFlags::WRITABLE.bits()
    | DescriptorFlags::ACCESSED.bits();

/// Ports of the real-time clock's index, whose bit 7 masks NMIs.
const RTC_INDEX: u8 = 0x70;
const NO_NMI: u8 = 0x80;

/// Null, our own 32-bit code, flat 32-bit code, flat data, our own 16-bit code and data. All zeros until [`prepare`]
/// fills it in.
static GDT: Single<[u64; 6]> = Single::new([0; 6]);
static GDT_POINTER: Single<DescriptorTablePointer> =
    Single::new(DescriptorTablePointer { limit: 0, base: VirtAddr::zero() });
static IDT: Single<[u64; GATES]> = Single::new([0; GATES]);

#[allow(non_upper_case_globals, reason = "symbols have the names that kexec-tools looks for")]
unsafe extern "C" {
    /// The code from 32-bit to real mode, and the handler of the NMI in 32-bit mode.
    safe static entry16: u8;
    safe static nmi_in_32_bit: u8;
    /// The registers of a 32-bit entry, which a loader fills in and [`prepare`] completes.
    pub safe static entry32_regs: Single<EntryRegs32>;
    /// The registers of a real-mode entry, which a loader fills in.
    pub safe static entry16_regs: Loaded<EntryRegs16>;
    // Fields that [`prepare`] fills in.
    safe static idt_base: Single<u32>;
    safe static real_mode_segment: Single<u16>;
}

/// Returns the entries of the code for other modes.
pub fn mode_entries() -> ModeEntries {
    ModeEntries { entry32: address_of!(entry32), entry16: address_of!(entry16) }
}

/// Fills in the fields that depend on the purgatory's address. It must be below 4 GiB, and for a real-mode entry below
/// 1 MiB.
pub fn prepare() {
    let base = address_of!(entry16);
    let own_32 = DescriptorFlags::KERNEL_CODE32.bits() | segment_base(base);
    let own_data = REAL_MODE_LIMIT | DATA | segment_base(base);
    let own_16 = own_data | DescriptorFlags::EXECUTABLE.bits();
    let flat_code = DescriptorFlags::KERNEL_CODE32.bits();
    let flat_data = DescriptorFlags::KERNEL_DATA.bits();
    GDT.write([0, own_32, flat_code, flat_data, own_16, own_data]);
    GDT_POINTER.write(DescriptorTablePointer {
        limit: (size_of_val(&GDT) - 1) as u16,
        base: GDT.address(),
    });
    let mut idt = [0; GATES];
    idt[NMI] = interrupt_gate(address_of!(nmi_in_32_bit).wrapping_sub(base));
    IDT.write(idt);
    idt_base.write(IDT.get() as u32);
    real_mode_segment.write((base >> 4) as u16);
    let mut regs = entry32_regs.read();
    if regs.eip == 0 {
        regs.eip = base as u32;
    }
    // Multiboot does not define the stack pointer, and kexec-tools leaves it 0. The frame of an NMI would then be lost.
    if regs.esp == 0 {
        regs.esp = address_of!(stack_end) as u32;
    }
    entry32_regs.write(regs);
}

/// Returns a segment's base as it is stored in a descriptor (Intel SDM volume 3, section 3.4.5).
const fn segment_base(base: u64) -> u64 {
    (base & 0xff_ffff) << 16 | (base >> 24 & 0xff) << 56
}

/// Returns a 32-bit interrupt gate to `offset` in [`OWN_32`] (Intel SDM volume 3, section 6.11).
const fn interrupt_gate(offset: u64) -> u64 {
    const PRESENT_INTERRUPT_GATE: u64 = 0x8e << 40;
    offset & 0xffff | (OWN_32 as u64) << 16 | PRESENT_INTERRUPT_GATE | (offset >> 16 & 0xffff) << 48
}

/// The code that leaves long mode, the default of `entry64_regs.rip`, and all code after it.
///
/// # Safety
///
/// Never called from Rust: the hand-off jumps here, after [`prepare`].
#[unsafe(naked)]
#[unsafe(no_mangle)]
#[unsafe(link_section = ".legacy")]
pub unsafe extern "C" fn entry32() -> ! {
    naked_asm!(
        // AT&T syntax: Intel syntax does not allow the difference of two labels in an address.
        "lgdt {gdt_pointer}(%rip)",
        "ljmpl *pointer_to_32_bit(%rip)",

        // ---- From 32-bit to real mode. A loader and a kernel use this address as a segment, so it is a multiple of
        // 16.
        ".balign 16",
        ".code32",
        ".globl entry16",
        ".globl entry16_debug",
        "entry16:",
        "entry16_debug:",
        "ljmpl ${own_16}, $switch_to_real_mode - entry16",

        "switch_to_real_mode:",
        ".code16",
        // Segments with the limits of real mode: the limits stay in effect after the switch.
        "movw ${own_data}, %ax",
        "movw %ax, %ds",
        "movw %ax, %es",
        "movw %ax, %ss",
        "movw %ax, %fs",
        "movw %ax, %gs",
        "lidtl real_mode_idt - entry16",
        "movl %cr0, %eax",
        "andl ${real_mode_cr0}, %eax",
        "movl %eax, %cr0",
        // This jump reloads CS, the last segment register with a selector.
        "ljmpw *real_mode_pointer - entry16",

        "in_real_mode:",
        "movl %cs:entry16_regs - entry16 + {eax_16}, %eax",
        "movl %cs:entry16_regs - entry16 + {ebx_16}, %ebx",
        "movl %cs:entry16_regs - entry16 + {ecx_16}, %ecx",
        "movl %cs:entry16_regs - entry16 + {edx_16}, %edx",
        "movl %cs:entry16_regs - entry16 + {esi_16}, %esi",
        "movl %cs:entry16_regs - entry16 + {edi_16}, %edi",
        "movl %cs:entry16_regs - entry16 + {ebp_16}, %ebp",
        "movw %cs:entry16_regs - entry16 + {ds_16}, %ds",
        "movw %cs:entry16_regs - entry16 + {es_16}, %es",
        "movw %cs:entry16_regs - entry16 + {fs_16}, %fs",
        "movw %cs:entry16_regs - entry16 + {gs_16}, %gs",
        // No interrupt is possible between these two instructions.
        "movw %cs:entry16_regs - entry16 + {ss_16}, %ss",
        "movl %cs:entry16_regs - entry16 + {esp_16}, %esp",
        "ljmpw *%cs:entry16_regs - entry16 + {ip_16}",

        // ---- With -d, a kernel's real-mode part calls this before it leaves real mode: disable interrupts and NMIs.
        ".globl entry16_debug_pre32",
        "entry16_debug_pre32:",
        "cli",
        "movb ${no_nmi}, %al",
        "outb %al, ${rtc_index}",
        "lretw",

        ".code32",
        // ---- With -d, it jumps here in 32-bit mode. The loader writes the next address into the instruction.
        ".globl entry16_debug_first32",
        "entry16_debug_first32:",
        "movl $0, %eax",
        ".globl entry16_debug_old_first32",
        ".set entry16_debug_old_first32, . - 4",
        ".size entry16_debug_old_first32, 4",
        "jmpl *%eax",

        // ---- From long mode: this code runs in a 32-bit code segment (compatibility mode).
        "switch_to_32_bit:",
        "movl ${flat_data}, %eax",
        "movl %eax, %ds",
        "movl %eax, %es",
        "movl %eax, %ss",
        "movl %eax, %fs",
        "movl %eax, %gs",
        // Disabling paging leaves long mode.
        "movl %cr0, %eax",
        "andl ${no_paging}, %eax",
        "movl %eax, %cr0",
        // From here on gates have eight bytes, and an NMI's frame is pushed on the target kernel's stack.
        "movl %cs:entry32_regs - entry16 + {esp_32}, %esp",
        "lidtl %cs:idt_32 - entry16",
        "movl ${efer}, %ecx",
        "rdmsr",
        "andl ${no_long_mode}, %eax",
        "wrmsr",
        "movl %cr4, %eax",
        "andl ${mce}, %eax",
        "movl %eax, %cr4",
        "movl %cs:entry32_regs - entry16 + {eax_32}, %eax",
        "movl %cs:entry32_regs - entry16 + {ebx_32}, %ebx",
        "movl %cs:entry32_regs - entry16 + {ecx_32}, %ecx",
        "movl %cs:entry32_regs - entry16 + {edx_32}, %edx",
        "movl %cs:entry32_regs - entry16 + {esi_32}, %esi",
        "movl %cs:entry32_regs - entry16 + {edi_32}, %edi",
        "movl %cs:entry32_regs - entry16 + {ebp_32}, %ebp",
        "ljmpl *%cs:entry32_regs - entry16 + {eip_32}",

        ".globl nmi_in_32_bit",
        "nmi_in_32_bit:",
        "iretl",

        // ---- Tables that a loader fills in.
        ".balign 8",
        ".globl entry32_regs",
        ".type entry32_regs, @object",
        ".size entry32_regs, {bytes_32}",
        "entry32_regs: .zero {bytes_32}",
        // Follows eip, and forms a far pointer with it.
        ".word {flat_code}",
        ".balign 8",
        ".globl entry16_regs",
        ".type entry16_regs, @object",
        ".size entry16_regs, {bytes_16}",
        ".globl entry16_debug_regs",
        ".type entry16_debug_regs, @object",
        ".size entry16_debug_regs, {bytes_16}",
        "entry16_regs:",
        "entry16_debug_regs: .zero {bytes_16}",

        ".balign 4",
        "pointer_to_32_bit: .long switch_to_32_bit - entry16",
        ".word {own_32}",

        // ---- Fields that prepare fills in, and constants.
        "idt_32: .word {gates} * 8 - 1",
        ".globl idt_base",
        "idt_base: .long 0",
        "real_mode_idt: .word {real_mode_vectors} - 1",
        ".long 0",
        "real_mode_pointer: .word in_real_mode - entry16",
        ".globl real_mode_segment",
        "real_mode_segment: .word 0",
        ".code64",
        gdt_pointer = sym GDT_POINTER,
        own_32 = const OWN_32,
        own_16 = const OWN_16,
        own_data = const OWN_DATA,
        flat_data = const FLAT_DATA,
        flat_code = const FLAT_CODE,
        efer = const EFER,
        no_long_mode = const !(EferFlags::LONG_MODE_ENABLE.bits() as u32) as i32,
        no_paging = const !(Cr0Flags::PAGING.bits() as u32) as i32,
        real_mode_cr0 = const !(Cr0Flags::PROTECTED_MODE_ENABLE.bits() as u32) as i32,
        mce = const Cr4Flags::MACHINE_CHECK_EXCEPTION.bits(),
        no_nmi = const NO_NMI,
        rtc_index = const RTC_INDEX,
        gates = const GATES,
        real_mode_vectors = const REAL_MODE_VECTORS,
        bytes_32 = const size_of::<EntryRegs32>(),
        eax_32 = const offset_of!(EntryRegs32, eax),
        ebx_32 = const offset_of!(EntryRegs32, ebx),
        ecx_32 = const offset_of!(EntryRegs32, ecx),
        edx_32 = const offset_of!(EntryRegs32, edx),
        esi_32 = const offset_of!(EntryRegs32, esi),
        edi_32 = const offset_of!(EntryRegs32, edi),
        esp_32 = const offset_of!(EntryRegs32, esp),
        ebp_32 = const offset_of!(EntryRegs32, ebp),
        eip_32 = const offset_of!(EntryRegs32, eip),
        bytes_16 = const size_of::<EntryRegs16>(),
        eax_16 = const offset_of!(EntryRegs16, eax),
        ebx_16 = const offset_of!(EntryRegs16, ebx),
        ecx_16 = const offset_of!(EntryRegs16, ecx),
        edx_16 = const offset_of!(EntryRegs16, edx),
        esi_16 = const offset_of!(EntryRegs16, esi),
        edi_16 = const offset_of!(EntryRegs16, edi),
        esp_16 = const offset_of!(EntryRegs16, esp),
        ebp_16 = const offset_of!(EntryRegs16, ebp),
        ds_16 = const offset_of!(EntryRegs16, ds),
        es_16 = const offset_of!(EntryRegs16, es),
        ss_16 = const offset_of!(EntryRegs16, ss),
        fs_16 = const offset_of!(EntryRegs16, fs),
        gs_16 = const offset_of!(EntryRegs16, gs),
        ip_16 = const offset_of!(EntryRegs16, ip),
        options(att_syntax),
    )
}
