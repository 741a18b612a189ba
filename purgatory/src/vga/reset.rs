//! Resets a VGA adapter to text mode 3 by its registers: 80 columns, 25 rows, sixteen colours, memory at 0xb8000.
//!
//! Firmware cannot be called any more. Only registers are changed: the character shapes in plane 2, which a graphics
//! mode may have overwritten, stay as they are, and so do extensions of an adapter beyond VGA.
//!
//! Source: the meaning of each register, as in IBM's "PS/2 Hardware Interface Technical Reference", "Video
//! Subsystem", and the FreeVGA project's "VGA/SVGA Video Programming". The values follow from it and from the
//! picture: 720 by 400 dots in characters of 9 by 16, at 28.322 MHz and 70 Hz.

use crate::ports::Ports;

/// Miscellaneous output: one register, without an index.
const MISCELLANEOUS: u16 = 0x3c2;
/// The index register of each block. A block's values are written to the next port. The attribute controller is the
/// exception: it takes index and value in turn at one port.
const ATTRIBUTE: u16 = 0x3c0;
const SEQUENCER: u16 = 0x3c4;
const GRAPHICS: u16 = 0x3ce;
const CRTC: u16 = 0x3d4;
/// Reading it makes the attribute controller expect an index.
const STATUS: u16 = 0x3da;
/// The colour table: which bits of a colour's number count, the number to begin at, then red, green and blue in turn.
const COLOUR_MASK: u16 = 0x3c6;
const COLOUR_NUMBER: u16 = 0x3c8;
const COLOUR_VALUE: u16 = 0x3c9;

/// Ports of a colour adapter (bit 0: the CRT controller is at 0x3d4, not 0x3b4), memory on (1), the clock of 28.322
/// MHz (2-3: 1), the even page (5), and by horizontal sync negative, vertical positive the monitor knows 400 lines
/// (6-7: 1).
const COLOUR_400_LINES: u8 = 0x01 | 0x02 | 1 << 2 | 1 << 5 | 1 << 6;

/// Sequencer register 0: in reset, the only state in which the clock may be changed, and running.
const HELD: u8 = 0x01;
const RUNNING: u8 = 0x03;
/// The sequencer from register 1 on: nine dots a character and the screen on; writes go to planes 0 and 1, character
/// and attribute; the first character set; memory above 64 KiB, planes by even and odd address.
const SEQUENCER_FROM_1: [u8; 4] = [0x00, 0x03, 0x00, 0x02];

// Horizontal times, in characters.
const ROW: u8 = 100;
const ROW_SHOWN: u8 = 80;
const ROW_BLANK: [u8; 2] = [80, 98];
const ROW_SYNC: [u8; 2] = [85, 97];
// Vertical times, in lines, ten bits each.
const PICTURE: u16 = 449;
const PICTURE_SHOWN: u16 = 400;
const PICTURE_BLANK: [u16; 2] = [406, 441];
const PICTURE_SYNC: [u16; 2] = [412, 414];
/// The line at which the screen is split: none.
const SPLIT: u16 = 1023;
const LINES_A_CHARACTER: u8 = 16;

/// Register 0x11 with bit 7 clear, so that registers 0 to 7 can be written. The other bits: the line, modulo 16, at
/// which vertical sync ends; the vertical interrupt is held cleared (bit 4: 0).
const UNLOCKED: u8 = PICTURE_SYNC[1] as u8 & 0x0f;
const LOCK: u8 = 0x80;

/// A bit of a vertical time that does not fit into the time's own register, moved to its position in another register.
const fn bit(time: u16, bit: u8, to: u8) -> u8 {
    (time >> bit & 1) as u8 * (1 << to)
}

