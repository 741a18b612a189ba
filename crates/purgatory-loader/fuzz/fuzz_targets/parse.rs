//! Any bytes: parsed, checked, placed, every symbol read and set.

#![no_main]

#[path = "../../tests/loader/everything.rs"]
mod everything;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| everything::everything(bytes));
