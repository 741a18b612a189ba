//! A run from its settings to its end.

#![allow(unsafe_code, reason = "enters the blob, and takes what it left from a raw pointer")]

use alloc::boxed::Box;
use core::array;
use core::convert::Infallible;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use boot_shim::end::End;
use boot_shim::layout::{HOLE, NO_EXECUTE_PAGE, STACK_HOLE};
use boot_shim::order::{Memory, Order};
use boot_shim::setup::{self, Call, Guest, Setup};
use purgatory_abi::EntryRegs;
use sha2::{Digest, Sha256};
use x86_64::registers::control::{Cr4, Efer};
use zerocopy::transmute;

use crate::call::{self, Control};
use crate::checks::{Checks, Expected};
use crate::cpu::{self, CR0_LINUX, CR0_TS, CR4_LA57, CR4_MCE, CR4_PAE, Entry, RFLAGS_FIXED};
use crate::debugcon::{end, say};
use crate::error::ShimError;
use crate::gdt::{self, TablePointer};
use crate::image::{self, Loaded, Ways};
use crate::landing::{self, Landed};
use crate::legacy::{self, State};
use crate::memory::bytes_mut;
use crate::paging::IdentityMap;
use crate::pvh::{Boot, StartInfo};
use crate::{divisor, heap, idt, implementations, lapic, svm, vga};

/// The first 1 MiB, which Linux maps whole.
const LOW_MEMORY: u64 = 0x10_0000;
/// CF, PF, AF, ZF, SF and OF: the flags that arithmetic changes.
const RFLAGS_ARITHMETIC: u64 = 0x8d5;
/// Bytes between the stack pointer at entry and the end of its page, where Linux 6.1 leaves a 0.
const RETURN_SLOT: u64 = 8;

/// The data for the part of the run after the landing pad.
struct Context {
    loaded: Loaded,
    expected: Expected,
    nmi_blocked: bool,
    /// Whether every byte of the regions is as it was digested.
    unharmed: bool,
}

static CONTEXT: AtomicPtr<Context> = AtomicPtr::new(ptr::null_mut());

/// The time-stamp counter just before the entry.
static ENTERED: AtomicU64 = AtomicU64::new(0);

/// The shim's first Rust code.
pub(crate) extern "C" fn shim_main(info: &'static StartInfo) -> ! {
    heap::init();
    idt::load();
    // SAFETY: QEMU passed it, and the shim wrote to its own memory only.
    let boot = unsafe { Boot::read(info) };
    let how = boot.map_err(ShimError::Boot).and_then(|boot| match Order::of_module(boot.module)? {
        (Order::Blob(setup), blob) => run(&boot, &setup, blob).map(|never| match never {}),
        (Order::Implementations(task), vectors) => implementations::run(task, vectors),
        (Order::Memory(memory), bytes) => {
            enter_memory(&boot, &memory, bytes).map(|never| match never {})
        }
    });
    end(how.unwrap_or_else(|error| {
        say!("error: {error}");
        End::Error
    }))
}

fn run(boot: &Boot, setup: &Setup<'_>, blob: &[u8]) -> Result<Infallible, ShimError> {
    let ways = Ways {
        landing: landing::landing as *const () as u64,
        came_back: call::came_back as *const () as u64,
    };
    let loaded = image::load(setup, blob, &ways)?;
    let mut entry = entry(setup, loaded.entry, identity_map(boot));
    called(setup.kexec_tools.call, &mut entry, ways.came_back);
    if let Some(xcr0) = setup.xcr0
        && !cpu::set_xcr0(xcr0)
    {
        return Err(ShimError::NoXcr0);
    }
    let in_guest = setup.guest != Guest::None;
    if in_guest {
        svm::enable()?;
    }
    let expected = Expected {
        regs: loaded.regs,
        cr0: entry.cr0,
        cr3: entry.cr3,
        cr4: entry.cr4,
        efer: Efer::read_raw(),
        xcr0: cpu::xcr0(),
    };
    landing::prepare(in_guest);
    if let Some(start) = &loaded.legacy {
        legacy::prepare(start);
    }
    say!("blob at {:#x}..{:#x}", loaded.blob.start, loaded.blob.end);
    say!("processor sha-ni={}", cpu::has_sha_ni());
    let unharmed = setup.faults == [None; 2];
    let context = Context { loaded, expected, nmi_blocked: setup.nmi_blocked, unharmed };
    CONTEXT.store(Box::into_raw(Box::new(context)), Ordering::SeqCst);
    if setup.last_words {
        vga::say_last_words();
    }
    if setup.graphics {
        vga::to_graphics();
    }
    if setup.garbage {
        cpu::dirty_vector_registers();
    }
    say!("enter");
    ENTERED.store(cpu::ticks(), Ordering::SeqCst);
    if in_guest {
        svm::run(&entry, setup)
    } else if setup.nmi_blocked {
        idt::enter_from_nmi(Box::leak(Box::new(entry)));
        lapic::nmi_to_self();
        unreachable!("no NMI arrived")
    } else {
        let mut control = Control::default();
        // SAFETY: the map holds all RAM, and `purgatory_start` is where the loader says.
        unsafe { call::call(&entry, &mut control) };
        came_back(&entry, &control)
    }
}

