//! Resets a PC by its I/O ports, in the order in which Linux tries them.
//!
//! Source: `arch/x86/kernel/reboot.c`, `native_machine_emergency_restart`; PIIX and ICH datasheets, "RST_CNT".

use crate::ports::Ports;

/// The keyboard controller's command and status port. Bit 1 of the status is set while the controller has not read the
/// last command.
const KEYBOARD: u16 = 0x64;
const INPUT_FULL: u8 = 0x02;
/// The command that pulses the processor's reset line.
const PULSE_RESET: u8 = 0xfe;

/// The chipset's reset control register: first the type of the reset is written, then the same value with the bit that
/// starts it.
const RESET_CONTROL: u16 = 0xcf9;
const HARD: u8 = 0x02;
const HARD_NOW: u8 = 0x06;

/// Maximum number of status reads to wait for the keyboard controller: some tens of milliseconds.
const MAX_STATUS_READS: u32 = 1 << 15;

/// Tries each method in turn. If one works, this function does not return.
///
/// Calls `settle` after each write that does not fault, to give the write time to take effect.
pub fn by_ports<P: Ports>(ports: &mut P, mut settle: impl FnMut(&mut P)) {
    for _ in 0..MAX_STATUS_READS {
        match ports.read(KEYBOARD) {
            Some(status) if status & INPUT_FULL != 0 => {}
            _ => break,
        }
    }
    for (port, value) in [(KEYBOARD, PULSE_RESET), (RESET_CONTROL, HARD), (RESET_CONTROL, HARD_NOW)]
    {
        // If the write faults, no reset can follow, so there is nothing to wait for. The next method may still work.
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
    fn tries_every_method_for_every_controller_status() {
        for (status, reads, waits) in
            [(Some(0), 1, 3), (Some(0xff), MAX_STATUS_READS, 3), (None, 1, 0)]
        {
            let mut chipset = Chipset { status, reads: 0, writes: vec![] };
            let mut settled = 0;
            by_ports(&mut chipset, |_| settled += 1);
            assert_eq!(chipset.reads, reads);
            assert_eq!(chipset.writes, [(0x64, 0xfe), (0xcf9, 0x02), (0xcf9, 0x06)]);
            assert_eq!(settled, waits);
        }
    }
}
