//! GDT and TSS: what the boot protocol wants of segments, and stacks for exceptions.
//!
//! The boot protocol (`Documentation/arch/x86/boot.rst`, 64-bit) wants selector 0x10 to be flat 64-bit code and 0x18 flat
//! data; 0x08 is 32-bit code, as the old kernel had it. Our GDT stays in force until the new kernel loads its own.

use super::single::Single;
use x86_64::VirtAddr;
use core::arch::asm;
use x86_64::PrivilegeLevel;
use x86_64::instructions::segmentation::{CS, Segment};
use x86_64::instructions::tables::load_tss;
use x86_64::structures::gdt::{Descriptor, DescriptorFlags, GlobalDescriptorTable, SegmentSelector};
use x86_64::structures::tss::TaskStateSegment;

/// What needs a stack of its own: an exception of one kind must not run over the frame of another.
#[derive(Clone, Copy)]
pub(super) enum ExceptionStack {
    General,
    Nmi,
    DoubleFault,
    MachineCheck,
    Virtualization,
}

/// How many there are.
const STACKS: usize = ExceptionStack::Virtualization as usize + 1;

/// Bytes of each: a frame, the registers, and the few calls that look for a fix-up.
const STACK_BYTES: usize = 1024;

/// A stack, aligned as the processor aligns an exception's frame.
#[repr(C, align(16))]
struct Stack([u8; STACK_BYTES]);

/// 0x08: 32-bit code; 0x10: 64-bit code; 0x18: data; behind these, the TSS is appended.
static GDT: Single<GlobalDescriptorTable> = Single::new(GlobalDescriptorTable::from_raw_entries(&[
    0,
    DescriptorFlags::KERNEL_CODE32.bits(),
    DescriptorFlags::KERNEL_CODE64.bits(),
    DescriptorFlags::KERNEL_DATA.bits(),
]));
const CODE: SegmentSelector = SegmentSelector::new(2, PrivilegeLevel::Ring0);
const DATA: SegmentSelector = SegmentSelector::new(3, PrivilegeLevel::Ring0);

static TSS: Single<TaskStateSegment> = Single::new(TaskStateSegment::new());
static EXCEPTION_STACKS: Single<[Stack; STACKS]> = Single::new([const { Stack([0; STACK_BYTES]) }; STACKS]);

/// Makes both tables and loads them, and every segment register from them.
pub(super) fn load() {
    // SAFETY: nothing else refers to the TSS yet.
    let tss = unsafe { &mut *TSS.get() };
    let mut ends = [VirtAddr::zero(); 7];
    let mut end = EXCEPTION_STACKS.get() as u64;
    for entry in ends.iter_mut().take(STACKS) {
        end += STACK_BYTES as u64;
        *entry = VirtAddr::new_truncate(end);
    }
    tss.interrupt_stack_table = ends;
    // SAFETY: nothing else refers to the GDT yet.
    let gdt = unsafe { &mut *GDT.get() };
    // SAFETY: the TSS is a static and lives as long as the descriptor.
    let tss = gdt.append(unsafe { Descriptor::tss_segment_unchecked(TSS.get()) });
    // SAFETY: the table is a static, complete, and never changed again but for the TSS's busy bit.
    unsafe { gdt.load_unsafe() };
    // SAFETY: the selector is that of 64-bit code in the table just loaded.
    unsafe { CS::set_reg(CODE) };
    // SAFETY: the selector is that of flat data in the table just loaded.
    unsafe {
        asm!(
            "mov ss, {data:e}",
            "mov ds, {data:e}",
            "mov es, {data:e}",
            "mov fs, {data:e}",
            "mov gs, {data:e}",
            data = in(reg) u64::from(DATA.0),
            options(nostack, preserves_flags),
        )
    };
    // SAFETY: the selector is that of the TSS in the table just loaded.
    unsafe { load_tss(tss) };
}
