//! The five memory functions that compiled Rust code calls for copies, fills and comparisons. Elsewhere a C library
//! provides them.
//!
//! They are in assembly, because the compiler turns such loops in Rust into calls of these same functions.

use core::arch::{asm, naked_asm};

/// Copies `len` bytes that do not overlap.
///
/// # Safety
///
/// As C's `memcpy`.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "sysv64" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    naked_asm!("mov rax, rdi", "mov rcx, rdx", "rep movsb", "ret")
}

/// Copies `len` bytes that may overlap.
///
/// # Safety
///
/// As C's `memmove`.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "sysv64" fn memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    naked_asm!(
        "mov rax, rdi",
        "mov rcx, rdx",
        // Forwards, unless the target begins inside the source.
        "sub rdi, rsi",
        "cmp rdi, rcx",
        "lea rdi, [rdi + rsi]",
        "jb 2f",
        "rep movsb",
        "ret",
        // Backwards, from the last byte of both.
        "2:",
        "lea rdi, [rdi + rcx - 1]",
        "lea rsi, [rsi + rcx - 1]",
        "std",
        "rep movsb",
        "cld",
        "ret",
    )
}

/// Fills `len` bytes.
///
/// # Safety
///
/// As C's `memset`.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "sysv64" fn memset(to: *mut u8, value: i32, len: usize) -> *mut u8 {
    naked_asm!("mov r8, rdi", "mov eax, esi", "mov rcx, rdx", "rep stosb", "mov rax, r8", "ret")
}

/// Compares `len` bytes: 0 if they are equal, another number otherwise.
///
/// Not a naked function: the compiler does not know that this program defines one, so each call would use the global
/// offset table, whose entry needs a relocation. `extern "C"`, because the compiler's own calls use it: LLVM drops the
/// code after a call if the names of the two calling conventions differ, and `sysv64` differs in name.
///
/// # Safety
///
/// As C's `bcmp`.
#[inline(never)]
#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, len: usize) -> i32 {
    let differ: i32;
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            // An empty comparison gives "equal": REPE does not change the flags then.
            "cmp eax, eax",
            "repe cmpsb",
            "setne al",
            "movzx eax, al",
            inout("rdi") a => _,
            inout("rsi") b => _,
            inout("rcx") len => _,
            lateout("eax") differ,
            options(nostack, readonly),
        )
    };
    differ
}

/// Compares `len` bytes. Returns 0 if they are equal. Otherwise returns a number less than 0 if the first different
/// byte is smaller in `a`, and more than 0 if it is larger.
///
/// # Safety
///
/// As C's `memcmp`.
#[unsafe(naked)]
#[unsafe(no_mangle)]
unsafe extern "sysv64" fn memcmp(a: *const u8, b: *const u8, len: usize) -> i32 {
    naked_asm!(
        "mov rcx, rdx",
        // An empty comparison gives "equal": REPE does not change the flags then.
        "cmp eax, eax",
        "repe cmpsb",
        "seta al",
        "setb cl",
        "movzx eax, al",
        "movzx ecx, cl",
        "sub eax, ecx",
        "ret",
    )
}
