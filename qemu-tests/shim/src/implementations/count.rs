//! How many instructions an implementation needs for a byte.
//!
//! It is for emulators whose time-stamp counter counts instructions: QEMU with `-icount shift=0,sleep=off`, where one
//! takes a nanosecond of a clock of 1 GHz, and Bochs. A loop of known length, again and again, shows whether it does.

#![allow(unsafe_code, reason = "a loop of two instructions a turn")]

use alloc::vec;
use core::arch::asm;

use purgatory_sha256::{Implementation, Instructions, digest_many};

use crate::cpu;
use crate::debugcon::say;

/// The digested input: a number of chunks of this length.
const CHUNKS: u64 = 64;
const CHUNK_BYTES: u64 = 0x1_0000;
const BYTES: u64 = CHUNKS * CHUNK_BYTES;
/// Turns of the loop of known length.
const TURNS: u64 = 1_000_000;
/// Its instructions, and how many more there may be around it.
const LOOP_INSTRUCTIONS: u64 = 2 * TURNS;
const AROUND: u64 = 100;
/// How often the loop is run.
const LOOPS: usize = 5;

/// Says it of every implementation that runs with these instructions. Says whether the counter counts instructions.
pub(crate) fn run(instructions: Instructions) -> bool {
    for _ in 0..LOOPS {
        let ticks = ticks_of(|| {
            // SAFETY: counts a register down.
            unsafe {
                asm!("2:", "dec {0}", "jnz 2b", inout(reg) TURNS => _, options(nomem, nostack));
            }
        });
        if !(LOOP_INSTRUCTIONS..LOOP_INSTRUCTIONS + AROUND).contains(&ticks) {
            say!(
                "sha256: {LOOP_INSTRUCTIONS} instructions take {ticks} ticks: start QEMU with -icount"
            );
            return false;
        }
    }
    let memory = vec![0xa5; BYTES as usize];
    for implementation in Implementation::ranked(instructions) {
        let mut digests = 0;
        let ticks = ticks_of(|| {
            let chunks = memory.chunks(CHUNK_BYTES as usize);
            digest_many(implementation, chunks, |_, _| digests += 1);
        });
        let name = implementation.name();
        let thousandths = ticks * 1000 / BYTES;
        let (whole, rest) = (thousandths / 1000, thousandths % 1000);
        say!("sha256: {name} digests={digests} instructions-per-byte={whole}.{rest:03}");
    }
    true
}

/// Ticks of the time-stamp counter from before to after.
fn ticks_of(work: impl FnOnce()) -> u64 {
    let start = cpu::ticks();
    work();
    cpu::ticks() - start
}
