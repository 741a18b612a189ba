//! A hypervisor of a few lines, in which the blob runs as in a confidential guest.
//!
//! Port access, CPUID, model-specific registers and cache instructions exit, and the guest gets the exception that a
//! confidential guest gets for them: #VC with SEV-ES (AMD64 APM volume 2, "Encrypted State"), #VE with TDX (Intel TDX
//! Module Base Architecture Specification, "#VE"). XSETBV, which both leave to the guest, can be made to exit too.
//! Another kind of guest gets one exception in the middle of its work.
//!
//! Guest and host share their memory. The guest's CPU state is that of the entry, and EFER.SVME is set.

#![allow(unsafe_code, reason = "SVM instructions and what the guest executes")]

mod deliver;
mod vmcb;
mod vmrun;

use alloc::boxed::Box;
use core::arch::x86_64::__cpuid;

use boot_shim::end::End;
use boot_shim::setup::{Guest, Setup};
use purgatory_abi::EntryRegs;
use x86_64::instructions::port::Port;
use x86_64::registers::control::{Efer, EferFlags};
use x86_64::registers::model_specific::Msr;

use crate::cpu::Entry;
use crate::debugcon::{end, say};
use crate::error::ShimError;
use crate::gdt::{CODE, DATA, TablePointer};
use crate::lapic;
use deliver::{NoGate, deliver};
use vmcb::{
    HOST_DECIDES_ON_INTERRUPTS, SegmentRegister, Vmcb, exit_code, intercept, more_intercept,
};
use vmrun::vmrun;

/// CPUID 0x8000_0001, ECX bit 2: SVM.
const CPUID_FEATURES: u32 = 0x8000_0001;
const CPUID_SVM: u32 = 1 << 2;
/// VM_HSAVE_PA: where VMRUN keeps the host's state.
const HOST_SAVE_AREA: u32 = 0xc001_0117;
const PORT_MAP_BYTES: usize = 3 * 4096;
const MSR_MAP_BYTES: usize = 2 * 4096;
/// Descriptor attributes as the VMCB has them: flat 64-bit code, flat data.
const CODE_ATTRIBUTES: u16 = 0xa9b;
const DATA_ATTRIBUTES: u16 = 0xc93;
/// DR6 and DR7 after reset.
const DR6_RESET: u64 = 0xffff_0ff0;
const DR7_RESET: u64 = 0x400;
/// The vectors.
const DOUBLE_FAULT: u8 = 8;
const INVALID_OPCODE: u8 = 6;
const VIRTUALIZATION: u8 = 20;
const VMM_COMMUNICATION: u8 = 29;
/// The exceptions that push an error code: #DF, #TS, #NP, #SS, #GP, #PF, #AC, #CP, #VC, #SX.
const WITH_ERROR_CODE: &[u8] = &[8, 10, 11, 12, 13, 14, 17, 21, 29, 30];
/// TDCALL, and its leaf TDG.VP.VEINFO.GET.
const TDCALL: [u8; 4] = [0x66, 0x0f, 0x01, 0xcc];
const VEINFO_GET: u64 = 3;
const VMMCALL_BYTES: u64 = 3;
/// Where a HLT is an exception itself, so many of them in a row are a guest that halts for ever.
const HALTED_AFTER: u32 = 16;
/// Ticks of the timer, an instruction in a QEMU that counts them, until a guest of kind `inject` is interrupted: long
/// after it set up its own IDT and verified its own code, long before it has digested 4 MiB.
const INJECT_AFTER: u32 = 8_000_000;
/// The error code of the exception, if its vector has one, and CR2.
const INJECTED_ERROR_CODE: u64 = 0x5a5a;
const INJECTED_CR2: u64 = 0x1234_5678_9abc;
/// The mask registers of the two interrupt controllers.
const PIC_MASKS: [u16; 2] = [0x21, 0xa1];

/// Memory that the processor wants page-aligned and whole.
#[repr(C, align(4096))]
struct Pages<const BYTES: usize>([u8; BYTES]);

impl<const BYTES: usize> Pages<BYTES> {
    /// Filled with `byte`, and never freed: the processor has its address.
    fn leak(byte: u8) -> u64 {
        &raw const *Box::leak(Box::new(Self([byte; BYTES]))) as u64
    }
}

