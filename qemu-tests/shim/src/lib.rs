//! The order for one run of the boot shim, and the report of its end.
//!
//! This is the part of the shim that has no machine in it and is tested on the host. The program itself is `main.rs`.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod end;
pub mod fault;
pub mod layout;
pub mod order;
pub mod setup;
pub mod sha256;
