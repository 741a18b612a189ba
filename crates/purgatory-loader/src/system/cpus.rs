//! CPUs, and the notes in which they save their registers on a panic: `crash_notes` (`kernel/crash_core.c`).

use core::ops::Range;
use std::collections::BTreeMap;
use std::format;
use std::string::String;
use std::vec::Vec;

use super::{System, SystemError, hexadecimal, optional};

/// The possible CPUs.
const POSSIBLE: &str = "sys/devices/system/cpu/possible";

/// The action if it is missing.
const ADVICE: &str = "mount sysfs";

/// The action if no CPU has a note.
const NOTES_ADVICE: &str = "the kernel must be built with CONFIG_KEXEC or CONFIG_KEXEC_FILE";

/// The action if a note has no size.
const SIZE_ADVICE: &str = "the kernel is older than any supported kernel";

/// The maximum number of CPUs: `CONFIG_NR_CPUS` of x86 is at most 8192.
const MAX_PROCESSORS: usize = 8192;

/// The addresses of the CPUs' notes.
#[derive(Debug)]
pub(super) struct CpuNotes {
    /// Physical, half-open, in the order of CPU numbers.
    pub(super) ranges: Vec<Range<u64>>,
    /// The reason why the notes of CPUs that are not present are missing, or `None`.
    pub(super) warning: Option<SystemError>,
}

impl System {
    /// Returns the notes of all possible CPUs, or, with a warning, of all present CPUs.
    ///
    /// sysfs has the notes of present CPUs (`drivers/base/cpu.c`). For the others, this reads symbols and memory of the
    /// running kernel. For present CPUs, both sources must agree.
    pub(super) fn cpu_notes(&self) -> Result<CpuNotes, SystemError> {
        let possible = self.possible_processors()?;
        let mut known: BTreeMap<usize, Range<u64>> = BTreeMap::new();
        for processor in possible.iter().copied() {
            known.extend(self.sysfs_note(processor)?.map(|note| (processor, note)));
        }
        let Some(size) = known.values().next().map(|note| note.end - note.start) else {
            let path = self.path(&note_file(0));
            return Err(SystemError::Missing { path, advice: NOTES_ADVICE });
        };
        let mut warning = None;
        if known.len() < possible.len() {
            match self.percpu_notes(&possible, size, &known) {
                Ok(notes) => known.extend(notes),
                Err(error) => warning = Some(error),
            }
        }
        Ok(CpuNotes { ranges: known.into_values().collect(), warning })
    }

    fn possible_processors(&self) -> Result<Vec<usize>, SystemError> {
        let text = self.text(POSSIBLE, ADVICE)?;
        list(&text).ok_or_else(|| self.malformed(POSSIBLE, &text, "a list such as `0-3,8`"))
    }

    /// Reads the note of a CPU from sysfs: the address in hexadecimal, the size in decimal.
    fn sysfs_note(&self, processor: usize) -> Result<Option<Range<u64>>, SystemError> {
        let file = note_file(processor);
        let Some(text) = optional(self.text(&file, ""))? else { return Ok(None) };
        let start = hexadecimal(&text);
        let start = start.ok_or_else(|| self.malformed(&file, &text, "an address"))?;
        let size = self.number(&format!("{file}_size"), SIZE_ADVICE)?;
        let end = start.checked_add(size);
        Ok(Some(start..end.ok_or_else(|| self.malformed(&file, &text, "an address"))?))
    }
}

fn note_file(processor: usize) -> String {
    format!("sys/devices/system/cpu/cpu{processor}/crash_notes")
}

/// Parses a list of numbers and ranges: `%*pbl` of `Documentation/core-api/printk-formats.rst`.
fn list(text: &str) -> Option<Vec<usize>> {
    let mut numbers = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        if first > last || last >= MAX_PROCESSORS {
            return None;
        }
        numbers.extend(first..=last);
    }
    Some(numbers)
}
