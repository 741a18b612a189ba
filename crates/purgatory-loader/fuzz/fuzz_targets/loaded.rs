//! Any bytes, as they are and with the digests that they ask for: found, decoded, every segment updated.

#![no_main]

#[path = "../../tests/loader/loaded.rs"]
mod loaded;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| loaded::everything(bytes));
