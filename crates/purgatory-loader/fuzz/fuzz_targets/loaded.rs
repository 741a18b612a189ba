//! Fuzzes loaded images: finds and decodes them, and updates every segment, with original and with matching digests.

#![no_main]

#[path = "../../tests/loader/loaded.rs"]
mod loaded;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loaded::everything(bytes));
