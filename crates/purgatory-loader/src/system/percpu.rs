//! The notes of possible CPUs that are not in sysfs, found in the running kernel's memory.
//!
//! `crash_notes` is a per-CPU pointer, and `__per_cpu_offset` has the distance from that address to each CPU's copy
//! (`arch/x86/kernel/setup_percpu.c`). The copies are in the direct mapping of RAM, unless it has too little room: then
//! the kernel maps them elsewhere (`percpu_alloc=page`).

use core::ops::Range;
use std::collections::BTreeMap;

use super::{System, SystemError};

/// Bytes of an element of `__per_cpu_offset`.
const ELEMENT: u64 = 8;

/// Notes by CPU number.
type Notes = BTreeMap<usize, Range<u64>>;

impl System {
    /// Returns the notes of all `processors`, each of `size` bytes, if they agree with the `known` notes.
    pub(super) fn percpu_notes(
        &self,
        processors: &[usize],
        size: u64,
        known: &Notes,
    ) -> Result<Notes, SystemError> {
        let kcore = self.kcore()?;
        let [notes, offsets] = self.symbols(["crash_notes", "__per_cpu_offset"])?;
        let pointer = kcore.number(notes)?;
        let mut found = Notes::new();
        for processor in processors.iter().copied() {
            let offset = kcore.number(offsets.wrapping_add(ELEMENT * processor as u64))?;
            let address = pointer.wrapping_add(offset);
            let note = kcore.physical(&(address..address.saturating_add(size)))?;
            if let Some(known) = known.get(&processor).filter(|known| **known != note) {
                let (stated, found) = (known.start, note.start);
                return Err(SystemError::NotesDiffer { processor, stated, found });
            }
            found.insert(processor, note);
        }
        Ok(found)
    }
}
