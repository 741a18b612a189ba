//! The first instructions of the native purgatory: they repair header, code and constants from two copies.
//!
//! Code cannot verify itself: a fault in the instructions that find faults can hang them. Therefore the loader writes the
//! contents three times, and these few instructions give every bit the value that at least two of the three have. They
//! use no stack, no variable and no other code.

use super::entry::purgatory_setup;
use super::own::{contents_end, copies_start, image_start};
use core::arch::naked_asm;
use purgatory_abi::native::MAGIC;

/// The entry point, to which the running or crashed kernel jumps.
///
/// Passes in rdx what the [tables](crate::loader::native::RawTables) have as `repaired`: the lowest address whose eight
/// bytes were repaired, 0 if nothing was, or the address of the first copy if there are no copies.
///
/// # Safety
///
/// Never called from Rust: the loader's `e_entry` points here.
#[unsafe(naked)]
#[unsafe(no_mangle)]
#[unsafe(link_section = ".text.purgatory_start")]
unsafe extern "C" fn purgatory_start() -> ! {
    naked_asm!(
        // rsi: the contents. rdi and r8: the copies, at equal distances. rcx: the bytes of the contents.
        "lea rsi, [rip + {contents}]",
        "lea rdi, [rip + {copies}]",
        "lea r8, [rdi + rdi]",
        "sub r8, rsi",
        "lea rcx, [rip + {contents_end}]",
        "sub rcx, rsi",
        // Without the flag COPIES the loader has written no copies. They are recognized by the magic of a header, and one
        // is enough: a fault at the border of contents and first copy corrupts both.
        "mov rdx, rdi",
        "movabs rax, {magic}",
        "cmp [rdi], rax",
        "je 5f",
        "cmp [r8], rax",
        "jne 3f",
        "5:",
        "xor edx, edx",
        // From the end to the start, eight bytes at a time: the contents are a multiple of sixteen.
        "2:",
        "sub rcx, {word}",
        "mov rax, [rsi + rcx]",
        "mov r9, [rdi + rcx]",
        "mov r10, [r8 + rcx]",
        // The bits in which the contents differ from both copies are wrong.
        "xor r9, rax",
        "xor r10, rax",
        "and r9, r10",
        "jz 4f",
        "xor [rsi + rcx], r9",
        "lea rdx, [rsi + rcx]",
        "4:",
        "test rcx, rcx",
        "jnz 2b",
        "3:",
        // The jump makes the processor fetch repaired instructions (Intel SDM volume 3, "Handling Self- and
        // Cross-Modifying Code").
        "jmp {setup}",
        contents = sym image_start,
        copies = sym copies_start,
        contents_end = sym contents_end,
        magic = const u64::from_le_bytes(MAGIC),
        word = const size_of::<u64>(),
        setup = sym purgatory_setup,
    )
}