/// Turns SVM on. EFER is another one afterwards.
pub(crate) fn enable() -> Result<(), ShimError> {
    if __cpuid(CPUID_FEATURES).ecx & CPUID_SVM == 0 {
        return Err(ShimError::NoSvm);
    }
    // SAFETY: the processor has SVM; the bit enables its instructions and nothing else.
    unsafe { Efer::update(|flags| flags.insert(EferFlags::SECURE_VIRTUAL_MACHINE_ENABLE)) };
    let area = Pages::<4096>::leak(0);
    // SAFETY: a page that is used for nothing else.
    unsafe { Msr::new(HOST_SAVE_AREA).write(area) };
    Ok(())
}

/// How often the guest executed an instruction that a confidential guest must not execute, or that costs it an
/// exception.
#[derive(Default)]
struct Counts {
    ports: u32,
    cpuid: u32,
    msrs: u32,
    xsetbv: u32,
    others: u32,
    halts: u32,
    /// A #VE that came before the guest had asked for the reason of the previous one.
    unasked: u32,
}

struct Host {
    vmcb: Box<Vmcb>,
    regs: EntryRegs,
    kind: Guest,
    /// The exception for a guest of kind `inject`.
    inject: u8,
    counts: Counts,
    /// The guest has not asked yet for the reason of its last #VE.
    veinfo: Option<u64>,
}

/// Runs the blob as a guest. It ends like a run without a guest, once the landing pad has said where it is.
pub(crate) fn run(entry: &Entry, setup: &Setup<'_>) -> ! {
    let mut host = Host {
        vmcb: Box::new(guest(entry, setup.guest)),
        regs: entry.regs,
        kind: setup.guest,
        inject: setup.inject,
        counts: Counts::default(),
        veinfo: None,
    };
    if setup.guest == Guest::Inject {
        for mask in PIC_MASKS {
            // SAFETY: masks the interrupts of the old devices, of which the shim uses none.
            unsafe { Port::<u8>::new(mask).write(0xff) };
        }
        lapic::start_timer(INJECT_AFTER);
    }
    loop {
        // SAFETY: the entry's page tables map the blob and the shim; `enable` was called.
        unsafe { vmrun(&mut host.vmcb, &mut host.regs) };
        if host.handle_exit().is_err() {
            host.end("shut down: no gate for an exception", End::GuestShutDown);
        }
    }
}

/// A guest in the state of the entry.
fn guest(entry: &Entry, kind: Guest) -> Vmcb {
    // SAFETY: a VMCB is integers all over.
    let mut vmcb = unsafe { core::mem::zeroed::<Vmcb>() };
    vmcb.intercepts = intercept::SHUTDOWN | intercept::HLT;
    vmcb.more_intercepts = more_intercept::VMRUN | more_intercept::VMMCALL;
    match kind {
        Guest::Inject | Guest::None => {
            vmcb.intercepts |= intercept::INTR;
            vmcb.interrupt_control = HOST_DECIDES_ON_INTERRUPTS;
        }
        Guest::Vc | Guest::VcXsetbv | Guest::Ve => {
            vmcb.intercepts |=
                intercept::CPUID | intercept::INVD | intercept::PORTS | intercept::MSRS;
            vmcb.more_intercepts |=
                more_intercept::WBINVD | more_intercept::MONITOR | more_intercept::MWAIT;
        }
    }
    if kind == Guest::VcXsetbv {
        vmcb.more_intercepts |= more_intercept::XSETBV;
    }
    if kind == Guest::Ve {
        vmcb.intercept_exceptions = 1 << INVALID_OPCODE;
    }
    vmcb.port_map = Pages::<PORT_MAP_BYTES>::leak(0xff);
    vmcb.msr_map = Pages::<MSR_MAP_BYTES>::leak(0xff);
    vmcb.asid = 1;

    let segment =
        |selector, attributes| SegmentRegister { selector, attributes, limit: u32::MAX, base: 0 };
    let table = |pointer: TablePointer| SegmentRegister {
        selector: 0,
        attributes: 0,
        limit: u32::from(pointer.limit),
        base: pointer.base,
    };
    vmcb.cs = segment(CODE, CODE_ATTRIBUTES);
    vmcb.ds = segment(DATA, DATA_ATTRIBUTES);
    vmcb.es = vmcb.ds;
    vmcb.ss = vmcb.ds;
    vmcb.gdtr = table(entry.gdt);
    vmcb.idtr = table(entry.idt);
    vmcb.efer = Efer::read_raw();
    vmcb.cr0 = entry.cr0;
    vmcb.cr3 = entry.cr3;
    vmcb.cr4 = entry.cr4;
    vmcb.dr6 = DR6_RESET;
    vmcb.dr7 = DR7_RESET;
    vmcb.rflags = entry.rflags;
    vmcb.rip = entry.regs.rip;
    vmcb.rsp = entry.regs.rsp;
    vmcb.rax = entry.regs.rax;
    vmcb
}

