//! What happens between the start of the target kernel and the end of the run.

use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::seen::End;
use crate::guest::first::First;
use crate::qemu::Vm;

/// From the start to the end: 15 s alone, more where others want the processors.
pub(super) const LIMIT: Duration = Duration::from_secs(150);

/// Between two looks at the machine.
const LOOK: Duration = Duration::from_millis(100);

/// From closing its sockets to its end: a process gives its memory back, and others want the processors.
const ENDING: Duration = Duration::from_secs(30);

/// `jmp` to itself: how the stock purgatory ends after a digest mismatch.
const JUMP_TO_ITSELF: [u8; 2] = [0xeb, 0xfe];

/// Serial ports of the machine.
pub(super) const PORTS: usize = 2;

/// Watches until the process ends ([`End::Resets`], whatever came up before), or the processor stands still in the crash
/// image, which is in `place`: [`End::Halts`] or [`End::Spins`]. Neither before `give_up` is [`End::Stalls`].
pub(super) fn end(first: &mut First, place: Option<&Range<u64>>, give_up: Instant) -> Result<End> {
    let mut before = None;
    loop {
        if first.vm.try_wait()?.is_some() {
            return Ok(End::Resets);
        }
        let now = place.and_then(|place| standstill(first, place).transpose());
        match now.transpose() {
            // Twice the same: what the purgatory printed last has arrived by then.
            Ok(Some(end)) if before == Some(end) => return Ok(end),
            Ok(now) => before = now,
            // The process is about to end, or its protocol is broken.
            Err(error) if !ends(&first.vm)? => return Err(error),
            Err(_) => return Ok(End::Resets),
        }
        if Instant::now() > give_up {
            return Ok(End::Stalls);
        }
        thread::sleep(LOOK);
    }
}

/// Whether the process is about to end.
fn ends(vm: &Vm) -> Result<bool> {
    let give_up = Instant::now() + ENDING;
    while vm.try_wait()?.is_none() {
        if Instant::now() > give_up {
            return Ok(false);
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(true)
}

/// How the processor stands still in the crash image, if it does.
fn standstill(first: &mut First, place: &Range<u64>) -> Result<Option<End>> {
    let registers = first.vm.qmp()?.monitor("info registers")?;
    let field = |name: &str| {
        let value = registers.split_once(name)?.1;
        value.split(|c: char| !c.is_ascii_hexdigit()).next()
    };
    let rip = field("RIP=").and_then(|value| u64::from_str_radix(value, 16).ok());
    let rip = rip.context("no RIP among the registers")?;
    if !place.contains(&rip) {
        Ok(None)
    } else if field("HLT=") == Some("1") {
        Ok(Some(End::Halts))
    } else if first.memory.read(rip..rip + 2)? == JUMP_TO_ITSELF {
        Ok(Some(End::Spins))
    } else {
        Ok(None)
    }
}

/// The last lines of every serial port, for an error message.
pub(super) fn tails(vm: &Vm) -> String {
    (0..PORTS).map(|port| format!("ttyS{port}:\n{}\n", vm.serial(port).tail())).collect()
}
