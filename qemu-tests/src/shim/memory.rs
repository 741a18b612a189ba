//! The parts of a machine that the host reads at the end of a run.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use crate::qemu::Qmp;

/// Columns and rows of a VGA text screen.
pub(super) const COLUMNS: usize = 80;
const ROWS: usize = 25;
/// Where its memory is; a cell is a character and its colour.
const SCREEN: u64 = 0xb8000;
const CELL_BYTES: usize = 2;
/// The files that the emulator writes.
const MEMORY_FILE: &str = "memory.bin";
const PICTURE_FILE: &str = "screen.ppm";

/// Width and height of a picture, in pixels.
pub(super) type Size = (u32, u32);

/// The part to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// The VGA text screen: its memory, and how large a picture it makes.
    Screen,
    /// So many bytes of memory from where the shim says under this key.
    Memory(&'static str, usize),
}

impl Read {
    /// Reads it. `shim` is the shim's output.
    pub(super) fn from(self, qmp: &mut Qmp, shim: &str, directory: &Path) -> Result<Vec<u8>> {
        let (address, bytes) = match self {
            Self::Screen => (SCREEN, COLUMNS * ROWS * CELL_BYTES),
            Self::Memory(key, bytes) => {
                let text = said(shim, key)?;
                let digits = text.strip_prefix("0x").with_context(|| format!("{key}={text}"))?;
                (u64::from_str_radix(digits, 16).with_context(|| format!("{key}={text}"))?, bytes)
            }
        };
        let file = directory.join(MEMORY_FILE);
        qmp.command("pmemsave", json!({ "val": address, "size": bytes, "filename": file }))?;
        fs::read(&file).with_context(|| file.display().to_string())
    }
}

/// Returns the text after `key=` in the output of the shim.
pub(super) fn said<'a>(shim: &'a str, key: &str) -> Result<&'a str> {
    shim.split_ascii_whitespace()
        .find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
        .with_context(|| format!("the shim did not report {key}"))
}

/// How large the picture on the screen is.
pub(super) fn picture(qmp: &mut Qmp, directory: &Path) -> Result<Size> {
    let file = directory.join(PICTURE_FILE);
    qmp.command("screendump", json!({ "filename": file }))?;
    let bytes = fs::read(&file).with_context(|| file.display().to_string())?;
    size_of_picture(&bytes).with_context(|| format!("{} is not a picture", file.display()))
}

/// The size of a picture in the portable pixmap format: `P6`, then the two numbers.
fn size_of_picture(bytes: &[u8]) -> Option<Size> {
    let header = std::str::from_utf8(bytes.get(..bytes.len().min(15))?).ok()?;
    let mut words = header.split_ascii_whitespace();
    let is_pixmap = words.next() == Some("P6");
    let mut number = || words.next()?.parse().ok();
    let size = (number()?, number()?);
    is_pixmap.then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_size_of_a_picture_from_its_header() {
        assert_eq!(size_of_picture(b"P6\n720 400\n255\n......"), Some((720, 400)));
    }

    #[test]
    fn other_files_have_no_picture_size() {
        for bytes in [&b""[..], b"P6\n", b"P5\n720 400\n255\n..", b"P6\n720 x\n255\n......"] {
            assert_eq!(size_of_picture(bytes), None);
        }
    }
}