/// Writes the pieces of memory, and enters it.
fn enter_memory(boot: &Boot, memory: &Memory, bytes: &[u8]) -> Result<Infallible, ShimError> {
    let mut map = ram_map(boot);
    map.forbid_execution(memory.no_execute);
    let mut rest = bytes;
    for piece in memory.pieces {
        let bytes;
        let split =
            usize::try_from(piece.bytes).ok().and_then(|bytes| rest.split_at_checked(bytes));
        (bytes, rest) = split.ok_or(ShimError::Pieces)?;
        // SAFETY: the host puts the pieces into RAM that the shim and its module do not use.
        unsafe { bytes_mut(piece.address, bytes.len()) }.copy_from_slice(bytes);
    }
    let entry = entry(&Setup::PLAIN, memory.start, map.cr3());
    say!("enter");
    // SAFETY: the map holds all RAM, and the host gives the address of code.
    unsafe { cpu::enter(&entry) }
}

/// The identity map that the purgatory is entered with.
fn identity_map(boot: &Boot) -> u64 {
    let mut map = ram_map(boot);
    map.unmap(STACK_HOLE);
    map.unmap(HOLE);
    map.forbid_execution(NO_EXECUTE_PAGE);
    map.cr3()
}

/// An identity map of all RAM.
fn ram_map(boot: &Boot) -> IdentityMap {
    let mut map = IdentityMap::new();
    map.map(0, LOW_MEMORY);
    for (start, end) in boot.ram() {
        map.map(start, end);
    }
    map
}

/// The processor state that the purgatory is entered in.
fn entry(setup: &Setup<'_>, rip: u64, cr3: u64) -> Entry {
    let nothing = TablePointer::default();
    let (rsp, gdt, idt) = match setup.entry {
        setup::Entry::Linux6_1 => {
            let rsp = STACK_HOLE - RETURN_SLOT;
            // SAFETY: layout.rs keeps the page for this.
            unsafe { bytes_mut(rsp, RETURN_SLOT as usize) }.fill(0);
            (rsp, nothing, nothing)
        }
        setup::Entry::Linux6_16 => (STACK_HOLE, gdt::pointer(), idt::linux_6_16()),
    };
    let zeros = EntryRegs::default();
    let regs = if setup.garbage { garbage() } else { zeros };
    Entry {
        regs: EntryRegs { rsp, rip, ..regs },
        rflags: RFLAGS_FIXED | if setup.garbage { RFLAGS_ARITHMETIC } else { 0 },
        cr0: CR0_LINUX | if setup.ts { CR0_TS } else { 0 },
        cr3,
        cr4: CR4_PAE | (Cr4::read_raw() & CR4_LA57) | if setup.mce { CR4_MCE } else { 0 },
        gdt,
        idt,
    }
}

/// What a kernel that wants to be called back makes of its entry: rdx is the purgatory's own address, and the stack
/// pointer leads to where to call back.
fn called(call: Call, entry: &mut Entry, came_back: u64) {
    let on_stack = came_back.to_le_bytes();
    let mapped = match call {
        Call::None => return,
        Call::Good | Call::RdxNull => on_stack.len(),
        Call::PartlyUnmapped => on_stack.len() / 2,
        Call::Unmapped => 0,
    };
    entry.regs.rdx = if call == Call::RdxNull { 0 } else { entry.regs.rip };
    entry.regs.rsp = STACK_HOLE - mapped as u64;
    // SAFETY: layout.rs keeps the page for this.
    unsafe { bytes_mut(entry.regs.rsp, mapped) }.copy_from_slice(&on_stack[..mapped]);
}