/// The CRT controller from register 0 on.
const CRTC_FROM_0: [u8; 25] = [
    // Horizontal: total less 5, last character shown, blanking from (0-2) and to, five bits of it, with bit 7 as the
    // manual wants it (3); sync from (4) and to, five bits, and the sixth of blanking (5).
    ROW - 5,
    ROW_SHOWN - 1,
    ROW_BLANK[0],
    0x80 | ROW_BLANK[1] & 0x1f,
    ROW_SYNC[0],
    (ROW_BLANK[1] >> 5 & 1) << 7 | ROW_SYNC[1] & 0x1f,
    // Vertical: total less 2 (6), and the upper bits of all vertical times (7).
    (PICTURE - 2) as u8,
    bit(PICTURE - 2, 8, 0)
        | bit(PICTURE_SHOWN - 1, 8, 1)
        | bit(PICTURE_SYNC[0], 8, 2)
        | bit(PICTURE_BLANK[0], 8, 3)
        | bit(SPLIT, 8, 4)
        | bit(PICTURE - 2, 9, 5)
        | bit(PICTURE_SHOWN - 1, 9, 6)
        | bit(PICTURE_SYNC[0], 9, 7),
    // The first row begins at its first line (8). A character's last line, and the tenth bits that are left (9).
    0,
    (LINES_A_CHARACTER - 1) | bit(PICTURE_BLANK[0], 9, 5) | bit(SPLIT, 9, 6),
    // The cursor is off (bit 5 of 0x0a): it is never moved, and would blink in the middle of the report. Its last
    // line (0x0b), the first cell shown (0x0c, 0x0d), and the cursor's cell (0x0e, 0x0f).
    0x20,
    0,
    0,
    0,
    0,
    0,
    // Vertical sync from and to (0x10, 0x11), and registers 0 to 7 locked again; last line shown (0x12).
    PICTURE_SYNC[0] as u8,
    LOCK | UNLOCKED,
    (PICTURE_SHOWN - 1) as u8,
    // A row in units of two characters (0x13); the underline below a character's last line, hence none (0x14).
    ROW_SHOWN / 2,
    0x1f,
    // Vertical blanking from and to (0x15, 0x16).
    PICTURE_BLANK[0] as u8,
    PICTURE_BLANK[1] as u8,
    // Sync on (7), memory in words (6: 0) that wrap with address bit 15 (5), no line interleaved as in CGA (0-1).
    0x80 | 0x20 | 0x03,
    SPLIT as u8,
];

/// The graphics controller from register 0 on: nothing set, compared or rotated (0-3), plane 0 read (4), planes by
/// even and odd address (5, bit 4), no graphics, the same chain (6, bit 1), memory at 0xb8000, 32 KiB (6, bits 2-3:
/// 3); every colour and every bit counts (7, 8).
const GRAPHICS_FROM_0: [u8; 9] = [0, 0, 0, 0, 0, 0x10, 0x02 | 3 << 2, 0, 0xff];

/// The attribute controller's registers 0 to 15: the palette.
///
/// An attribute's colour has the bits intensity, red, green, blue. The palette gives its number in the colour table. In
/// that number, weak red, green and blue are bits 3 to 5, and strong ones bits 0 to 2. Intensity sets all three weak
/// bits. The dark yellow, colour 6, is brown by convention: it has the weak green.
const PALETTE: [u8; 16] = [
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f,
];
/// The attribute controller from register 16 on: text (bit 0: 0) in colours, line characters nine dots wide (2),
/// blinking by attribute (3); a black border; four planes; no dot shifted out, which with nine a character is called 8;
/// the upper bits of a colour's number.
const ATTRIBUTE_FROM_16: [u8; 5] = [0x04 | 0x08, 0x00, 0x0f, 0x08, 0x00];
/// An index without a register: it enables the picture and the palette.
const SHOW: u8 = 0x20;

/// The size of the part of the colour table that the palette can select, and the values of strong and weak light, of
/// 63.
const COLOURS: u8 = 64;
const STRONG: u8 = 42;
const WEAK: u8 = 21;

/// Resets the adapter to text mode 3, cursor off. The screen memory keeps its contents.
///
/// Stops at the first port that faults, because then no adapter can be reached. If there is no adapter, writes have no
/// effect.
pub fn reset<P: Ports>(ports: &mut P) {
    // The report is still useful: on other consoles, or on a screen that is already in text mode.
    let _ = mode_3(ports);
}

