//! Measures time, and the core's clock frequency. It uses no performance counters, which many virtual machines lack.

#![allow(unsafe_code, reason = "a chain of instructions that the compiler must not shorten")]

pub use purgatory_runner::clock::now;
use std::arch::asm;

/// The number of rounds. A dependent chain takes some 20 µs, parallel additions up to 80 µs, so most runs have no timer
/// interrupt.
const ROUNDS: u64 = 1000;

/// The number of additions to each register in a round.
const ADDITIONS: u64 = 64;

/// Returns the number of additions in a second, to these registers in turn.
macro_rules! additions_a_second {
    ($($register:ident)+) => {{
        let started = now();
        // SAFETY: writes registers, which are named; no memory, no stack.
        unsafe {
            asm!(
                "2:",
                ".rept {additions}",
                $(concat!("add {", stringify!($register), "}, {one}"),)+
                ".endr",
                "dec {rounds}",
                "jnz 2b",
                additions = const ADDITIONS,
                one = in(reg) 1_u64,
                $($register = inout(reg) 0_u64 => _,)+
                rounds = inout(reg) ROUNDS => _,
                options(nomem, nostack),
            );
        }
        let registers = [$(stringify!($register)),+].len() as u64;
        (ROUNDS * ADDITIONS * registers) as f64 / (now() - started).as_secs_f64()
    }};
}

/// Returns the current clock frequency of the core, in cycles a second. It is the highest of three measurements,
/// because each disturbance makes a measurement lower.
///
/// An addition of two registers takes one cycle on every x86-64 core, and each addition waits for the previous one.
/// Additions of a constant do not work: some cores combine them without executing them.
#[must_use]
pub fn hertz() -> f64 {
    (0..3).map(|_| additions_a_second!(a)).fold(0.0, f64::max)
}

/// Returns the current number of independent additions in a cycle, at this clock frequency. It is the number of the
/// core's adders, or about half of it while the core's other thread is busy. There are more registers than any core
/// has adders.
#[must_use]
pub fn additions_a_cycle(hertz: f64) -> f64 {
    (0..3).map(|_| additions_a_second!(a b c d e f g h)).fold(0.0, f64::max) / hertz
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn additions_in_a_cycle_are_plausible() {
        let additions = additions_a_cycle(hertz());
        assert!((1.0..8.5).contains(&additions), "{additions}");
    }

    #[test]
    fn sleep_does_not_count() {
        let started = now();
        std::thread::sleep(Duration::from_millis(100));
        assert!(now() - started < Duration::from_millis(50));
    }

    #[test]
    fn running_counts() {
        let started = now();
        while now() == started {}
    }

    #[test]
    fn clock_frequency_is_plausible() {
        let hertz = hertz();
        assert!((3e8..2e10).contains(&hertz), "{hertz}");
    }
}
