//! Waits for seconds without timer interrupts.
//!
//! The seconds register of the real-time clock shows when a second has passed (MC146818, register 0). While bit 7 of
//! register A is set, the clock is being updated and must not be read.
//!
//! If ports fault or the clock does not advance, the time-stamp counter limits the wait, at an assumed 6 GHz. So the
//! wait is at least as long as configured if the machine has one of the two, and every wait ends.

use crate::ports::Ports;

/// Ports of the clock: the register's number, and its value.
const INDEX: u16 = 0x70;
const VALUE: u16 = 0x71;

/// Register 0: seconds.
const SECONDS: u8 = 0x00;
/// Register A, and its bit "update in progress".
const STATUS_A: u8 = 0x0a;
const UPDATING: u8 = 0x80;

/// An upper bound for the time-stamp counter, in ticks per second.
const FASTEST_TSC: u64 = 6_000_000_000;

/// Reads of the clock that take at least one second: a port access takes about a microsecond, and one read of the clock
/// needs four.
const POLLS_PER_SECOND: u64 = 1 << 20;

/// Waits for `seconds` seconds, at most one second longer, or until the limit. `tsc` reads the time-stamp counter, and
/// returns a constant if the counter cannot be read.
pub fn seconds<P: Ports>(seconds: u32, ports: &mut P, mut tsc: impl FnMut() -> u64) {
    // The first change of the clock comes after a fraction of a second.
    let mut changes = u64::from(seconds) + u64::from(seconds != 0);
    let limit = changes.saturating_add(1).saturating_mul(FASTEST_TSC);
    let began = tsc();
    let mut reads = changes.saturating_mul(POLLS_PER_SECOND);
    let mut shown = clock(ports);
    while changes != 0 && reads != 0 {
        let now = clock(ports);
        if now.is_some() && now != shown {
            shown = now;
            changes -= 1;
        }
        match tsc().wrapping_sub(began) {
            // The counter does not advance either: count the reads.
            0 => reads -= 1,
            ticks if ticks >= limit => return,
            _ => {}
        }
    }
}

/// Returns the seconds of the clock; `None` while the clock is being updated, or if ports fault.
fn clock<P: Ports>(ports: &mut P) -> Option<u8> {
    ports.write(INDEX, STATUS_A)?;
    if ports.read(VALUE)? & UPDATING != 0 {
        return None;
    }
    ports.write(INDEX, SECONDS)?;
    ports.read(VALUE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clock that shows the next second after a number of reads, or never.
    struct Clock {
        reads: u64,
        per_second: Option<u64>,
        faults: bool,
        index: u8,
    }

    impl Ports for Clock {
        fn read(&mut self, _port: u16) -> Option<u8> {
            if self.index == STATUS_A {
                // A port without a device reads all ones: an update that never ends.
                return Some(if self.per_second.is_some() { 0 } else { 0xff });
            }
            self.reads += 1;
            Some(
                u8::try_from(self.per_second.map_or(0, |per_second| self.reads / per_second % 60))
                    .unwrap_or(0),
            )
        }

        fn write(&mut self, _port: u16, value: u8) -> Option<()> {
            self.index = value;
            (!self.faults).then_some(())
        }
    }

    fn clock_with(per_second: Option<u64>, faults: bool) -> Clock {
        Clock { reads: 0, per_second, faults, index: 0 }
    }

    #[test]
    fn waits_for_at_least_the_configured_seconds() {
        let mut clock = clock_with(Some(100), false);
        seconds(3, &mut clock, || 0);
        assert!((300..=400).contains(&clock.reads), "{}", clock.reads);
    }

    #[test]
    fn the_counter_limits_the_wait_without_a_clock() {
        for faults in [false, true] {
            let mut ticks = 0;
            seconds(3, &mut clock_with(None, faults), || {
                ticks += 1_000_000;
                ticks
            });
            assert!((3 * FASTEST_TSC..=6 * FASTEST_TSC).contains(&ticks));
        }
    }

    #[test]
    fn a_stopped_clock_without_a_counter_ends_the_wait_after_a_number_of_reads() {
        let mut clock = clock_with(Some(u64::MAX), false);
        seconds(1, &mut clock, || 0);
        assert!(clock.reads <= 4 * POLLS_PER_SECOND);
    }

    #[test]
    fn the_wait_ends_without_clock_and_counter() {
        seconds(1, &mut clock_with(None, true), || 7);
        seconds(0, &mut clock_with(Some(u64::MAX), false), || 7);
    }
}
