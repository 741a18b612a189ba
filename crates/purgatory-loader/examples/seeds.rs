//! Writes the seeds of the fuzz targets, one directory for each target: small valid objects, and a sealed image.
//!
//! `cargo run -p purgatory-loader --example seeds -- DIRECTORY`

#[allow(dead_code, reason = "only the tests use all of it")]
#[path = "../tests/loader/native.rs"]
mod native;
#[allow(dead_code, reason = "only the tests use all of it")]
#[path = "../tests/loader/purgatory.rs"]
mod purgatory;

use object::SectionKind;
use object::elf::{R_X86_64_32, R_X86_64_32S, R_X86_64_NONE};
use object::write::SymbolSection;
use purgatory::Purgatory;
use purgatory_abi::EntryRegs;
use purgatory_abi::native::SegmentKind;
use purgatory_loader::{Blob, Image, Options, Segment};
use purgatory_sha256::{Implementation, Instructions};
use std::error::Error;
use std::fs;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).ok_or("usage: seeds DIRECTORY")?;
    let directory = PathBuf::from(directory);
    for target in ["parse", "loaded"] {
        fs::create_dir_all(directory.join(target))?;
    }
    fs::write(directory.join("parse/good"), Purgatory::new().write())?;
    fs::write(directory.join("parse/odd"), odd().write())?;
    fs::write(directory.join("loaded/image"), image()?)?;
    Ok(())
}

/// Returns an image at 1 MiB with every sort of segment.
fn image() -> Result<Vec<u8>, Box<dyn Error>> {
    let object = native::purgatory().write();
    let mut image = Image::place(&Blob::parse(&object)?, 0x10_0000)?;
    let of = |kind, address, payload: &'static [u8], zeros| {
        let payload = payload.into();
        Segment { kind, address, payload, zeros }
    };
    let segments = [
        of(SegmentKind::Kernel, 0x100_0000, &[7; 70_000], 100_000),
        of(SegmentKind::Elfcorehdr, 0x200_0000, b"elfcorehdr", 0),
        of(SegmentKind::Other, 0x300_0000, b"", 4096),
    ];
    let implementation = Implementation::ranked(Instructions::default())
        .last()
        .ok_or("no SHA-256 implementation")?;
    image.seal(EntryRegs::default(), &segments, &Options::default(), implementation, |_, _| {})?;
    Ok(image.bytes().to_vec())
}

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
