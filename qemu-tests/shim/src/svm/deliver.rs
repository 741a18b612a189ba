//! Delivers an exception to the guest, as the processor does it.
//!
//! The VMCB's own event injection is not used: QEMU 7.2 pushes no error code for #VC.
//!
//! Source: AMD64 Architecture Programmer's Manual volume 2, "Long-Mode Interrupt Control Transfers".

#![allow(unsafe_code, reason = "reads the guest's tables and writes to its stack")]

use super::vmcb::Vmcb;

/// Gate: present.
const PRESENT: u64 = 1 << 47;
/// Gate: which stack of the TSS; none if 0. In bits 34:32.
const STACK_SHIFT: u32 = 32;
const STACK_MASK: u64 = 0b111;
/// Offset of the first of these stack pointers in the TSS.
const TSS_STACKS: u64 = 0x24;
/// TF, IF, NT and RF are cleared.
const CLEARED_FLAGS: u64 = 1 << 8 | 1 << 9 | 1 << 14 | 1 << 16;

/// An event that would shut the CPU down.
pub(super) struct NoGate;

fn read(address: u64) -> u64 {
    // SAFETY: the shim's page tables map everything that a guest can have a table in.
    unsafe { (address as *const u64).read_unaligned() }
}

fn push(vmcb: &mut Vmcb, value: u64) {
    vmcb.rsp -= size_of::<u64>() as u64;
    // SAFETY: the stack is the guest's, which does not run meanwhile.
    unsafe { (vmcb.rsp as *mut u64).write(value) };
}

/// Makes the guest go on in the handler of `vector`.
pub(super) fn deliver(vmcb: &mut Vmcb, vector: u8, error_code: Option<u64>) -> Result<(), NoGate> {
    let offset = u64::from(vector) * size_of::<[u64; 2]>() as u64;
    if offset + 15 > u64::from(vmcb.idtr.limit) {
        return Err(NoGate);
    }
    let low = read(vmcb.idtr.base + offset);
    if low & PRESENT == 0 {
        return Err(NoGate);
    }
    let high = read(vmcb.idtr.base + offset + 8);
    let interrupted = (vmcb.rsp, vmcb.rip);
    if let Some(stack) = (low >> STACK_SHIFT & STACK_MASK).checked_sub(1) {
        vmcb.rsp = read(vmcb.tr.base + TSS_STACKS + stack * 8);
    }
    vmcb.rsp &= !0xf;
    push(vmcb, u64::from(vmcb.ss.selector));
    push(vmcb, interrupted.0);
    push(vmcb, vmcb.rflags);
    push(vmcb, u64::from(vmcb.cs.selector));
    push(vmcb, interrupted.1);
    if let Some(error_code) = error_code {
        push(vmcb, error_code);
    }
    vmcb.rip = low & 0xffff | low >> 32 & 0xffff_0000 | high << 32;
    vmcb.cs.selector = (low >> 16) as u16;
    vmcb.rflags &= !CLEARED_FLAGS;
    Ok(())
}