/// General registers that hold no address.
fn garbage() -> EntryRegs {
    let value = |index: usize| 0xbad0_0000_0000_0000 + (index as u64 + 1) * 0x0001_0001_0001_0001;
    transmute!(array::from_fn::<u64, 17, _>(value))
}

/// Continues after the landing pad, with the shim's page tables, and the blob's GDT and IDT still in use.
pub(crate) extern "C" fn landed(landed: &Landed) -> ! {
    say!("landed ticks={}", landed.ticks.wrapping_sub(ENTERED.load(Ordering::SeqCst)));
    // SAFETY: set before the blob was entered, and never freed.
    let context = unsafe { &*CONTEXT.load(Ordering::SeqCst) };
    let mut checks = Checks::default();
    if !context.nmi_blocked {
        nmi_at_the_blobs_idt(&mut checks, &context.loaded);
    }
    gdt::load();
    idt::load();
    checks.landed(landed, &context.expected);
    checks.xcr0(cpu::xcr0(), context.expected.xcr0);
    nmi_blocking(&mut checks, context.nmi_blocked);
    let [first, second] = divisor::TTYS.map(divisor::divisor);
    say!("ttyS0-divisor={first} ttyS1-divisor={second}");
    checks.require("what was to change in memory has changed", context.loaded.has_changed());
    if context.unharmed {
        checks.require("the regions are as they were", context.loaded.is_intact());
    }
    let entry = context.loaded.jump_back.as_ref().map_or(0, |jump_back| {
        checks.equal("jump_back_entry", jump_back.found(), jump_back.entry);
        jump_back.entry
    });
    if entry == 0 || !checks.passed() {
        finish(&checks);
    }
    let Landed { cr0, cr3, cr4, .. } = *landed;
    // SAFETY: the checks have found the shim's own address, under the page tables that it was left with.
    unsafe { call::back(&Control { cr0, cr3, cr4 }, entry) }
}

/// Continues after a landing pad in a mode other than 64-bit, in the shim's own long mode.
pub(crate) extern "C" fn landed_in_legacy_mode(state: &State) -> ! {
    say!("landed");
    // SAFETY: set before the blob was entered, and never freed.
    let Context { loaded, expected, .. } = unsafe { &*CONTEXT.load(Ordering::SeqCst) };
    idt::load();
    let mut checks = Checks::default();
    match &loaded.legacy {
        Some(start) => checks.landed_in_legacy_mode(state, start, expected),
        None => checks.require("it is to start in another mode than 64-bit", false),
    }
    checks.require("what was to change in memory has changed", loaded.has_changed());
    checks.require("the regions are as they were", loaded.is_intact());
    finish(&checks)
}

/// Continues where the crashed kernel is called back: on its own stack, and with the shim's page tables.
fn came_back(entry: &Entry, control: &Control) -> ! {
    say!("came back");
    let mut checks = Checks::default();
    checks.came_back(entry, control);
    finish(&checks)
}

fn finish(checks: &Checks) -> ! {
    end(if checks.passed() { End::Passed } else { End::Failed })
}

/// The new kernel may get an NMI before it has an IDT: the blob's handler, which counts it, must take it.
fn nmi_at_the_blobs_idt(checks: &mut Checks, loaded: &Loaded) {
    let digest = || {
        let range = &loaded.blob;
        // SAFETY: the blob is over; only its NMI handler writes there, and not while this reads.
        let bytes = unsafe { bytes_mut(range.start, (range.end - range.start) as usize) };
        Sha256::digest(bytes)
    };
    let before = digest();
    lapic::nmi_to_self();
    checks.require("the blob's handler took an NMI after the landing", digest() != before);
}

/// Non-maskable interrupts are blocked if they were at entry, and arrive otherwise.
fn nmi_blocking(checks: &mut Checks, blocked: bool) {
    idt::count_nmis();
    let before = idt::nmis();
    lapic::nmi_to_self();
    if blocked {
        checks.require("NMIs are still blocked", idt::nmis() == before);
        idt::unblock_nmis();
    }
    checks.require("an NMI arrives", idt::nmis() == before + 1);
}
