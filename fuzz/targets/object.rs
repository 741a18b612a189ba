//! Fuzzes objects: finds, parses, checks and places them, and reads and sets every symbol.

#![no_main]

#[path = "../../crates/purgatory-loader/tests/loader/everything.rs"]
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

use ::object::SectionKind;
use ::object::elf::{R_X86_64_32, R_X86_64_32S, R_X86_64_NONE};
use ::object::write::SymbolSection;
use purgatory::Purgatory;
use purgatory_fuzz::write_seeds;

libfuzzer_sys::fuzz_target!(
    init: write_seeds(&[
        Purgatory::new().write(),
        odd().write(),
        kexec_tools::purgatory().write(),
        native::purgatory().write(),
    ]),
    |bytes: &[u8]| everything::everything(bytes)
);

/// Returns an object with features that are valid, but not in [`Purgatory::new`].
fn odd() -> Purgatory {
    let mut odd = Purgatory::new();
    let (text, data) = (odd.text, odd.data);
    let hot = odd.object.add_section(vec![], b".text.hot".to_vec(), SectionKind::Text);
    odd.object.append_section_data(hot, &[0x90; 16], 16);
    let (debug, line) = odd.unloaded();
    odd.relocate(debug, 0, R_X86_64_32, line, 0);
    let local = odd.local("local", hot, 0, 16);
    odd.relocate(text, 0x20, R_X86_64_32S, local, 1);
    let absolute = odd.outside_sections("absolute", SymbolSection::Absolute, 0x1000);
    odd.relocate(data, 0, R_X86_64_32, absolute, -1);
    odd.relocate(data, 8, R_X86_64_NONE, absolute, 0);
    odd.outside_sections("undefined", SymbolSection::Undefined, 0);
    odd
}
