//! Seconds, counted where no timer interrupt is left.
//!
//! The real-time clock's seconds register says when one has passed (MC146818, register 0; register A bit 7 says that
//! the clock is being updated and must not be read). Where ports fault or the clock stands still, the time-stamp counter
//! is the ceiling, at an assumed 6 GHz: with either of them no machine waits less than it was told, and none waits for ever.

use crate::ports::Ports;

/// Ports of the clock: which register, and its value.
const INDEX: u16 = 0x70;
const VALUE: u16 = 0x71;

/// Register 0: seconds.
const SECONDS: u8 = 0x00;
/// Register A, and in it the bit that says "update in progress".
const STATUS_A: u8 = 0x0a;
const UPDATING: u8 = 0x80;

/// No time-stamp counter is faster, in ticks a second.
const FASTEST_TSC: u64 = 6_000_000_000;

/// Looks at the clock in a second, at the very least: a port access takes a microsecond or so, and a look four of them.
const LOOKS_PER_SECOND: u64 = 1 << 20;

/// Waits `seconds` seconds, up to one more, and not longer than the ceiling. `tsc` reads the time-stamp counter; where that
/// faults, it stands still.
pub fn seconds<P: Ports>(seconds: u32, ports: &mut P, mut tsc: impl FnMut() -> u64) {
    // The first change of the clock comes after a part of a second.
    let mut changes = u64::from(seconds) + u64::from(seconds != 0);
    let ceiling = changes.saturating_add(1).saturating_mul(FASTEST_TSC);
    let began = tsc();
    let mut looks = changes.saturating_mul(LOOKS_PER_SECOND);
    let mut shown = clock(ports);
    while changes != 0 && looks != 0 {
        let now = clock(ports);
        if now.is_some() && now != shown {
            shown = now;
            changes -= 1;
        }
        match tsc().wrapping_sub(began) {
            // The counter stands still, too: what is left is to count.
            0 => looks -= 1,
            ticks if ticks >= ceiling => return,
            _ => {}
        }
    }
}

/// The seconds that the clock shows; `None` while it is being updated, and where ports fault.
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

    /// A clock that shows the next second after a number of looks, or never.
    struct Clock {
        looks: u64,
        per_second: Option<u64>,
        faults: bool,
        index: u8,
    }

    impl Ports for Clock {
        fn read(&mut self, _port: u16) -> Option<u8> {
            if self.index == STATUS_A {
                // A free bus reads all ones: an update that never ends.
                return Some(if self.per_second.is_some() { 0 } else { 0xff });
            }
            self.looks += 1;
            Some(
                u8::try_from(self.per_second.map_or(0, |per_second| self.looks / per_second % 60))
                    .unwrap_or(0),
            )
        }

        fn write(&mut self, _port: u16, value: u8) -> Option<()> {
            self.index = value;
            (!self.faults).then_some(())
        }
    }

    fn clock_with(per_second: Option<u64>, faults: bool) -> Clock {
        Clock { looks: 0, per_second, faults, index: 0 }
    }

    #[test]
    fn the_clock_is_waited_for_and_not_for_less() {
        let mut clock = clock_with(Some(100), false);
        seconds(3, &mut clock, || 0);
        assert!((300..=400).contains(&clock.looks), "{}", clock.looks);
    }

    #[test]
    fn without_a_clock_the_counter_is_the_ceiling() {
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
    fn without_a_counter_a_clock_that_stands_still_is_left_after_a_number_of_looks() {
        let mut clock = clock_with(Some(u64::MAX), false);
        seconds(1, &mut clock, || 0);
        assert!(clock.looks <= 4 * LOOKS_PER_SECOND);
    }

    #[test]
    fn without_either_the_wait_ends_all_the_same() {
        seconds(1, &mut clock_with(None, true), || 7);
        seconds(0, &mut clock_with(Some(u64::MAX), false), || 7);
    }
}
