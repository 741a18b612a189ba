//! Images that start in a mode other than 64-bit: their code, the tables that describe the start, and the state at
//! entry.
//!
//! | module | content |
//! | --- | --- |
//! | [`state`] | the state that a landing pad saves, and its settings, at an address that real mode reaches |
//! | [`protected`] | the landing pad in 32-bit protected mode |
//! | [`real`] | the landing pad in real mode |
//! | [`back`] | the way back to long mode |
//! | [`checks`] | the expected state |
//!
//! Source of the tables' use: kexec-tools' `elf_x86_load` of `kexec/arch/i386/kexec-elf-x86.c` (the stack's arguments)
//! and `do_bzImage_load` of `kexec/arch/i386/kexec-bzImage.c` (real mode, and `-d`).

mod back;
mod checks;
mod protected;
mod real;
mod state;

use boot_shim::layout::{LOW_STACK_END, REAL_MODE_PART};
use boot_shim::setup::{Mode, Setup};
use purgatory_abi::kexec_tools::{
    ENTRY16_DEBUG, ENTRY16_DEBUG_FIRST32, ENTRY16_DEBUG_OLD_FIRST32, ENTRY16_DEBUG_PRE32,
    ENTRY16_DEBUG_REGS, ENTRY16_REGS, ENTRY32_REGS, EntryRegs16, EntryRegs32, STACK_ARG32_1,
    STACK_ARG32_2, STACK_END,
};
use purgatory_loader::Image;
use zerocopy::IntoBytes;

use crate::error::ShimError;
pub(crate) use protected::jump_from;
pub(crate) use real::code as real_mode_code;
pub(crate) use state::{State, prepare};

/// Bytes between a real-mode part and its entry.
const ENTRY_16_OFFSET: u64 = 0x200;
/// The arguments on the stack of a 32-bit entry: the upper one, and the lower one, at which the stack pointer is.
const ARGUMENT_1: u32 = 0xa1a1_a1a1;
const ARGUMENT_2: u32 = 0xa2a2_a2a2;

/// How an image starts that does not start in long mode.
#[derive(Clone, Copy)]
pub(crate) enum Start {
    /// In 32-bit protected mode, with these registers. On its stack are the two arguments, unless it has a stack of its
    /// own.
    Protected(EntryRegs32, Option<[u32; 2]>),
    /// In real mode, with these registers.
    Real(EntryRegs16, Then),
}

/// The actions of an image in real mode.
#[derive(Clone, Copy)]
pub(crate) enum Then {
    /// Goes back to the shim.
    Back,
    /// Goes back by the way of the blob, with `-d`.
    Debug(Debug),
    /// Halts.
    Halt,
}

/// Where a kernel's real-mode part is led through the blob, with `-d`.
#[derive(Clone, Copy)]
pub(crate) struct Debug {
    /// The function that it calls before it leaves real mode, as a far pointer: offset and segment.
    pre32: [u16; 2],
    /// Physical address of its jump target in 32-bit mode.
    first32: u32,
}

/// Physical address of a real-mode part's entry.
pub(crate) fn real_mode_entry() -> u64 {
    REAL_MODE_PART.start + ENTRY_16_OFFSET
}

/// Fills in `entry32_regs` and the arguments on the stack. `boot_params` is the value of esi.
pub(crate) fn fill_32(
    setup: &Setup<'_>,
    image: &mut Image,
    boot_params: u64,
    entry: u64,
) -> Result<Start, ShimError> {
    let mut regs = EntryRegs32::default();
    image.get_symbol(ENTRY32_REGS, regs.as_mut_bytes())?;
    let mut arguments = None;
    if setup.registers {
        regs = EntryRegs32 {
            eax: 0xa032_a032,
            ebx: 0xb032_b132,
            ecx: 0xc032_c232,
            edx: 0xd032_d332,
            edi: 0xd132_e432,
            esp: LOW_STACK_END as u32 - 0x20,
            ebp: 0xb532_f532,
            ..regs
        };
    } else if setup.mode == Mode::Bits32 {
        arguments = Some([ARGUMENT_2, ARGUMENT_1]);
        image.set_symbol(STACK_ARG32_1, ARGUMENT_1.as_bytes())?;
        image.set_symbol(STACK_ARG32_2, ARGUMENT_2.as_bytes())?;
        regs.esp = image.symbol(STACK_ARG32_2)?.address as u32;
    }
    regs.esi = boot_params as u32;
    regs.eip = entry as u32;
    image.set_symbol(ENTRY32_REGS, regs.as_bytes())?;
    if setup.mode == Mode::Bits32NoStack {
        regs.esp = image.symbol(STACK_END)?.address as u32;
    }
    Ok(Start::Protected(regs, arguments))
}

/// Fills in `entry16_regs`, or with `-d` the same by its other names. `boot_params` is the value of `entry32_regs.esi`.
pub(crate) fn fill_16(
    setup: &Setup<'_>,
    image: &mut Image,
    boot_params: u64,
    entry: u64,
) -> Result<Start, ShimError> {
    let segment = ((entry - ENTRY_16_OFFSET) >> 4) as u16;
    let stack = LOW_STACK_END - REAL_MODE_PART.start;
    let mut regs = EntryRegs16 {
        esp: stack as u32,
        ds: segment,
        es: segment,
        ss: segment,
        fs: segment,
        gs: segment,
        cs: segment,
        ip: ENTRY_16_OFFSET as u16,
        ..EntryRegs16::default()
    };
    if setup.registers {
        regs = EntryRegs16 {
            eax: 0xa016_a016,
            ebx: 0xb016_b116,
            ecx: 0xc016_c216,
            edx: 0xd016_d316,
            esi: 0x5116_e416,
            edi: 0xd116_f516,
            // The upper half is of no meaning to a stack in real mode, and is loaded all the same.
            esp: 0x5b16_0000 | (stack as u32 - 0x120),
            ebp: 0xb516_1716,
            ss: segment + 0x10,
            ds: 0xd5d5,
            es: 0xe5e5,
            fs: 0xf5f5,
            gs: 0x6565,
            ..regs
        };
    }
    let mut regs32 = EntryRegs32::default();
    image.get_symbol(ENTRY32_REGS, regs32.as_mut_bytes())?;
    regs32.esi = boot_params as u32;
    let then = if setup.mode == Mode::Bits16Debug {
        image.set_symbol(ENTRY16_DEBUG_REGS, regs.as_bytes())?;
        image.set_symbol(ENTRY16_DEBUG_OLD_FIRST32, back::went_on().as_bytes())?;
        let base = image.symbol(ENTRY16_DEBUG)?.address;
        let pre32 = image.symbol(ENTRY16_DEBUG_PRE32)?.address;
        regs32.eip = base as u32;
        Then::Debug(Debug {
            pre32: [(pre32 - base) as u16, (base >> 4) as u16],
            first32: image.symbol(ENTRY16_DEBUG_FIRST32)?.address as u32,
        })
    } else {
        // Its eip stays as it is: real mode is where the way from 32-bit mode leads by default.
        image.set_symbol(ENTRY16_REGS, regs.as_bytes())?;
        if setup.mode == Mode::Bits16Halt { Then::Halt } else { Then::Back }
    };
    image.set_symbol(ENTRY32_REGS, regs32.as_bytes())?;
    Ok(Start::Real(regs, then))
}
