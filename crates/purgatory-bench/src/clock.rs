//! How fast the core runs, without performance counters: many machines, virtual ones above all, have none.

#![allow(unsafe_code, reason = "a chain of instructions that the compiler must not shorten")]

use std::arch::asm;
use std::time::Instant;

/// Rounds of the chain: some 50 µs, short enough to be done between two interrupts of the timer.
const ROUNDS: u64 = 2000;

/// Additions in a round.
const ADDITIONS: u64 = 64;

/// Core clock cycles in a second, now: the fastest of three tries, since whatever disturbs one makes it slower.
///
/// An addition of two registers takes one cycle on every x86-64 core, and each waits for the one before. (One of a
/// constant would not do: some cores add those up without executing them.)
#[must_use]
pub fn hertz() -> f64 {
    (0..3).map(|_| one()).fold(0.0, f64::max)
}

fn one() -> f64 {
    let started = Instant::now();
    // SAFETY: writes two registers, which are named; no memory, no stack.
    unsafe {
        asm!(
            "2:",
            ".rept {additions}",
            "add {sum}, {addend}",
            ".endr",
            "dec {rounds}",
            "jnz 2b",
            additions = const ADDITIONS,
            sum = inout(reg) 0_u64 => _,
            addend = in(reg) 1_u64,
            rounds = inout(reg) ROUNDS => _,
            options(nomem, nostack),
        );
    }
    (ROUNDS * ADDITIONS) as f64 / started.elapsed().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_core_runs_at_some_gigahertz() {
        let hertz = hertz();
        assert!((3e8..2e10).contains(&hertz), "{hertz}");
    }
}
