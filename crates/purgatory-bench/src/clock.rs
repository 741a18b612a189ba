//! Time, and how fast the core runs, without performance counters: many machines, virtual ones above all, have none.

#![allow(unsafe_code, reason = "a chain of instructions that the compiler must not shorten")]

pub use purgatory_runner::clock::now;
use std::arch::asm;

/// Rounds of the chain: some 20 µs, and up to 80 µs of additions side by side, short enough to be done between two interrupts of the timer.
const ROUNDS: u64 = 1000;

/// Additions in a round.
const ADDITIONS: u64 = 64;

/// Additions in a second, to each of these registers in turn.
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

/// Core clock cycles in a second, now: the fastest of three tries, since whatever disturbs one makes it slower.
///
/// An addition of two registers takes one cycle on every x86-64 core, and each waits for the one before. (One of a
/// constant would not do: some cores add those up without executing them.)
#[must_use]
pub fn hertz() -> f64 {
    (0..3).map(|_| additions_a_second!(a)).fold(0.0, f64::max)
}

/// Additions in a cycle, now, of those that need not wait for each other, at this speed of the core: as many as it has adders
/// for, or about half of that while its other thread is at work. The registers are more than any core adds in a cycle.
#[must_use]
pub fn additions_a_cycle(hertz: f64) -> f64 {
    (0..3).map(|_| additions_a_second!(a b c d e f g h)).fold(0.0, f64::max) / hertz
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_core_adds_more_than_one_number_a_cycle_and_not_more_than_it_is_given() {
        let additions = additions_a_cycle(hertz());
        assert!((1.0..8.5).contains(&additions), "{additions}");
    }

    #[test]
    fn time_does_not_pass_in_sleep() {
        let started = now();
        std::thread::sleep(Duration::from_millis(100));
        assert!(now() - started < Duration::from_millis(50));
    }

    #[test]
    fn time_passes_at_work() {
        let started = now();
        while now() == started {}
    }

    #[test]
    fn a_core_runs_at_some_gigahertz() {
        let hertz = hertz();
        assert!((3e8..2e10).contains(&hertz), "{hertz}");
    }
}
