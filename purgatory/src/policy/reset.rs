//! Ways to reset a PC by its ports, in the order in which Linux trusts them less and less.
//!
//! Source: `arch/x86/kernel/reboot.c`, `native_machine_emergency_restart`; PIIX and ICH datasheets, "RST_CNT".

use crate::ports::Ports;

/// The keyboard controller's command and status port; bit 1 of the status says that it has not read the last command.
const KEYBOARD: u16 = 0x64;
const INPUT_FULL: u8 = 0x02;
/// The command that pulses the processor's reset line.
const PULSE_RESET: u8 = 0xfe;

/// The chipset's reset control register: first the kind of reset, then the same with the bit that starts it.
const RESET_CONTROL: u16 = 0xcf9;
const HARD: u8 = 0x02;
const HARD_NOW: u8 = 0x06;

/// Status reads to wait for the keyboard controller: some tens of milliseconds.
const PATIENCE: u32 = 1 << 15;

/// Tries each way in turn. Where one works, this does not return.
///
/// `settle` is called behind each that does not fault, to give it time to act.
pub fn by_ports<P: Ports>(ports: &mut P, mut settle: impl FnMut(&mut P)) {
    for _ in 0..PATIENCE {
        match ports.read(KEYBOARD) {
            Some(status) if status & INPUT_FULL != 0 => {}
            _ => break,
        }
    }
    for (port, value) in [(KEYBOARD, PULSE_RESET), (RESET_CONTROL, HARD), (RESET_CONTROL, HARD_NOW)]
    {
        // A port that faults is one way less, and nothing to wait for; the next may still work.
        if ports.write(port, value).is_some() {
            settle(ports);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Chipset {
        status: Option<u8>,
        reads: u32,
        writes: Vec<(u16, u8)>,
    }

    impl Ports for Chipset {
        fn read(&mut self, port: u16) -> Option<u8> {
            assert_eq!(port, KEYBOARD);
            self.reads += 1;
            self.status
        }

        fn write(&mut self, port: u16, value: u8) -> Option<()> {
            self.writes.push((port, value));
            self.status.map(|_| ())
        }
    }

    #[test]
    fn every_way_is_tried_in_turn_whatever_the_controller_says() {
        for (status, reads, waits) in [(Some(0), 1, 3), (Some(0xff), PATIENCE, 3), (None, 1, 0)] {
            let mut chipset = Chipset { status, reads: 0, writes: vec![] };
            let mut settled = 0;
            by_ports(&mut chipset, |_| settled += 1);
            assert_eq!(chipset.reads, reads);
            assert_eq!(chipset.writes, [(0x64, 0xfe), (0xcf9, 0x02), (0xcf9, 0x06)]);
            assert_eq!(settled, waits);
        }
    }
}
