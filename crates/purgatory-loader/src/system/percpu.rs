//! Where the notes of processors are that sysfs does not know yet, found in the running kernel's memory.
//!
//! `crash_notes` is a pointer to what every processor has its own copy of, and `__per_cpu_offset` is how far from that
//! address each processor's copy is (`arch/x86/kernel/setup_percpu.c`). The copies are in the direct mapping of RAM,
//! unless the machine has so little room there that the kernel maps them elsewhere (`percpu_alloc=page`).

use core::ops::Range;
use std::collections::BTreeMap;

use super::{System, SystemError};

/// Bytes of an element of `__per_cpu_offset`.
const ELEMENT: u64 = 8;

/// Notes by the processors' numbers.
type Notes = BTreeMap<usize, Range<u64>>;

impl System {
    /// The notes of all of `processors`, each of `size` bytes, if they are where the `known` ones are.
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
                let (said, found) = (known.start, note.start);
                return Err(SystemError::NotesDiffer { processor, said, found });
            }
            found.insert(processor, note);
        }
        Ok(found)
    }
}
