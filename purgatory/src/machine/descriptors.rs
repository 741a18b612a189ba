//! GDT and TSS: the segments that the boot protocol requires, and stacks for exceptions.
//!
//! The boot protocol (`Documentation/arch/x86/boot.rst`, 64-bit) requires that selector 0x10 is flat 64-bit code and
//! 0x18 flat data. 0x08 is 32-bit code, as in the running kernel's GDT. Our GDT stays in use until the target kernel
//! loads its own.

use super::single::Single;
use core::arch::asm;
use core::mem::MaybeUninit;
use x86_64::instructions::segmentation::{CS, Segment};
use x86_64::instructions::tables::{lgdt, load_tss};
use x86_64::structures::DescriptorTablePointer;
use x86_64::structures::gdt::{DescriptorFlags, SegmentSelector};
use x86_64::structures::tss::TaskStateSegment;
use x86_64::{PrivilegeLevel, VirtAddr};

/// The exceptions with separate stacks: an exception of one kind must not overwrite the frame of another.
#[derive(Clone, Copy)]
pub(super) enum ExceptionStack {
    General,
    Nmi,
    DoubleFault,
    MachineCheck,
    Virtualization,
}

/// The number of stacks.
const STACKS: usize = ExceptionStack::Virtualization as usize + 1;

/// Bytes of each stack: a frame, the registers, and the few calls that search for a fixup.
const STACK_BYTES: usize = 1024;

/// A stack, aligned as the processor aligns an exception's frame.
#[repr(C, align(16))]
struct Stack([u8; STACK_BYTES]);

static EXCEPTION_STACKS: Single<[Stack; STACKS]> =
    Single::new([const { Stack([0; STACK_BYTES]) }; STACKS]);

/// The selector of 64-bit code.
pub(super) const CODE: SegmentSelector = SegmentSelector::new(2, PrivilegeLevel::Ring0);
const DATA: SegmentSelector = SegmentSelector::new(3, PrivilegeLevel::Ring0);
const TASK: SegmentSelector = SegmentSelector::new(4, PrivilegeLevel::Ring0);

/// Null, 32-bit code, 64-bit code, data, and the two halves of the TSS's descriptor. It is all zeros until [`load`]
/// fills it in: data that changes must have no bytes in the file, because the native purgatory digests them.
static GDT: Single<[u64; 6]> = Single::new([0; 6]);

/// The TSS: all zeros until [`load`] fills it in.
static TSS: Single<MaybeUninit<TaskStateSegment>> = Single::new(MaybeUninit::zeroed());

/// Returns the descriptor of an available 64-bit TSS at `base`, present, for ring 0 (AMD APM volume 2, section 4.8.3).
const fn task_descriptor(base: u64) -> [u64; 2] {
    const AVAILABLE_TSS: u64 = 0b1001 << 40;
    const LIMIT: u64 = size_of::<TaskStateSegment>() as u64 - 1;
    let low = LIMIT
        | (base & 0xff_ffff) << 16
        | AVAILABLE_TSS
        | DescriptorFlags::PRESENT.bits()
        | (base >> 24 & 0xff) << 56;
    [low, base >> 32]
}

/// Fills in and loads both tables, and reloads every segment register.
pub(super) fn load() {
    let mut end = EXCEPTION_STACKS.address();
    // SAFETY: nothing else refers to the TSS yet.
    let tss = unsafe { &mut *TSS.get() };
    // SAFETY: a TSS consists of numbers, for which zeros are valid.
    let tss = unsafe { tss.assume_init_mut() };
    // No bitmap of I/O ports: its offset is the end of the TSS.
    tss.iomap_base = size_of::<TaskStateSegment>() as u16;
    let stacks = &raw mut tss.interrupt_stack_table;
    for index in 0..STACKS {
        // SAFETY: within the same static, or at its end.
        end = unsafe { VirtAddr::new_unsafe(end.as_u64() + STACK_BYTES as u64) };
        let entry = stacks.cast::<VirtAddr>().wrapping_add(index);
        // SAFETY: the TSS has more entries than there are stacks; they are not aligned.
        unsafe { entry.write_unaligned(end) };
    }
    // SAFETY: nothing else refers to the GDT yet.
    let gdt = unsafe { &mut *GDT.get() };
    let [task_low, task_high] = task_descriptor(TSS.get() as u64);
    *gdt = [
        0,
        DescriptorFlags::KERNEL_CODE32.bits(),
        DescriptorFlags::KERNEL_CODE64.bits(),
        DescriptorFlags::KERNEL_DATA.bits(),
        task_low,
        task_high,
    ];
    let pointer =
        DescriptorTablePointer { limit: (size_of_val(gdt) - 1) as u16, base: GDT.address() };
    // SAFETY: the table is a complete static. Only the TSS's busy bit changes later.
    unsafe { lgdt(&pointer) };
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
    unsafe { load_tss(TASK) };
}
