//! The five memory functions that compiled Rust code calls for copies, fills and comparisons. Elsewhere a C library
//! provides them.
//!
//! They are in assembly, because the compiler turns such loops in Rust into calls of these same functions. They are not
//! naked functions: the compiler does not know that this program defines those, so each call would go through the global
//! offset table, whose entries need relocations, and a fault in such an entry leads anywhere.

use core::arch::{asm, naked_asm};

/// Copies `len` bytes that do not overlap.
///
/// # Safety
///
/// As C's `memcpy`.
#[inline(never)]
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            "rep movsb",
            inout("rdi") to => _,
            inout("rsi") from => _,
            inout("rcx") len => _,
            options(nostack, preserves_flags),
        )
    };
    to
}

/// Copies `len` bytes that may overlap.
///
/// # Safety
///
/// As C's `memmove`.
#[inline(never)]
#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            // Forwards, unless the target begins inside the source.
            "mov {distance}, rdi",
            "sub {distance}, rsi",
            "cmp {distance}, rcx",
            "jb 2f",
            "rep movsb",
            "jmp 3f",
            // Backwards, from the last byte of both.
            "2:",
            "lea rdi, [rdi + rcx - 1]",
            "lea rsi, [rsi + rcx - 1]",
            "std",
            "rep movsb",
            "cld",
            "3:",
            distance = out(reg) _,
            inout("rdi") to => _,
            inout("rsi") from => _,
            inout("rcx") len => _,
            options(nostack),
        )
    };
    to
}

/// Fills `len` bytes.
///
/// # Safety
///
/// As C's `memset`.
#[inline(never)]
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, value: i32, len: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            "rep stosb",
            inout("rdi") to => _,
            inout("rcx") len => _,
            in("al") value as u8,
            options(nostack, preserves_flags),
        )
    };
    to
}

/// Compares `len` bytes: 0 if they are equal, another number otherwise.
///
/// `extern "C"`, because the compiler's own calls use it: LLVM drops the
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
