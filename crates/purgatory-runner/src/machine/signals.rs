//! The signal handlers. The blob's privileged instructions and exceptions raise signals.
//!
//! The handlers allocate memory, which a handler of an asynchronous signal must not do. It is safe here: a fault
//! interrupts only the blob, which has no lock of this process and is not inside one of its functions. A tick during
//! other code does nothing.

use super::enter::landing;
use super::mapping::Mapping;
use super::outcome::{End, RunError};
use super::timer;
use crate::clock;
use crate::processor::{Exception, Memory, Processor, Registers, Step};
use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::Duration;

/// The signals of faults, and the signal of a tick. SIGSYS is that of a system call which a filter forbids.
const SIGNALS: [libc::c_int; 7] = [
    libc::SIGSEGV,
    libc::SIGILL,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGTRAP,
    libc::SIGSYS,
    timer::SIGNAL,
];

/// Bytes of SYSCALL and of `int 0x80`. After both, rip is after the instruction.
const SYSTEM_CALL_BYTES: u64 = 2;

/// The size of the handlers' stack, in bytes: for a signal's frame with the vector registers, and for decoding.
const STACK_BYTES: usize = 64 << 10;

/// `jmp` to itself, in its two-byte form.
const JUMP_TO_ITSELF: [u8; 2] = [0xeb, 0xfe];

/// The general registers, in the order of the instruction encoding.
const GENERAL: [libc::c_int; 16] = [
    libc::REG_RAX,
    libc::REG_RCX,
    libc::REG_RDX,
    libc::REG_RBX,
    libc::REG_RSP,
    libc::REG_RBP,
    libc::REG_RSI,
    libc::REG_RDI,
    libc::REG_R8,
    libc::REG_R9,
    libc::REG_R10,
    libc::REG_R11,
    libc::REG_R12,
    libc::REG_R13,
    libc::REG_R14,
    libc::REG_R15,
];

/// The current run, or null.
static RUNNING: AtomicPtr<Running<'static>> = AtomicPtr::new(ptr::null_mut());

/// The current run, for the handlers.
pub(super) struct Running<'m> {
    mappings: &'m mut [Mapping],
    thread: libc::pthread_t,
    began: Duration,
    limit: Duration,
    pub(super) processor: Processor,
    /// The end of the run, if a handler ended it.
    pub(super) ended: Option<End>,
    /// The registers at that end.
    pub(super) registers: Registers,
    pub(super) traps: u64,
    /// The time spent in handlers. Only they write it, because a tick may occur at any time.
    pub(super) away: Duration,
}

impl<'m> Running<'m> {
    /// Prepares a run of the blob in `mappings`, in this thread.
    pub(super) fn new(mappings: &'m mut [Mapping], began: Duration, limit: Duration) -> Self {
        Self {
            mappings,
            // SAFETY: the function only returns a number.
            thread: unsafe { libc::pthread_self() },
            began,
            limit,
            processor: Processor::new(xcr0()),
            ended: None,
            registers: Registers::default(),
            traps: 0,
            away: Duration::ZERO,
        }
    }

    /// Handles an exception. Returns the end of the run, or `None` if the blob continues.
    fn fault(&mut self, exception: Exception, registers: &mut Registers) -> Option<End> {
        self.traps += 1;
        let rip = registers.rip;
        let mut memory = Memory::new(self.mappings.iter_mut().map(|mapping| {
            let start = mapping.addresses().start;
            (start, mapping.bytes_mut())
        }));
        if exception.is_fetch() && memory.has(rip) {
            return Some(End::Left { rip });
        }
        let step = if exception.is_general_protection() {
            self.processor.privileged(registers, &mut memory)
        } else {
            self.processor.raise(exception, registers, &mut memory)
        };
        match step {
            Step::GoOn => None,
            Step::Halted => Some(End::Halted),
            Step::Reset => Some(End::Reset),
            Step::TripleFault(vector) => Some(End::TripleFault { vector, rip }),
        }
    }

    /// Handles a tick. Returns the end of the run, or `None` if the blob continues.
    fn tick(&mut self, rip: u64) -> Option<End> {
        let of_blob =
            self.mappings.iter_mut().find(|mapping| mapping.addresses().contains(&rip))?;
        let offset = (rip - of_blob.addresses().start) as usize;
        if of_blob.bytes_mut().get(offset..)?.starts_with(&JUMP_TO_ITSELF) {
            return Some(End::Spins);
        }
        (clock::now().saturating_sub(self.began) > self.limit).then_some(End::TooLong { rip })
    }
}

