//! The boot shim: it runs the purgatory in place of a crashed kernel.
//!
//! QEMU starts it with the blob as `-initrd` and a [`setup`](boot_shim::setup) as `-append`. In this order it
//!
//! 1. gets from QEMU's entry to Rust code (`start`), reads its order (`pvh`);
//! 2. loads the blob and made-up segments, and fills in the tables of the blob's loader (`image`, `content`, `legacy`);
//! 3. makes the identity map and the processor state of the purgatory's entry (`paging`, `cpu`), or a guest in which
//!    instructions fault (`svm`), and enters;
//! 4. is entered by the blob (`landing`), compares everything with the expected state (`checks`), tries non-maskable
//!    interrupts (`lapic`, `idt`), is called back where the blob says so (`call`), and ends the run with a verdict of its
//!    own (`debugcon`).
//!
//! Told to (`boot_shim::sha256`), it tries the SHA-256 implementations on the processor instead (`implementations`).

#![no_std]
#![no_main]

extern crate alloc;

mod call;
mod checks;
mod content;
mod cpu;
mod debugcon;
mod divisor;
mod error;
mod gdt;
mod heap;
mod idt;
mod image;
mod implementations;
mod landing;
mod lapic;
mod legacy;
mod mem;
mod memory;
mod paging;
mod pvh;
mod registers;
mod run;
mod start;
mod svm;
mod vga;

use core::panic::PanicInfo;

use boot_shim::end::End;
use debugcon::{end, say};

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    say!("error: {info}");
    end(End::Error)
}
