//! The first instructions of the drop-ins: they check code and constants.
//!
//! A corrupted purgatory can do anything: hang, or start the image without a verification. These few instructions use no
//! stack, no variable and no other code.

use super::entry::purgatory_setup;
use super::own::{bss_start, code_words, image_start};
use crate::report::CODE_CORRUPTED;
use core::arch::naked_asm;
use purgatory_abi::code_check::FACTOR;
use uart_16550::spec::registers::LSR;

/// The word that makes the sum of code and constants 0. xtask fills it in.
#[used]
#[unsafe(export_name = "purgatory_code_check")]
#[unsafe(link_section = ".code_check")]
static CODE_CHECK: [u8; 8] = [0; 8];

/// The report, in the same page as the instructions that print it.
#[unsafe(link_section = ".rodata.code_corrupted")]
static LINE: [u8; CODE_CORRUPTED.len()] = *CODE_CORRUPTED;

/// The first serial port, as the firmware or the crashed kernel has set it up.
const DATA: u16 = 0x3f8;
const LINE_STATUS: u16 = DATA + 5;

/// The number of polls for each byte, if the UART does not send.
const POLLS: u32 = 1 << 16;

/// The entry point, to which the running or crashed kernel jumps.
///
/// If code and constants are corrupted, prints a report of one line, and resets the machine by an exception with an empty
/// IDT.
///
/// # Safety
///
/// Never called from Rust: the loader's `e_entry` points here.
#[unsafe(naked)]
#[unsafe(no_mangle)]
#[unsafe(link_section = ".text.purgatory_start")]
unsafe extern "C" fn purgatory_start() -> ! {
    naked_asm!(
        // Read from low to high addresses.
        "cld",
        "lea rsi, [rip + {image_start}]",
        "mov ecx, offset {code_words}",
        "xor ebx, ebx",
        // The sum of all words, each multiplied by the factor as often as words follow it.
        "2:",
        "imul rbx, rbx, {factor}",
        "lodsq",
        "add rbx, rax",
        // LOOP does not change the flags, so that they are those of the addition.
        "loop 2b",
        "jz {setup}",
        // The sum is not 0. Print the report: rsi is the next byte, bl the number of bytes left.
        "lea rsi, [rip + {line}]",
        "mov bl, {line_bytes}",
        "3:",
        // The byte stays in ah while al is the status of the line.
        "lodsb",
        "mov ah, al",
        "mov edx, {line_status}",
        "mov ecx, {polls}",
        // Wait until everything is sent, because the reset may stop the UART. LOOPZ ends the wait after all polls too.
        "4:",
        "in al, dx",
        "test al, {empty}",
        "loopz 4b",
        // Send the byte. Only the low byte of the port differs.
        "mov al, ah",
        "mov dl, {data} & 0xff",
        "out dx, al",
        "dec bl",
        "jnz 3b",
        // Any IDT but an empty one may handle the exception. Zeroed memory is the pointer to an empty one.
        "lidt [rip + {empty_idt}]",
        "ud2",
        image_start = sym image_start,
        code_words = sym code_words,
        factor = const FACTOR,
        setup = sym purgatory_setup,
        line = sym LINE,
        line_bytes = const LINE.len() as u8,
        line_status = const LINE_STATUS,
        polls = const POLLS,
        empty = const LSR::TRANSMITTER_EMPTY.bits(),
        data = const DATA,
        empty_idt = sym bss_start,
    )
}
