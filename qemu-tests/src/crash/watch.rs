//! What happens between the panic, or `kexec -e`, and the end.

use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use purgatory_abi::verdict;
use serde_json::json;

use super::case::Start;
use super::outcome::{End, Outcome};
use crate::guest::first::First;
use crate::qemu::{Line, Vm};

/// From the panic to the end: 15 s alone, more where others want the processors.
pub(crate) const LIMIT: Duration = Duration::from_secs(150);

/// Between two looks at the machine.
const LOOK: Duration = Duration::from_millis(200);

/// From closing its sockets to its end: a process gives its memory back, and others want the processors.
const ENDING: Duration = Duration::from_secs(30);

/// `jmp` to itself: how the stock purgatory ends when a digest differs.
const JUMP_TO_ITSELF: [u8; 2] = [0xeb, 0xfe];

/// Serial ports of the machine.
pub(crate) const PORTS: usize = 2;

/// Watches until the process ends, or the processor stands still in the purgatory, which is at `place`; `None` when
/// neither comes before `give_up`.
pub(crate) fn end(
    first: &mut First,
    place: Option<&Range<u64>>,
    give_up: Instant,
) -> Result<Option<End>> {
    let mut before = None;
    loop {
        if first.vm.try_wait()?.is_some() {
            return Ok(Some(End::Left));
        }
        let now = place.and_then(|place| standstill(first, place).transpose());
        match now.transpose() {
            // Twice the same: what the purgatory said last has arrived by then.
            Ok(Some(end)) if before == Some(end) => return Ok(Some(end)),
            Ok(now) => before = now,
            // The process is about to end, or its protocol is broken.
            Err(error) if !ends(&first.vm)? => return Err(error),
            Err(_) => return Ok(Some(End::Left)),
        }
        if Instant::now() > give_up {
            return Ok(None);
        }
        thread::sleep(LOOK);
    }
}

/// [`end`] within the time that a run has.
pub(crate) fn until_the_end(
    first: &mut First,
    start: Start,
    started: Instant,
    place: Option<Range<u64>>,
) -> Result<Outcome> {
    let Some(end) = end(first, place.as_ref(), started + LIMIT)? else {
        bail!("no end within {} s; the last lines were:\n{}", LIMIT.as_secs(), tails(&first.vm));
    };
    outcome(first, start, started, end)
}

/// Ends the machine, and tells what was seen.
pub(crate) fn outcome(first: &First, start: Start, started: Instant, end: End) -> Result<Outcome> {
    let ended = Instant::now();
    first.vm.kill();
    let lines: Vec<Vec<Line>> =
        (0..PORTS).map(|port| first.vm.serial(port).finish()).collect::<Result<_>>()?;
    let from = match start {
        Start::Exec => started,
        Start::Panic => {
            let panicked = |line: &&Line| line.text.contains("Kernel panic - not syncing");
            let line = lines[0].iter().find(panicked);
            line.with_context(|| format!("the kernel did not panic:\n{}", tails(&first.vm)))?.at
        }
    };
    Ok(of_lines(&lines, from, end, ended))
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

/// How the processor stands still in the purgatory, if it does.
fn standstill(first: &mut First, place: &Range<u64>) -> Result<Option<End>> {
    let ask = json!({ "command-line": "info registers" });
    let answer = first.vm.qmp()?.command("human-monitor-command", ask)?;
    let registers = answer.as_str().context("no registers")?;
    let field = |name: &str| {
        let value = registers.split_once(name)?.1;
        value.split(|c: char| !c.is_ascii_hexdigit()).next()
    };
    let rip = field("RIP=").and_then(|value| u64::from_str_radix(value, 16).ok());
    let rip = rip.context("no RIP among the registers")?;
    if !place.contains(&rip) {
        Ok(None)
    } else if field("HLT=") == Some("1") {
        Ok(Some(End::Halted))
    } else if first.memory.read(rip..rip + 2)? == JUMP_TO_ITSELF {
        Ok(Some(End::Spinning))
    } else {
        Ok(None)
    }
}

fn of_lines(lines: &[Vec<Line>], from: Instant, end: End, ended: Instant) -> Outcome {
    let after = |line: &Line| line.at.saturating_duration_since(from);
    let all = || lines.iter().flatten();
    let said = |text: &str| all().find(|line| line.text.starts_with(text));
    let report = |port: usize| {
        let ours = lines[port].iter().filter(|line| line.text.contains(verdict::LINE));
        ours.map(|line| line.text.clone()).collect::<Vec<_>>()
    };
    let last = said("guest: capture kernel ").or_else(|| said("guest: second kernel "));
    let dump = said("guest: makedumpfile ");
    Outcome {
        kernel: last.map(|line| line.text.rsplit(' ').next().unwrap_or_default().to_owned()),
        kernel_after: last.map(after),
        dump: dump.map(|line| line.text.trim_start_matches("guest: makedumpfile ").to_owned()),
        reports: (0..PORTS).map(report).collect(),
        verdict_after: all().find(|line| line.text.contains(verdict::PREFIX)).map(after),
        end,
        end_after: ended.saturating_duration_since(from),
    }
}

/// The last lines of every serial port, for an error message.
pub(crate) fn tails(vm: &Vm) -> String {
    (0..PORTS).map(|port| format!("ttyS{port}:\n{}\n", vm.serial(port).tail())).collect()
}
