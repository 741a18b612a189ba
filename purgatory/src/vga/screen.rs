//! Text on a screen of 80 columns and 25 rows.
//!
//! Text is written at the bottom row, and the older text scrolls up: the last lines of the running kernel and the
//! report after them are both readable.

use crate::ports::Ports;
use purgatory_abi::report::Sink;

/// Characters in a row.
pub const COLUMNS: usize = 80;

/// Rows on the screen.
pub const ROWS: usize = 25;

/// Cells on the screen.
pub const CELLS: usize = COLUMNS * ROWS;

/// The first cell of the last row.
const LAST_ROW: usize = CELLS - COLUMNS;

/// Cells in the 32 KiB at 0xb8000, of which the screen shows [`CELLS`].
pub const MEMORY_CELLS: usize = 32 * 1024 / 2;

/// Light grey on black, in the upper byte of a cell; the lower one is the character.
const GREY: u16 = 0x07 << 8;

/// An empty cell.
const BLANK: u16 = GREY | b' ' as u16;

/// The screen's memory: cell 0 is the visible cell at the upper left, and the cells of a row are adjacent.
pub trait Cells {
    /// Reads a cell, one of `0..CELLS`.
    fn get(&mut self, cell: usize) -> u16;

    /// Writes a cell, one of `0..CELLS`.
    fn set(&mut self, cell: usize, value: u16);
}

/// A screen to write on.
pub struct Screen<C> {
    cells: C,
    /// The column of the next character; `COLUMNS` if the character needs a new row.
    column: usize,
}

impl<C: Cells> Screen<C> {
    /// Returns a screen to write on. It stays unchanged until text is written: the first character starts a new row.
    pub fn new(cells: C) -> Self {
        Self { cells, column: COLUMNS }
    }

    /// Moves every row up by one. The first row is lost, the last one becomes empty.
    fn scroll(&mut self) {
        for cell in 0..CELLS {
            let value = if cell < LAST_ROW { self.cells.get(cell + COLUMNS) } else { BLANK };
            self.cells.set(cell, value);
        }
    }
}

impl<C: Cells> Sink for Screen<C> {
    /// A line feed ends the row, and the next character starts a new one. So an end of line needs no row itself,
    /// neither after the last line nor after a full one: there are only 25 rows. A carriage return has no effect. An
    /// unprintable character becomes a dot.
    fn put(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' => self.column = COLUMNS,
                b'\r' => {}
                _ => {
                    if self.column == COLUMNS {
                        self.scroll();
                        self.column = 0;
                    }
                    let shown = if matches!(byte, b' '..=b'~') { *byte } else { b'.' };
                    self.cells.set(LAST_ROW + self.column, GREY | u16::from(shown));
                    self.column += 1;
                }
            }
        }
    }
}

