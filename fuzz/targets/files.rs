//! Fuzzes the files that `purgatory inspect` and `purgatory embed` read, and the decoders of compressed kernels.

#![no_main]

#[path = "../../crates/purgatory-cli/tests/cli/compressed.rs"]
mod compressed;
#[path = "../../crates/purgatory-cli/tests/cli/everything.rs"]
mod everything;
#[path = "../../crates/purgatory-loader/tests/loader/kexec_tools.rs"]
#[allow(dead_code, reason = "only the tests use all of it")]
mod kexec_tools;
#[path = "../../crates/purgatory-loader/tests/loader/native.rs"]
#[allow(dead_code, reason = "only the tests use all of it")]
mod native;
#[path = "../../crates/purgatory-loader/tests/loader/purgatory.rs"]
#[allow(dead_code, reason = "only the tests use all of it")]
mod purgatory;
#[path = "../../crates/purgatory-cli/tests/cli/sample.rs"]
#[allow(dead_code, reason = "only the tests use all of it")]
mod sample;

use compressed::{ALL, compress};
use everything::everything;
use purgatory_cli::signature;
use purgatory_fuzz::write_seeds;
use std::sync::LazyLock;

/// The largest unpacked kernel. Larger ones take too long.
const UNPACKED: u32 = 1 << 20;

/// A program with a purgatory, and a smaller purgatory.
static PROGRAM: LazyLock<(Vec<u8>, Vec<u8>)> =
    LazyLock::new(|| (sample::program(&sample::linux(50)), sample::linux(0)));

libfuzzer_sys::fuzz_target!(init: write_seeds(&seeds()), |bytes: &[u8]| {
    let Some((role, bytes)) = bytes.split_first() else { return };
    let (program, object) = &*PROGRAM;
    match role % 3 {
        0 => {
            // The signature is not verified.
            let _ = signature::of(bytes);
            everything(bytes, object);
        }
        1 => everything(program, bytes),
        _ => {
            let mut packed = bytes.to_vec();
            if let Some(size) = packed.last_chunk_mut() {
                *size = (u32::from_le_bytes(*size) % UNPACKED).to_le_bytes();
            }
            everything(&sample::bz_image(&packed), object);
        }
    }
});

fn seeds() -> Vec<Vec<u8>> {
    let (program, object) = &*PROGRAM;
    let mut signed = program.clone();
    sample::sign_pe(&mut signed);
    let mut seeds = vec![
        [&[0], program.as_slice()].concat(),
        [&[0], signed.as_slice()].concat(),
        [&[0], sample::bz_image(object).as_slice()].concat(),
        [&[1], object.as_slice()].concat(),
    ];
    let kernel = sample::program(&sample::linux(50));
    seeds.extend(ALL.map(|compression| [&[2], compress(compression, &kernel).as_slice()].concat()));
    seeds
}
