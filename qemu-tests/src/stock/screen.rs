//! The text on the screen of a VGA adapter.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::guest::running::Guest;

/// A VGA adapter's text memory: rows of characters with an attribute each.
const SCREEN: u64 = 0xb8000;
const COLUMNS: usize = 80;
const ROWS: usize = 25;

/// The lines on the screen. A row that is full to its end continues in the next.
pub(super) fn lines(guest: &mut Guest) -> Result<Vec<String>> {
    let file = guest.vm.directory().join("screen.bin");
    let (size, filename) = (COLUMNS * ROWS * 2, file.display().to_string());
    let ask = json!({ "val": SCREEN, "size": size, "filename": filename });
    guest.vm.qmp()?.command("pmemsave", ask)?;
    let cells = fs::read(&file).context("cannot read the screen")?;
    ensure!(cells.len() == size, "the screen has {} bytes", cells.len());
    let blank = [' ', '\0'];
    Ok(text_of(&cells).iter().map(|line| line.trim_end_matches(blank).to_owned()).collect())
}

fn text_of(cells: &[u8]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut full = false;
    for row in cells.chunks_exact(COLUMNS * 2) {
        let row: String = row.iter().step_by(2).map(|byte| char::from(*byte)).collect();
        match lines.last_mut() {
            Some(last) if full => last.push_str(&row),
            _ => lines.push(row.clone()),
        }
        full = !row.ends_with([' ', '\0']);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continues_a_full_screen_row_in_the_next() {
        let mut text = "x".repeat(COLUMNS) + "y";
        text.push_str(&" ".repeat(COLUMNS * ROWS - text.len()));
        text.replace_range(COLUMNS * 2..COLUMNS * 2 + 3, "end");
        let cells: Vec<u8> = text.bytes().flat_map(|byte| [byte, 7]).collect();
        let lines = text_of(&cells);
        assert_eq!(lines[0].trim_end(), "x".repeat(COLUMNS) + "y");
        assert_eq!(lines[1].trim_end(), "end");
        assert_eq!(lines.len(), ROWS - 1);
    }
}
