//! `entry64_regs`: the values to hand over, in the order of each loader's purgatory.
//!
//! The orders stand here for themselves and are not taken from the layouts that the blob uses: a test is to fail if
//! either is wrong.

use boot_shim::layout::HOLE;
use boot_shim::setup::{Rsi, Setup};
use purgatory_abi::linux::{ENTRY64_REGS, STACK_END};
use purgatory_abi::{EntryRegs, Loader};
use purgatory_loader::Image;
use zerocopy::IntoBytes;

use super::segments::Segments;
use crate::error::ShimError;

/// The registers in the order of a loader's table.
///
/// Source: `struct kexec_entry64_regs` of the kernel's `arch/x86/include/asm/kexec.h`; `struct entry64_regs` of
/// kexec-tools' `kexec/arch/x86_64/kexec-x86_64.h`.
fn slots(kind: Loader, regs: &mut EntryRegs) -> [&mut u64; 17] {
    let EntryRegs { rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, .. } = regs;
    let EntryRegs { r8, r9, r10, r11, r12, r13, r14, r15, rip, .. } = regs;
    match kind {
        Loader::Linux | Loader::Native => {
            [rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15, rip]
        }
        Loader::KexecTools => {
            [rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rip]
        }
    }
}

/// The value of `entry64_regs.rsi` and `entry32_regs.esi`.
pub(super) fn rsi(setup: &Setup<'_>, segments: &Segments, image: &Image) -> u64 {
    match setup.rsi {
        Rsi::BootParams => segments.boot_params.start,
        Rsi::Unmapped => HOLE,
        Rsi::Null => 0,
        Rsi::Garbage => segments.initrd.start,
        Rsi::Blob => image.base(),
    }
}

/// Writes the loader's registers, and in a run with `registers` a distinct value to each of the others. Returns the
/// registers.
pub(super) fn write(
    setup: &Setup<'_>,
    kind: Loader,
    image: &mut Image,
    rsi: u64,
    rip: u64,
) -> Result<EntryRegs, ShimError> {
    let mut table = [0_u64; 17];
    if kind != Loader::Native {
        image.get_symbol(ENTRY64_REGS, table.as_mut_bytes())?;
    }
    let mut regs = EntryRegs::default();
    for (slot, value) in slots(kind, &mut regs).into_iter().zip(table) {
        *slot = value;
    }
    if setup.registers {
        regs = EntryRegs {
            rax: 0x0a0a_0a0a_0a0a_0a0a,
            rcx: 0xc1c1_c1c1_c1c1_c1c1,
            rdx: 0xd2d2_d2d2_d2d2_d2d2,
            rbp: 0xb5b5_b5b5_b5b5_b5b5,
            rdi: 0x0717_2737_4757_6777,
            r8: 0x8888_8888_8888_8888,
            r9: 0x9999_9999_9999_9999,
            r10: 0x1010_1010_1010_1010,
            r11: 0x1111_1111_1111_1111,
            r12: 0x1212_1212_1212_1212,
            r13: 0x1313_1313_1313_1313,
            r14: 0x1414_1414_1414_1414,
            r15: 0x1515_1515_1515_1515,
            ..regs
        };
    }
    regs.rbx = if setup.registers { 0x3b3b_3b3b_3b3b_3b3b } else { 0 };
    regs.rsp = match kind {
        _ if setup.registers => 0x4242_4242_4240,
        // It has no stack for the next kernel.
        Loader::Native => 0,
        Loader::Linux | Loader::KexecTools => image.symbol(STACK_END)?.address,
    };
    regs.rsi = rsi;
    regs.rip = rip;
    // purgatory-loader writes those of our own contract.
    if kind != Loader::Native {
        let table = slots(kind, &mut regs).map(|slot| *slot);
        image.set_symbol(ENTRY64_REGS, table.as_bytes())?;
    }
    Ok(regs)
}