/// Returns the cell in the memory at 0xb8000 at which the screen starts: add it to a cell's number.
///
/// Linux scrolls by moving this start, so after its first 25 lines it is rarely 0 (`drivers/video/console/vgacon.c`,
/// `vgacon_scroll` and `vga_set_mem_top`). The adapter has it in registers 0x0c and 0x0d of the CRT controller. Returns
/// 0 if ports fault, if there is no adapter, or if the screen would not fit into the memory after that start.
pub fn origin<P: Ports>(ports: &mut P) -> usize {
    /// The CRT controller's ports on a colour adapter.
    const INDEX: u16 = 0x3d4;
    const VALUE: u16 = 0x3d5;
    let mut register = |index| {
        ports.write(INDEX, index)?;
        ports.read(VALUE).map(usize::from)
    };
    match (register(0x0c), register(0x0d)) {
        (Some(high), Some(low)) if high << 8 | low <= MEMORY_CELLS - CELLS => high << 8 | low,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A screen's memory whose contents a test can read.
    struct Memory(Vec<u16>);

    impl Memory {
        /// Returns a screen whose rows are the letters from A on, in another colour.
        fn used() -> Self {
            Self(
                (0..CELLS)
                    .map(|cell| 0x1f00 | (u16::from(b'A') + (cell / COLUMNS) as u16))
                    .collect(),
            )
        }

        fn row(&self, row: usize) -> String {
            let cells = &self.0[row * COLUMNS..(row + 1) * COLUMNS];
            let text: String = cells.iter().map(|cell| char::from(*cell as u8)).collect();
            text.trim_end().to_owned()
        }

        /// Returns the letters in the rows, from the top, as far as they are still visible.
        fn letters(&self) -> String {
            (0..ROWS)
                .map(|row| self.row(row))
                .take_while(|row| {
                    row.len() == COLUMNS && row.bytes().all(|byte| Some(byte) == row.bytes().next())
                })
                .map(|row| row[..1].to_owned())
                .collect()
        }
    }

    impl Cells for &mut Memory {
        fn get(&mut self, cell: usize) -> u16 {
            self.0[cell]
        }

        fn set(&mut self, cell: usize, value: u16) {
            self.0[cell] = value;
        }
    }

    /// Returns the contents of a used screen after `text`, written as a whole or byte by byte: both must be equal.
    fn after(text: &[u8]) -> Memory {
        let (mut whole, mut bytes) = (Memory::used(), Memory::used());
        Screen::new(&mut whole).put(text);
        let mut screen = Screen::new(&mut bytes);
        text.iter().for_each(|byte| screen.put(&[*byte]));
        assert_eq!(whole.0, bytes.0);
        whole
    }

    #[test]
    fn old_rows_scroll_up_and_keep_their_colour() {
        let memory = after(b"purgatory: mismatch\r\n");
        assert_eq!(memory.letters(), "BCDEFGHIJKLMNOPQRSTUVWXY");
        assert_eq!(memory.0[0], 0x1f00 | u16::from(b'B'));
        assert_eq!(memory.row(24), "purgatory: mismatch");
        assert_eq!(memory.0[LAST_ROW], 0x0700 | u16::from(b'p'));
        assert_eq!(memory.0[CELLS - 1], 0x0720);
    }

    #[test]
    fn an_empty_text_does_not_scroll() {
        for text in [&b""[..], b"\n", b"\r\n\r\n"] {
            assert_eq!(after(text).0, Memory::used().0);
        }
    }

    #[test]
    fn each_line_has_a_row_and_the_last_one_is_the_lowest() {
        let memory = after(b"one\r\ntwo\nthree\r\n");
        assert_eq!(memory.letters().len(), ROWS - 3);
        assert_eq!([22, 23, 24].map(|row| memory.row(row)), ["one", "two", "three"]);
    }

    #[test]
    fn an_empty_line_takes_no_row_and_a_carriage_return_erases_nothing() {
        let memory = after(b"one\r\n\r\n\ntwo\rthree");
        assert_eq!(
            [22, 23, 24].map(|row| memory.row(row)),
            ["Y".repeat(80), "one".into(), "twothree".into()]
        );
    }

    #[test]
    fn a_long_line_continues_in_the_next_row() {
        let (full, longer) = ([b'x'; COLUMNS], [b'x'; COLUMNS + 1]);
        let memory = after(&full);
        assert_eq!([23, 24].map(|row| memory.row(row)), ["Y".repeat(80), "x".repeat(80)]);
        let memory = after(&longer);
        assert_eq!([23, 24].map(|row| memory.row(row)), ["x".repeat(80), "x".into()]);
        let memory = after(&[&full[..], b"\r\nnext"].concat());
        assert_eq!([23, 24].map(|row| memory.row(row)), ["x".repeat(80), "next".into()]);
    }

    #[test]
    fn the_end_of_a_text_longer_than_the_screen_is_visible() {
        let text: String = (0..1000).map(|line| format!("line {line}\r\n")).collect();
        let memory = after(text.as_bytes());
        for row in 0..ROWS {
            assert_eq!(memory.row(row), format!("line {}", 975 + row));
        }
    }

    #[test]
    fn an_unprintable_character_becomes_a_dot() {
        assert_eq!(after(b"a ~\t\x00\x1b[\x7f\x80\xff").row(24), "a ~...[...");
    }

    /// A CRT controller with a start address; accesses fault from a given one on.
    struct Controller {
        start: u16,
        index: u8,
        faults_at: u32,
    }

    impl Controller {
        fn access(&mut self) -> Option<()> {
            self.faults_at = self.faults_at.checked_sub(1)?;
            Some(())
        }
    }

    impl Ports for Controller {
        fn read(&mut self, port: u16) -> Option<u8> {
            assert_eq!(port, 0x3d5);
            self.access()?;
            match self.index {
                0x0c => Some((self.start >> 8) as u8),
                0x0d => Some(self.start as u8),
                index => panic!("register {index:#x} was read"),
            }
        }

        fn write(&mut self, port: u16, value: u8) -> Option<()> {
            assert_eq!(port, 0x3d4);
            self.index = value;
            self.access()
        }
    }

    fn origin_of(start: u16, faults_at: u32) -> usize {
        origin(&mut Controller { start, index: 0xff, faults_at })
    }

    #[test]
    fn the_screen_starts_at_the_address_of_the_adapter_if_it_fits() {
        for (start, expected) in
            [(0, 0), (80, 80), (0x1234, 0x1234), (14_384, 14_384), (14_385, 0), (0xffff, 0)]
        {
            assert_eq!(origin_of(start, u32::MAX), expected);
        }
    }

    #[test]
    fn the_screen_starts_at_cell_0_if_ports_fault() {
        for faults_at in 0..4 {
            assert_eq!(origin_of(0x1234, faults_at), 0);
        }
        assert_eq!(origin_of(0x1234, 4), 0x1234);
    }
}
