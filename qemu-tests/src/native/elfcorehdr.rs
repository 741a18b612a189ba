//! What the capture kernel is told to dump, as our loader has it and as Linux's own has it.

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use purgatory_loader::elfcorehdr::memsz;
use serde_json::{Value, json};

use super::case::{Image, Machine};
use super::cases::PANIC;
use super::setup::{self, Setup, TOOL_LIMIT};
use crate::crash::run::flip;
use crate::crash::setup::MARKER;
use crate::guest::first::First;
use crate::guest::segments;
use crate::workspace;

/// Bytes of an ELF header and of a program header.
const ELF_HEADER: usize = 64;
const HEADER: usize = 56;

/// Where the number of program headers is in the one, and the physical address in the other.
const COUNT: Range<usize> = 56..58;
const ADDRESS: Range<usize> = 24..32;

/// Processors of [`Machine::Pluggable`].
const PROCESSORS: usize = 4;

/// Loads the same crash kernel with `kexec -s`, for which Linux makes elfcorehdr, and with `purgatory load`, in one
/// machine, and compares the bytes; then looks whether the comparison sees a changed bit.
///
/// Linux before 6.6 has no notes of processors that are not plugged in, and ours has them: there they are plugged in, and
/// their notes must be where we said.
///
/// # Errors
/// A byte differs.
pub fn as_linux(setup: &Setup, machine: Machine) -> Result<()> {
    let folder = format!("native-{}-elfcorehdr-{machine:?}", setup.kernel.name);
    let folder = workspace::runs().join(folder);
    let mut first = setup.start(machine, Image::BzImage, None, &folder, None)?;
    let linux = load(setup, &first, "kexec -s -p").context("with kexec -s")?;
    let linux = first.memory.read(linux)?;
    first.run("kexec -p -u", TOOL_LIMIT)?;
    // What is left of one image is not to be taken for the other, nor for the zeros behind it.
    let region = &first.facts.crash_region;
    let ones = vec![0xff; usize::try_from(region.end - region.start)?];
    first.memory.write(region.start, &ones)?;
    let place = load(setup, &first, "purgatory load --panic").context("with purgatory load")?;
    let ours = first.memory.read(place.clone())?;

    let pluggable = machine == Machine::Pluggable;
    let expected = match pluggable && !first.facts.crash_hotplug {
        true => with_notes(&linux, &ours)?,
        false => linux,
    };
    same(&expected, &ours)?;
    let asked = first.ask("cat /sys/kernel/crash_elfcorehdr_size", TOOL_LIMIT)?;
    let asked = asked.lines.first().and_then(|line| line.parse().ok());
    ensure!(asked.is_some() == first.facts.crash_hotplug, "crash_elfcorehdr_size: {asked:?}");
    let end = place.start + memsz(place.end - place.start, asked);
    let rest = first.memory.read(place.end..end)?;
    ensure!(rest.iter().all(|byte| *byte == 0), "what is behind the headers is not zero");

    for at in [place.start, place.end - 1] {
        flip(&first, at)?;
        let changed = first.memory.read(place.clone())?;
        ensure!(same(&expected, &changed).is_err(), "a changed bit at {at:#x} is not seen");
        flip(&first, at)?;
    }
    if pluggable { plugged(&mut first, &ours) } else { Ok(()) }
}

/// Has a crash kernel loaded, and tells where elfcorehdr's headers are.
fn load(setup: &Setup, first: &First, loader: &str) -> Result<Range<u64>> {
    first.run(&setup::command(loader, &PANIC), TOOL_LIMIT)?;
    let (files, region) = (setup.files()?, first.facts.crash_region.clone());
    let (vmlinuz, initrd) = (&files.vmlinuz, &files.initrd);
    Ok(segments::find(&first.memory, region, vmlinuz, initrd, MARKER)?.elfcorehdr)
}

fn same(expected: &[u8], ours: &[u8]) -> Result<()> {
    let (theirs, len) = (expected.len(), ours.len());
    ensure!(theirs == len, "{len} bytes, and not {theirs}:\n{expected:02x?}\n{ours:02x?}");
    let differs = expected.iter().zip(ours).position(|(expected, ours)| expected != ours);
    ensure!(differs.is_none(), "byte {differs:?} differs:\n{expected:02x?}\n{ours:02x?}");
    Ok(())
}

/// Linux's headers with our notes of the processors that are not plugged in, behind that of the one that is.
fn with_notes(linux: &[u8], ours: &[u8]) -> Result<Vec<u8>> {
    let first = ELF_HEADER + HEADER;
    let all = ELF_HEADER + PROCESSORS * HEADER;
    let notes = ours.get(first..all).context("we have too few notes")?;
    let (before, behind) = linux.split_at_checked(first).context("Linux has no notes")?;
    let mut expected = [before, notes, behind].concat();
    let count = u16::from_le_bytes(linux[COUNT].try_into()?) + u16::try_from(PROCESSORS - 1)?;
    expected[COUNT].copy_from_slice(&count.to_le_bytes());
    Ok(expected)
}

/// Plugs in all processors, and compares where sysfs says that their notes are.
fn plugged(first: &mut First, ours: &[u8]) -> Result<()> {
    let qmp = first.vm.qmp()?;
    let slots = qmp.command("query-hotpluggable-cpus", json!({}))?;
    for slot in slots.as_array().context("no list of processors")? {
        if slot.get("qom-path").is_none() {
            let mut arguments = slot.get("props").and_then(Value::as_object).cloned();
            let arguments = arguments.as_mut().context("a processor without a place")?;
            arguments.insert("driver".into(), slot["type"].clone());
            qmp.command("device_add", json!(arguments))?;
        }
    }
    let wait = "for n in 1 2 3; do until [ -e $cpu$n/crash_notes ]; do sleep 0.1; done; done";
    let show =
        "cat ${cpu}0/crash_notes ${cpu}1/crash_notes ${cpu}2/crash_notes ${cpu}3/crash_notes";
    let command = format!("cpu=/sys/devices/system/cpu/cpu; {wait}; {show}");
    let said = first.ask(&command, TOOL_LIMIT)?;
    let headers = ours[ELF_HEADER..].chunks_exact(HEADER).take(PROCESSORS);
    let expected: Vec<String> = headers
        .map(|header| Ok(format!("{:x}", u64::from_le_bytes(header[ADDRESS].try_into()?))))
        .collect::<Result<_>>()?;
    let said: Vec<String> =
        said.lines.into_iter().filter(|line| u64::from_str_radix(line, 16).is_ok()).collect();
    ensure!(said == expected, "sysfs says {said:?}, and we {expected:?}");
    Ok(())
}
