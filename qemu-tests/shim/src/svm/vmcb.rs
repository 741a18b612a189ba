//! The virtual machine control block.
//!
//! Source: AMD64 Architecture Programmer's Manual volume 2, appendix B, "Layout of VMCB".

use core::mem::offset_of;

/// A segment register with its cached descriptor.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct SegmentRegister {
    pub(crate) selector: u16,
    /// Bits 7:0 are the descriptor's bits 47:40, bits 11:8 its bits 55:52.
    pub(crate) attributes: u16,
    pub(crate) limit: u32,
    pub(crate) base: u64,
}

/// The control area and the state save area.
#[repr(C, align(4096))]
#[derive(Clone, Copy)]
pub(crate) struct Vmcb {
    pub(crate) intercept_control_registers: u32,
    pub(crate) intercept_debug_registers: u32,
    /// One bit a vector.
    pub(crate) intercept_exceptions: u32,
    pub(crate) intercepts: u32,
    pub(crate) more_intercepts: u32,
    reserved_014: [u8; 0x2c],
    /// Address of the map of ports.
    pub(crate) port_map: u64,
    /// Address of the map of model-specific registers.
    pub(crate) msr_map: u64,
    tsc_offset: u64,
    pub(crate) asid: u32,
    tlb_control: u32,
    pub(crate) interrupt_control: u64,
    interrupt_state: u64,
    pub(crate) exit_code: u64,
    pub(crate) exit_info_1: u64,
    pub(crate) exit_info_2: u64,
    exit_interrupt: u64,
    nested_control: u64,
    reserved_098: [u8; 0x10],
    event: u64,
    reserved_0b0: [u8; 0x350],
    pub(crate) es: SegmentRegister,
    pub(crate) cs: SegmentRegister,
    pub(crate) ss: SegmentRegister,
    pub(crate) ds: SegmentRegister,
    fs: SegmentRegister,
    gs: SegmentRegister,
    pub(crate) gdtr: SegmentRegister,
    ldtr: SegmentRegister,
    pub(crate) idtr: SegmentRegister,
    /// Written by VMSAVE.
    pub(crate) tr: SegmentRegister,
    reserved_4a0: [u8; 0x2b],
    cpl: u8,
    reserved_4cc: [u8; 4],
    pub(crate) efer: u64,
    reserved_4d8: [u8; 0x70],
    pub(crate) cr4: u64,
    pub(crate) cr3: u64,
    pub(crate) cr0: u64,
    pub(crate) dr7: u64,
    pub(crate) dr6: u64,
    pub(crate) rflags: u64,
    pub(crate) rip: u64,
    reserved_580: [u8; 0x58],
    pub(crate) rsp: u64,
    reserved_5e0: [u8; 0x18],
    pub(crate) rax: u64,
    reserved_600: [u8; 0x40],
    pub(crate) cr2: u64,
    reserved_648: [u8; 0x9b8],
}

const _: () = {
    assert!(size_of::<Vmcb>() == 4096);
    assert!(offset_of!(Vmcb, port_map) == 0x040);
    assert!(offset_of!(Vmcb, asid) == 0x058);
    assert!(offset_of!(Vmcb, exit_code) == 0x070);
    assert!(offset_of!(Vmcb, event) == 0x0a8);
    assert!(offset_of!(Vmcb, es) == 0x400);
    assert!(offset_of!(Vmcb, tr) == 0x490);
    assert!(offset_of!(Vmcb, cpl) == 0x4cb);
    assert!(offset_of!(Vmcb, efer) == 0x4d0);
    assert!(offset_of!(Vmcb, cr4) == 0x548);
    assert!(offset_of!(Vmcb, rip) == 0x578);
    assert!(offset_of!(Vmcb, rsp) == 0x5d8);
    assert!(offset_of!(Vmcb, rax) == 0x5f8);
    assert!(offset_of!(Vmcb, cr2) == 0x640);
};

/// Bits of `intercepts` (offset 0x00c).
pub(crate) mod intercept {
    pub(crate) const INTR: u32 = 1 << 0;
    pub(crate) const CPUID: u32 = 1 << 18;
    pub(crate) const INVD: u32 = 1 << 22;
    pub(crate) const HLT: u32 = 1 << 24;
    pub(crate) const PORTS: u32 = 1 << 27;
    pub(crate) const MSRS: u32 = 1 << 28;
    pub(crate) const SHUTDOWN: u32 = 1 << 31;
}

/// Bits of `more_intercepts` (offset 0x010).
pub(crate) mod more_intercept {
    /// The processor wants this one set.
    pub(crate) const VMRUN: u32 = 1 << 0;
    pub(crate) const VMMCALL: u32 = 1 << 1;
    pub(crate) const WBINVD: u32 = 1 << 9;
    pub(crate) const MONITOR: u32 = 1 << 10;
    pub(crate) const MWAIT: u32 = 1 << 11;
    pub(crate) const XSETBV: u32 = 1 << 13;
}

/// `exit_code` (appendix C, "SVM Intercept Exit Codes").
pub(crate) mod exit_code {
    /// #UD; the exceptions are 0x40 plus their vector.
    pub(crate) const INVALID_OPCODE: u64 = 0x46;
    pub(crate) const INTR: u64 = 0x60;
    pub(crate) const CPUID: u64 = 0x72;
    pub(crate) const INVD: u64 = 0x76;
    pub(crate) const HLT: u64 = 0x78;
    pub(crate) const PORT: u64 = 0x7b;
    pub(crate) const MSR: u64 = 0x7c;
    pub(crate) const SHUTDOWN: u64 = 0x7f;
    pub(crate) const VMMCALL: u64 = 0x81;
    pub(crate) const WBINVD: u64 = 0x89;
    pub(crate) const MONITOR: u64 = 0x8a;
    pub(crate) const MWAIT: u64 = 0x8b;
    pub(crate) const XSETBV: u64 = 0x8d;
}

/// Bit of `interrupt_control`: the host's RFLAGS.IF decides on interrupts, not the guest's.
pub(crate) const HOST_DECIDES_ON_INTERRUPTS: u64 = 1 << 24;