fn mode_3<P: Ports>(ports: &mut P) -> Option<()> {
    block(ports, SEQUENCER, 0, &[HELD])?;
    // Written before the CRT controller, because it selects the ports of that controller.
    ports.write(MISCELLANEOUS, COLOUR_400_LINES)?;
    block(ports, SEQUENCER, 1, &SEQUENCER_FROM_1)?;
    block(ports, SEQUENCER, 0, &[RUNNING])?;
    block(ports, CRTC, 0x11, &[UNLOCKED])?;
    block(ports, CRTC, 0, &CRTC_FROM_0)?;
    block(ports, GRAPHICS, 0, &GRAPHICS_FROM_0)?;
    ports.read(STATUS)?;
    block(ports, ATTRIBUTE, 0, &PALETTE)?;
    block(ports, ATTRIBUTE, 16, &ATTRIBUTE_FROM_16)?;
    colours(ports)?;
    ports.write(ATTRIBUTE, SHOW)
}

/// Writes `values` into a block's registers, from `first` on.
fn block<P: Ports>(ports: &mut P, index: u16, first: u8, values: &[u8]) -> Option<()> {
    let data = if index == ATTRIBUTE { index } else { index + 1 };
    for (register, value) in (first..).zip(values) {
        ports.write(index, register)?;
        ports.write(data, *value)?;
    }
    Some(())
}

