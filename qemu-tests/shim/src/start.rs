//! From QEMU's entry into the shim to Rust code in long mode.
//!
//! On entry (the PVH ABI, `docs/misc/pvh.pandoc` of Xen): 32-bit protected mode, flat segments, paging off, interrupts
//! off, EBX = address of `hvm_start_info`, no stack. Responsible for: an identity map of the first 8 GiB, with five
//! levels where the processor has them; long mode with the control registers that Linux runs with; a GDT like the one
//! of the boot protocol; a stack; SSE.

#![allow(unsafe_code, reason = "the entry point is assembly, and unmangled names are unsafe")]

use core::arch::global_asm;
use core::cell::UnsafeCell;

use boot_shim::layout::{LARGE_PAGE, SHIM_MAP_END};

use crate::cpu::{CR0_LINUX, CR4_LA57, CR4_PAE, CR4_SSE, EFER_LINUX};
use crate::gdt::{CODE, DATA};

/// Page-aligned memory that the assembly fills.
#[repr(C, align(4096))]
struct Pages<const BYTES: usize>(UnsafeCell<[u8; BYTES]>);

// SAFETY: only the assembly writes to it, before any Rust code runs.
unsafe impl<const BYTES: usize> Sync for Pages<BYTES> {}

/// Entries of all page directories together.
const DIRECTORY_ENTRIES: usize = (SHIM_MAP_END / LARGE_PAGE) as usize;
/// Page directories: 512 entries each.
const DIRECTORIES: usize = DIRECTORY_ENTRIES / 512;
const STACK_BYTES: usize = 0x1_0000;

static STACK: Pages<STACK_BYTES> = Pages(UnsafeCell::new([0; STACK_BYTES]));
static LEVEL5: Pages<4096> = Pages(UnsafeCell::new([0; 4096]));
static LEVEL4: Pages<4096> = Pages(UnsafeCell::new([0; 4096]));
static LEVEL3: Pages<4096> = Pages(UnsafeCell::new([0; 4096]));
static LEVEL2: Pages<{ DIRECTORIES * 4096 }> = Pages(UnsafeCell::new([0; DIRECTORIES * 4096]));

global_asm!(
    // The note by which QEMU finds the entry. XEN_ELFNOTE_PHYS32_ENTRY is 18.
    ".pushsection .note.pvh, \"a\", @note",
    ".balign 4",
    ".long 4",          // length of the name
    ".long 8",          // length of the value; QEMU reads 8 bytes out of a 64-bit file
    ".long 18",
    ".asciz \"Xen\"",
    ".quad start32",
    ".popsection",

    ".pushsection .text.start32, \"ax\"",
    ".code32",
    ".global start32",
    "start32:",
    "cld",
    "mov ebp, ebx",                             // keep hvm_start_info

    // Level 2: entry i maps the 2 MiB at i << 21.
    "mov edi, offset {level2}",
    "xor ecx, ecx",
    "2:",
    "mov eax, ecx",
    "shl eax, 21",                              // bits 31:0 of the address
    "or eax, {large_page}",
    "mov [edi + ecx * 8], eax",
    "mov eax, ecx",
    "shr eax, 11",                              // bits 63:32 of the address
    "mov [edi + ecx * 8 + 4], eax",
    "inc ecx",
    "cmp ecx, {directory_entries}",
    "jb 2b",

    // Level 3: one entry a directory.
    "mov eax, offset {level2} + {table}",
    "xor ecx, ecx",
    "3:",
    "mov [{level3} + ecx * 8], eax",
    "add eax, 4096",
    "inc ecx",
    "cmp ecx, {directories}",
    "jb 3b",

    // Levels 4 and 5: their first entries.
    "mov dword ptr [{level4}], offset {level3} + {table}",
    "mov dword ptr [{level5}], offset {level4} + {table}",

    // Five levels where the processor has them: CPUID 7.0, ECX bit 16.
    "mov edi, offset {level4}",
    "mov esi, {pae}",
    "xor eax, eax",
    "cpuid",
    "cmp eax, 7",
    "jb 4f",
    "mov eax, 7",
    "xor ecx, ecx",
    "cpuid",
    "bt ecx, 16",
    "jnc 4f",
    "mov edi, offset {level5}",
    "mov esi, {pae} | {la57}",
    "4:",
    "mov cr4, esi",
    "mov cr3, edi",
    "mov ecx, 0xc0000080",                      // EFER
    "mov eax, {efer}",
    "xor edx, edx",
    "wrmsr",
    "mov eax, {cr0}",
    "mov cr0, eax",                             // paging on: long mode is active
    "lgdt [{gdt_pointer}]",
    ".byte 0xea",                               // far jump: ljmp {code}:start64
    ".long start64",
    ".word {code}",

    ".code64",
    "start64:",
    "mov eax, {data}",
    "mov ds, eax",
    "mov es, eax",
    "mov ss, eax",
    "mov fs, eax",
    "mov gs, eax",
    "mov rax, cr4",
    "or rax, {sse}",
    "mov cr4, rax",                             // Rust code uses SSE
    "lea rsp, [{stack} + {stack_bytes}]",
    "mov edi, ebp",                             // hvm_start_info is the only argument
    "call {main}",
    "ud2",                                      // it does not return
    ".popsection",
    level2 = sym LEVEL2,
    level3 = sym LEVEL3,
    level4 = sym LEVEL4,
    level5 = sym LEVEL5,
    stack = sym STACK,
    gdt_pointer = sym crate::gdt::POINTER,
    main = sym crate::run::shim_main,
    large_page = const 0x83,                    // present, writable, a page
    table = const 0x3,                          // present, writable, a table
    directory_entries = const DIRECTORY_ENTRIES,
    directories = const DIRECTORIES,
    pae = const CR4_PAE,
    la57 = const CR4_LA57,
    sse = const CR4_SSE,
    cr0 = const CR0_LINUX,
    efer = const EFER_LINUX,
    code = const CODE,
    data = const DATA,
    stack_bytes = const STACK_BYTES,
);