impl Host {
    fn handle_exit(&mut self) -> Result<(), NoGate> {
        match self.vmcb.exit_code {
            exit_code::VMMCALL => {
                self.landed();
                return Ok(());
            }
            exit_code::SHUTDOWN => self.end("shut down", End::GuestShutDown),
            exit_code::HLT => return self.halted(),
            exit_code::INTR => return self.interrupt(),
            exit_code::INVALID_OPCODE => return self.invalid_opcode(),
            exit_code::PORT => self.counts.ports += 1,
            exit_code::CPUID => self.counts.cpuid += 1,
            exit_code::MSR => self.counts.msrs += 1,
            exit_code::XSETBV => self.counts.xsetbv += 1,
            exit_code::WBINVD | exit_code::INVD | exit_code::MONITOR | exit_code::MWAIT => {
                self.counts.others += 1;
            }
            other => {
                say!("error: the guest exited with {other:#x}, rip {:#x}", self.vmcb.rip);
                end(End::Error)
            }
        }
        self.refuse()
    }

    /// Answers an instruction with the exception of this kind of guest.
    fn refuse(&mut self) -> Result<(), NoGate> {
        let reason = self.vmcb.exit_code;
        if self.kind != Guest::Ve {
            return deliver(&mut self.vmcb, VMM_COMMUNICATION, Some(reason));
        }
        if self.veinfo.replace(reason).is_some() {
            self.counts.unasked += 1;
            return deliver(&mut self.vmcb, DOUBLE_FAULT, Some(0));
        }
        deliver(&mut self.vmcb, VIRTUALIZATION, None)
    }

    /// The landing pad: only the end of the guest is still intercepted.
    fn landed(&mut self) {
        self.say_counts();
        self.vmcb.intercepts = intercept::SHUTDOWN;
        self.vmcb.more_intercepts = more_intercept::VMRUN;
        self.vmcb.intercept_exceptions = 0;
        self.vmcb.interrupt_control = 0;
        self.vmcb.rip += VMMCALL_BYTES;
    }

    /// HLT exits with SEV-ES, and is an exception with TDX.
    fn halted(&mut self) -> Result<(), NoGate> {
        self.counts.halts += 1;
        if self.kind == Guest::Ve && self.counts.halts < HALTED_AFTER {
            return self.refuse();
        }
        self.end("halted", End::GuestHalted)
    }

    /// The timer: the exception that was asked for, once.
    fn interrupt(&mut self) -> Result<(), NoGate> {
        self.vmcb.intercepts &= !intercept::INTR;
        self.vmcb.interrupt_control = 0;
        self.vmcb.cr2 = INJECTED_CR2;
        say!("inject {} at {:#x}", self.inject, self.vmcb.rip);
        let error_code = WITH_ERROR_CODE.contains(&self.inject).then_some(INJECTED_ERROR_CODE);
        deliver(&mut self.vmcb, self.inject, error_code)
    }

    /// TDCALL is not an instruction of this processor: TDG.VP.VEINFO.GET is answered, everything else is #UD.
    fn invalid_opcode(&mut self) -> Result<(), NoGate> {
        let code = self.vmcb.rip as *const [u8; 4];
        // SAFETY: the guest executes from there, and the shim maps all that the guest maps.
        let code = unsafe { code.read_unaligned() };
        if code == TDCALL
            && self.vmcb.rax == VEINFO_GET
            && let Some(reason) = self.veinfo.take()
        {
            self.vmcb.rax = 0;
            self.regs.rcx = reason;
            self.vmcb.rip += TDCALL.len() as u64;
            return Ok(());
        }
        deliver(&mut self.vmcb, INVALID_OPCODE, None)
    }

    fn say_counts(&self) {
        let Counts { ports, cpuid, msrs, xsetbv, others, halts, unasked } = self.counts;
        say!(
            "guest ports={ports} cpuid={cpuid} msrs={msrs} xsetbv={xsetbv} others={others} halts={halts} unasked={unasked}"
        );
    }

    fn end(&self, how: &str, how_it_ends: End) -> ! {
        self.say_counts();
        say!("guest {how} at {:#x}", self.vmcb.rip);
        end(how_it_ends)
    }
}
