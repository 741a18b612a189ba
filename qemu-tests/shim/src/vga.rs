//! A VGA adapter as an crashed kernel leaves it.

#![allow(unsafe_code, reason = "the adapter's ports and memory")]

use x86_64::instructions::port::Port;

/// Index and data ports of the sequencer and of the graphics controller, with a register of each and its value in a
/// graphics mode (FreeVGA project, "VGA/SVGA Video Programming"): memory is plain and lies at 0xa0000.
const REGISTERS: [(u16, u8, u8); 2] = [
    // Memory mode: extended memory, no odd and even planes.
    (0x3c4, 0x04, 0x06),
    // Miscellaneous: graphics, 64 KiB at 0xa0000.
    (0x3ce, 0x06, 0x05),
];

/// Leaves text mode. Where no adapter is, nothing happens.
pub(crate) fn to_graphics() {
    for (index, register, value) in REGISTERS {
        // SAFETY: an adapter's register, or an unused port.
        unsafe { Port::<u8>::new(index).write(register) };
        // SAFETY: as above.
        unsafe { Port::<u8>::new(index + 1).write(value) };
    }
}

/// The last lines of a crashed kernel whose console is the screen.
const LAST_WORDS: &[u8] = b"last words of the old kernel";
/// The first cell of the screen's last row; a cell is a character and its colour.
const LAST_ROW: usize = 0xb8000 + 24 * 80 * size_of::<u16>();
/// Light grey on black.
const GREY: u16 = 0x07 << 8;

/// Writes them.
pub(crate) fn say_last_words() {
    for (column, letter) in LAST_WORDS.iter().enumerate() {
        let cell = (LAST_ROW as *mut u16).wrapping_add(column);
        // SAFETY: the screen's memory, or an unused address.
        unsafe { cell.write_volatile(GREY | u16::from(*letter)) };
    }
}
