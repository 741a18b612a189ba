//! Fuzzes objects: parses, checks and places them, and reads and sets every symbol.

#![no_main]

#[path = "../../tests/loader/everything.rs"]
mod everything;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| everything::everything(bytes));
