//! Watches a run from the start of the target kernel to its end.

use std::mem;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::seen::End;
use super::site::Site;
use crate::bounded;
use crate::guest::memory::Memory;
use crate::guest::running::Guest;
use crate::qemu::{Ended, Vm};

/// From the start to the end: 15 s on an idle host, more on a busy one.
pub(super) const LIMIT: Duration = Duration::from_secs(150);

/// Between two looks at the machine.
const LOOK: Duration = Duration::from_millis(100);

/// From closing its sockets to its end: a process gives its memory back, and others want the processors.
const ENDING: Duration = Duration::from_secs(30);

/// `jmp` to itself: how the stock purgatory ends after a digest mismatch.
const JUMP_TO_ITSELF: [u8; 2] = [0xeb, 0xfe];

/// Serial ports of the machine.
pub(super) const PORTS: usize = 2;

/// Watches until the machine is reset or switched off ([`End::Resets`], even after a boot), or the CPU stops in the
/// purgatory at `site`: [`End::Halts`] or [`End::Spins`]. If neither happens before `give_up`, returns
/// [`End::Stalls`].
///
/// # Errors
/// QEMU dies, or does not answer.
pub(super) fn end(guest: &mut Guest, site: Option<&Site>, give_up: Instant) -> Result<End> {
    let mut before = None;
    let end = bounded::poll(give_up, LOOK, || {
        if let Some(ended) = guest.vm.try_wait()? {
            return reset(ended).map(Some);
        }
        let now = site.and_then(|site| look(guest, site).transpose());
        match now.transpose() {
            // Twice the same state: by then the last line of the purgatory has arrived.
            Ok(now) => {
                let same = mem::replace(&mut before, now) == now;
                Ok(now.filter(|_| same))
            }
            // The process is about to end, or its protocol is broken.
            Err(error) => {
                let ended = bounded::poll(Instant::now() + ENDING, LOOK, || guest.vm.try_wait())?;
                ended.map_or(Err(error), reset).map(Some)
            }
        }
    })?;
    Ok(end.unwrap_or(End::Stalls))
}

/// The meaning of an end of the process: a machine that is reset or switched off ends it with 0.
fn reset(ended: Ended) -> Result<End> {
    ensure!(ended == Ended::Exited(0), "QEMU ended: {ended:?}");
    Ok(End::Resets)
}

/// Returns how the CPU is halted in the purgatory, if it is.
fn look(guest: &mut Guest, site: &Site) -> Result<Option<End>> {
    let registers = guest.vm.qmp()?.monitor("info registers")?;
    standstill(&registers, &guest.memory, site)
}

/// The same, from the output of QEMU's monitor about the CPU.
fn standstill(registers: &str, memory: &Memory, site: &Site) -> Result<Option<End>> {
    let field = |name: &str| {
        let value = registers.split_once(name)?.1;
        value.split(|c: char| !c.is_ascii_hexdigit()).next()
    };
    let rip = field("RIP=").and_then(|value| u64::from_str_radix(value, 16).ok());
    let rip = rip.context("no RIP among the registers")?;
    if !site.contains(memory, rip) {
        Ok(None)
    } else if field("HLT=") == Some("1") {
        Ok(Some(End::Halts))
    } else if memory.read(rip..rip + 2)? == JUMP_TO_ITSELF {
        Ok(Some(End::Spins))
    } else {
        Ok(None)
    }
}

/// The last lines of every serial port, for an error message.
pub(super) fn tails(vm: &Vm) -> String {
    (0..PORTS).map(|port| format!("ttyS{port}:\n{}\n", vm.serial(port).tail())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_machine_that_ends_by_itself_was_reset() {
        assert_eq!(reset(Ended::Exited(0)).unwrap(), End::Resets);
        for ended in [Ended::Exited(1), Ended::Signalled] {
            assert!(reset(ended).unwrap_err().to_string().starts_with("QEMU ended"));
        }
    }

    #[test]
    fn a_halt_outside_the_purgatory_is_not_its_end() {
        let memory = Memory::new(1 << 20).unwrap();
        memory.write(0x1000, &JUMP_TO_ITSELF).unwrap();
        memory.write(0x3000, &JUMP_TO_ITSELF).unwrap();
        let site = Site::at(0x1000..0x2000);
        let end = |rip: u64, hlt: u8| {
            let registers = format!("RAX=0 RIP={rip:016x} RFL=00000002 [-------] CPL=0 HLT={hlt}");
            standstill(&registers, &memory, &site).unwrap()
        };
        assert_eq!(end(0x1ffe, 1), Some(End::Halts));
        assert_eq!(end(0x1000, 0), Some(End::Spins));
        assert_eq!(end(0x1001, 0), None);
        for outside in [0xfff, 0x2000, 0x3000] {
            assert_eq!((end(outside, 1), end(outside, 0)), (None, None));
        }
        assert!(standstill("HLT=1", &memory, &site).is_err());
    }
}
