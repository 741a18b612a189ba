//! Writes small valid objects for the fuzzer to start from: `cargo run -p purgatory-loader --example seeds -- FOLDER`.

#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../tests/loader/purgatory.rs"]
mod purgatory;

use object::SectionKind;
use object::elf::{R_X86_64_32, R_X86_64_32S, R_X86_64_NONE};
use object::write::SymbolSection;
use purgatory::Purgatory;
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).expect("usage: seeds FOLDER");
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("good"), Purgatory::new().write())?;
    std::fs::write(folder.join("odd"), odd().write())
}

/// An object with everything that parses and is not in a good one.
fn odd() -> Purgatory {
    let mut odd = Purgatory::new();
    let (text, data) = (odd.text, odd.data);
    let hot = odd.object.add_section(vec![], b".text.hot".to_vec(), SectionKind::Text);
    odd.object.append_section_data(hot, &[0x90; 16], 16);
    let (debug, line) = odd.unloaded();
    odd.relocate(debug, 0, R_X86_64_32, line, 0);
    let local = odd.local("local", hot, 0, 16);
    odd.relocate(text, 0x20, R_X86_64_32S, local, 1);
    let absolute = odd.homeless("absolute", SymbolSection::Absolute, 0x1000);
    odd.relocate(data, 0, R_X86_64_32, absolute, -1);
    odd.relocate(data, 8, R_X86_64_NONE, absolute, 0);
    odd.homeless("undefined", SymbolSection::Undefined, 0);
    odd
}
