//! The memory that the capture kernel must dump: our loader's elfcorehdr compared with Linux's.

use std::mem::offset_of;
use std::ops::Range;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use object::LittleEndian;
use object::elf::{FileHeader64, ProgramHeader64};
use object::read::elf::FileHeader;
use purgatory_loader::elfcorehdr::memsz;
use serde_json::{Value, json};

use super::case::{Case, Kernels};
use super::cases::native::{ABOVE_4G, FIVE_LEVELS, PANIC, PROCESSORS_4, UEFI};
use super::faults::Loaded;
use super::load;
use super::machine::{Machine, Processors};
use super::state::{COMMAND_LIMIT, State};
use crate::guest::memory::Memory;
use crate::guest::running::Guest;
use crate::workspace;

/// One of four processors, and the others can be plugged in.
const PLUGGABLE: Machine = Machine { processors: Processors::Pluggable, ..Machine::SMALL };

/// One processor, four, one of four; two crash kernel regions; RAM in many pieces; page tables of five levels. Kernels
/// differ in the CPUs that have notes, and in the exclusion of a second region.
pub const MACHINES: [(&str, Machine, Kernels); 6] = [
    ("small", Machine::SMALL, Kernels::Newest),
    ("processors-4", PROCESSORS_4, Kernels::All),
    ("pluggable", PLUGGABLE, Kernels::All),
    ("above-4g", ABOVE_4G, Kernels::All),
    ("uefi", UEFI, Kernels::Newest),
    ("five-levels", FIVE_LEVELS, Kernels::Newest),
];

/// Place of the number of program headers in an ELF header.
const COUNT: usize = offset_of!(FileHeader64<LittleEndian>, e_phnum);

/// Processors of [`PLUGGABLE`].
const PROCESSORS: usize = 4;

/// Loads the same capture kernel with `kexec -s`, for which Linux makes elfcorehdr, and with `purgatory load`, in one
/// machine, and compares the bytes; then looks whether the comparison sees a changed bit.
///
/// Linux before 6.6 has no notes of processors that are not plugged in, and ours has them: there they are plugged in,
/// and their notes must be where we said.
///
/// # Errors
/// A byte differs.
pub fn as_linux(state: &Arc<State>, name: &str, machine: Machine) -> Result<()> {
    let directory = format!("native-{}-elfcorehdr-{name}", state.setup().kernel.name);
    let mut guest = state.start(&workspace::runs().join(directory), None)?;
    let linux = load(state, machine, &guest, "kexec -s -p").context("with kexec -s")?;
    let linux = guest.memory.read(linux)?;
    guest.run("kexec -p -u", COMMAND_LIMIT)?;
    // Remains of one image must not be taken for the other, nor for the zeros after it.
    let region = &guest.facts.crash_region;
    let ones = vec![0xff; usize::try_from(region.end - region.start)?];
    guest.memory.write(region.start, &ones)?;
    let place =
        load(state, machine, &guest, "purgatory load --panic").context("with purgatory load")?;
    let ours = guest.memory.read(place.clone())?;

    let pluggable = machine == PLUGGABLE;
    let expected = match pluggable && !guest.facts.crash_hotplug {
        true => with_notes(&linux, &ours)?,
        false => linux,
    };
    same(&expected, &ours)?;
    let asked = guest.ask("cat /sys/kernel/crash_elfcorehdr_size", COMMAND_LIMIT)?;
    let asked = asked.lines.first().and_then(|line| line.parse().ok());
    ensure!(asked.is_some() == guest.facts.crash_hotplug, "crash_elfcorehdr_size: {asked:?}");
    let end = place.start + memsz(place.end - place.start, asked);
    let rest = guest.memory.read(place.end..end)?;
    ensure!(rest.iter().all(|byte| *byte == 0), "the bytes after the headers are not zero");

    for at in [place.start, place.end - 1] {
        flip(&guest.memory, at)?;
        let changed = guest.memory.read(place.clone())?;
        ensure!(same(&expected, &changed).is_err(), "a changed bit at {at:#x} is not found");
        flip(&guest.memory, at)?;
    }
    if pluggable { plugged(&mut guest, &ours) } else { Ok(()) }
}

/// Has a capture kernel loaded, and tells where elfcorehdr's headers are.
fn load(state: &State, machine: Machine, guest: &Guest, loader: &str) -> Result<Range<u64>> {
    let case = Case { machine, ..PANIC };
    guest.run(&load::command(loader, &case), COMMAND_LIMIT)?;
    Ok(Loaded::find(guest, state)?.segments.elfcorehdr)
}

fn flip(memory: &Memory, at: u64) -> Result<()> {
    let byte = memory.read(at..at + 1)?[0];
    memory.write(at, &[byte ^ 1])
}

fn same(expected: &[u8], ours: &[u8]) -> Result<()> {
    let (theirs, len) = (expected.len(), ours.len());
    ensure!(theirs == len, "{len} bytes instead of {theirs}:\n{expected:02x?}\n{ours:02x?}");
    let differs = expected.iter().zip(ours).position(|(expected, ours)| expected != ours);
    ensure!(differs.is_none(), "byte {differs:?} differs:\n{expected:02x?}\n{ours:02x?}");
    Ok(())
}

/// Linux's headers with our notes of the CPUs that are not present, after the note of the present one.
fn with_notes(linux: &[u8], ours: &[u8]) -> Result<Vec<u8>> {
    let header = size_of::<ProgramHeader64<LittleEndian>>();
    let first = size_of::<FileHeader64<LittleEndian>>() + header;
    let notes = ours
        .get(first..first + (PROCESSORS - 1) * header)
        .context("our elfcorehdr has too few notes")?;
    let (before, behind) = linux.split_at_checked(first).context("Linux has no notes")?;
    let mut expected = [before, notes, behind].concat();
    // There are fewer than 256, and the number is little-endian.
    expected[COUNT] += PROCESSORS as u8 - 1;
    Ok(expected)
}

/// Plugs in all processors, and compares the addresses of their notes with those in sysfs.
fn plugged(guest: &mut Guest, ours: &[u8]) -> Result<()> {
    let qmp = guest.vm.qmp()?;
    let slots = qmp.command("query-hotpluggable-cpus", json!({}))?;
    for slot in slots.as_array().context("no list of processors")? {
        if slot.get("qom-path").is_none() {
            let mut arguments = slot.get("props").and_then(Value::as_object).cloned();
            let arguments = arguments.as_mut().context("a CPU without an address")?;
            arguments.insert("driver".into(), slot["type"].clone());
            qmp.command("device_add", json!(arguments))?;
        }
    }
    let wait = "for n in 1 2 3; do until [ -e $cpu$n/crash_notes ]; do sleep 0.1; done; done";
    let show =
        "cat ${cpu}0/crash_notes ${cpu}1/crash_notes ${cpu}2/crash_notes ${cpu}3/crash_notes";
    let command = format!("cpu=/sys/devices/system/cpu/cpu; {wait}; {show}");
    let said = guest.ask(&command, COMMAND_LIMIT)?;
    let order = LittleEndian;
    let headers = FileHeader64::<LittleEndian>::parse(ours)?.program_headers(order, ours)?;
    let address = |header: &ProgramHeader64<_>| format!("{:x}", header.p_paddr.get(order));
    let expected: Vec<String> = headers.iter().take(PROCESSORS).map(address).collect();
    let said: Vec<String> =
        said.lines.into_iter().filter(|line| u64::from_str_radix(line, 16).is_ok()).collect();
    ensure!(said == expected, "sysfs reports {said:?}, expected {expected:?}");
    Ok(())
}