/// Fills the part of the colour table that the palette uses: graphics drivers leave a brightness curve in it, in which
/// grey is nearly black.
fn colours<P: Ports>(ports: &mut P) -> Option<()> {
    ports.write(COLOUR_MASK, 0xff)?;
    ports.write(COLOUR_NUMBER, 0)?;
    for number in 0..COLOURS {
        for light in (0..3).rev() {
            let value = (number >> light & 1) * STRONG + (number >> (light + 3) & 1) * WEAK;
            ports.write(COLOUR_VALUE, value)?;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An adapter in use by other software: a monochrome graphics mode, every register set, the first registers of the
    /// CRT controller locked, and the attribute controller waiting for a value, with its palette visible and so not
    /// writable.
    struct Adapter {
        miscellaneous: u8,
        sequencer: [u8; 5],
        crtc: [u8; 25],
        graphics: [u8; 9],
        attribute: [u8; 21],
        /// The indices of the sequencer, the CRT controller, the graphics and the attribute controller.
        index: [u8; 4],
        value_is_next: bool,
        mask: u8,
        table: Vec<u8>,
        accesses: u32,
        faults_at: u32,
    }

    fn used() -> Adapter {
        Adapter {
            miscellaneous: 0,
            sequencer: [0xff; 5],
            crtc: [0xff; 25],
            graphics: [0xff; 9],
            attribute: [0xff; 21],
            index: [0xff, 0xff, 0xff, 0x20 | 0x14],
            value_is_next: true,
            mask: 0,
            table: vec![],
            accesses: 0,
            faults_at: u32::MAX,
        }
    }

    impl Adapter {
        fn access(&mut self, port: u16) -> Option<()> {
            assert!((0x3c0..=0x3df).contains(&port), "{port:#x}");
            let number = self.accesses;
            self.accesses += 1;
            (number != self.faults_at).then_some(())
        }

        fn is_shown(&self) -> bool {
            self.index[3] & 0x20 != 0
        }
    }

    impl Ports for Adapter {
        fn read(&mut self, port: u16) -> Option<u8> {
            self.access(port)?;
            assert_eq!(port, 0x3da, "the only port that is read");
            self.value_is_next = false;
            Some(0)
        }

        fn write(&mut self, port: u16, value: u8) -> Option<()> {
            self.access(port)?;
            let [sequencer, crtc, graphics, attribute] = self.index.map(usize::from);
            let colour = self.miscellaneous & 1 != 0;
            match port {
                0x3c0 if !self.value_is_next => {
                    self.index[3] = value;
                    self.value_is_next = true;
                }
                0x3c0 => {
                    self.value_is_next = false;
                    if attribute & 0x1f >= 16 || !self.is_shown() {
                        self.attribute[attribute & 0x1f] = value;
                    }
                }
                0x3c2 => {
                    assert_ne!(self.sequencer[0] & 3, 3, "the clock changes in reset only");
                    self.miscellaneous = value;
                }
                0x3c4 => self.index[0] = value,
                0x3c5 => self.sequencer[sequencer] = value,
                0x3c6 => self.mask = value,
                0x3c8 => assert_eq!(value, 0),
                0x3c9 => self.table.push(value),
                0x3ce => self.index[2] = value,
                0x3cf => self.graphics[graphics] = value,
                0x3d4 if colour => self.index[1] = value,
                0x3d5 if colour && (crtc > 7 || self.crtc[0x11] & 0x80 == 0) => {
                    self.crtc[crtc] = value;
                }
                0x3d4 | 0x3d5 => {}
                _ => panic!("nothing of ours is at port {port:#x}"),
            }
            Some(())
        }
    }

    fn after_reset() -> Adapter {
        let mut adapter = used();
        reset(&mut adapter);
        adapter
    }

    #[test]
    fn every_block_has_the_values_of_mode_3() {
        let adapter = after_reset();
        assert_eq!(adapter.miscellaneous, 0x67);
        assert_eq!(adapter.sequencer, [0x03, 0x00, 0x03, 0x00, 0x02]);
        // As published for the mode, except the cursor in 0x0a and 0x0b.
        #[rustfmt::skip]
        let crtc = [
            0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x20, 0x00, 0x00, 0x00, 0x00, 0x00,
            0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
        ];
        assert_eq!(adapter.crtc, crtc);
        assert_eq!(adapter.graphics, [0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff]);
        #[rustfmt::skip]
        let attribute = [
            0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f,
            0x0c, 0x00, 0x0f, 0x08, 0x00,
        ];
        assert_eq!(adapter.attribute, attribute);
        assert!(adapter.is_shown());
    }

    #[test]
    fn the_timing_is_that_of_a_monitor() {
        let crtc = after_reset().crtc.map(u32::from);
        let tenth = |bit: u32| crtc[7] >> bit & 1;
        let total = (crtc[6] | tenth(0) << 8 | tenth(5) << 9) + 2;
        let shown = (crtc[0x12] | tenth(1) << 8 | tenth(6) << 9) + 1;
        assert_eq!((crtc[1] + 1, shown / ((crtc[9] & 0x1f) + 1)), (80, 25));
        let row_hz = 28_322_000 / (9 * (crtc[0] + 5));
        assert!((31_400..31_500).contains(&row_hz), "{row_hz} Hz");
        assert_eq!(row_hz / total, 70);
    }

    #[test]
    fn sets_the_colours_of_a_text_screen() {
        let adapter = after_reset();
        assert_eq!((adapter.mask, adapter.table.len()), (0xff, 64 * 3));
        let colour = |attribute: usize| {
            let number = usize::from(adapter.attribute[attribute]);
            adapter.table[number * 3..number * 3 + 3].to_vec()
        };
        assert_eq!(colour(0), [0, 0, 0], "black");
        assert_eq!(colour(1), [0, 0, 42], "blue");
        assert_eq!(colour(6), [42, 21, 0], "brown");
        assert_eq!(colour(7), [42, 42, 42], "light grey");
        assert_eq!(colour(12), [63, 21, 21], "bright red");
        assert_eq!(colour(15), [63, 63, 63], "white");
    }

    #[test]
    fn the_crt_controller_stays_locked_without_the_key() {
        let mut adapter = Adapter { miscellaneous: 1, ..used() };
        assert_eq!(block(&mut adapter, CRTC, 0, &CRTC_FROM_0), Some(()));
        assert_eq!(adapter.crtc[..8], [0xff; 8]);
        assert_eq!(adapter.crtc[8..], CRTC_FROM_0[8..]);
    }

    #[test]
    fn the_attribute_controller_needs_the_status_read() {
        let mut adapter = used();
        assert_eq!(block(&mut adapter, ATTRIBUTE, 0, &PALETTE[..6]), Some(()));
        assert_eq!(adapter.attribute[..5], [1, 2, 3, 4, 5]);
    }

    #[test]
    fn stops_at_the_first_access_that_faults() {
        let all = after_reset().accesses;
        for faults_at in 0..=all {
            let mut adapter = Adapter { faults_at, ..used() };
            reset(&mut adapter);
            assert_eq!(adapter.accesses, all.min(faults_at + 1));
        }
    }
}