/// Handles a signal of the blob. For other signals, restores the default action.
extern "C" fn handle(signal: libc::c_int, _info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let entered = clock::now();
    let running = RUNNING.load(Ordering::SeqCst);
    // SAFETY: the run outlives its handlers, and only the thread that runs the blob gets further than the check.
    let running = unsafe { running.as_mut() };
    // SAFETY: the function only returns a number.
    let this = unsafe { libc::pthread_self() };
    let Some(running) = running.filter(|running| running.thread == this) else {
        if signal != timer::SIGNAL {
            // SAFETY: the default action, which ends the process when the instruction is repeated.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        return;
    };
    // SAFETY: with SA_SIGINFO the third argument is a context, and this handler's alone.
    let context = unsafe { &mut *context.cast::<libc::ucontext_t>() };
    let cells = &mut context.uc_mcontext.gregs;
    let mut registers = read(cells);
    let ended = if signal == timer::SIGNAL {
        running.tick(registers.rip)
    } else {
        let cell = |index: libc::c_int| cells[index as usize] as u64;
        let exception = if signal == libc::SIGSYS {
            registers.rip = registers.rip.wrapping_sub(SYSTEM_CALL_BYTES);
            Exception::INVALID_OPCODE
        } else {
            Exception::new(cell(libc::REG_TRAPNO) as u8, cell(libc::REG_ERR), cell(libc::REG_CR2))
        };
        running.fault(exception, &mut registers)
    };
    if let Some(ended) = ended {
        running.ended = Some(ended);
        running.registers = registers.clone();
        registers.rip = landing();
    }
    write(cells, &registers);
    running.away += clock::now().saturating_sub(entered);
}

fn read(cells: &[libc::greg_t; 23]) -> Registers {
    let cell = |index: libc::c_int| cells[index as usize] as u64;
    Registers { general: GENERAL.map(cell), rip: cell(libc::REG_RIP), rflags: cell(libc::REG_EFL) }
}

fn write(cells: &mut [libc::greg_t; 23], registers: &Registers) {
    for (index, value) in GENERAL.into_iter().zip(registers.general) {
        cells[index as usize] = value as i64;
    }
    cells[libc::REG_RIP as usize] = registers.rip as i64;
}

/// Returns XCR0, the register states that the operating system has enabled, or 0 without XSAVE.
fn xcr0() -> u64 {
    if !std::arch::is_x86_feature_detected!("xsave") {
        return 0;
    }
    // SAFETY: the processor has XSAVE, and the operating system has enabled it.
    unsafe { std::arch::x86_64::_xgetbv(0) }
}

/// The installed handlers and their stack. Dropping it restores the previous ones.
pub(super) struct Handlers {
    before: Vec<(libc::c_int, libc::sigaction)>,
    stack_before: libc::stack_t,
    /// In use until the handlers are removed.
    _stack: Vec<u8>,
}

impl Handlers {
    /// Installs handlers for the signals of `running`, which must not move until the returned value is dropped.
    pub(super) fn install(running: &mut Running<'_>) -> Result<Self, RunError> {
        let failed = || RunError::Signals { source: io::Error::last_os_error() };
        let mut stack = Vec::<u8>::with_capacity(STACK_BYTES);
        let ss_sp = stack.as_mut_ptr().cast();
        let wanted = libc::stack_t { ss_sp, ss_flags: 0, ss_size: STACK_BYTES };
        let mut stack_before = MaybeUninit::uninit();
        // SAFETY: only the handlers use the stack, and the previous one is restored before it is freed.
        if unsafe { libc::sigaltstack(&wanted, stack_before.as_mut_ptr()) } != 0 {
            return Err(failed());
        }
        // SAFETY: the call has written it.
        let stack_before = unsafe { stack_before.assume_init() };
        let mut handlers = Self { before: Vec::new(), stack_before, _stack: stack };
        RUNNING.store(ptr::from_mut(running).cast(), Ordering::SeqCst);
        for signal in SIGNALS {
            handlers.before.push((signal, set(signal).map_err(|()| failed())?));
        }
        Ok(handlers)
    }
}

/// Sets the handler of a signal, and returns the previous action.
fn set(signal: libc::c_int) -> Result<libc::sigaction, ()> {
    // SAFETY: the structure has only numbers, and zero is valid: no other signal is blocked.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = handle as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
    // SAFETY: the mask is a local variable.
    unsafe { libc::sigaddset(&mut action.sa_mask, timer::SIGNAL) };
    let mut before = MaybeUninit::uninit();
    // SAFETY: the handler has the signature that the flags require.
    if unsafe { libc::sigaction(signal, &action, before.as_mut_ptr()) } != 0 {
        return Err(());
    }
    // SAFETY: the call has written it.
    Ok(unsafe { before.assume_init() })
}

impl Drop for Handlers {
    fn drop(&mut self) {
        for (signal, action) in &self.before {
            // SAFETY: this is the previous action.
            unsafe { libc::sigaction(*signal, action, ptr::null_mut()) };
        }
        RUNNING.store(ptr::null_mut(), Ordering::SeqCst);
        // SAFETY: this is the previous stack.
        unsafe { libc::sigaltstack(&self.stack_before, ptr::null_mut()) };
    }
}
