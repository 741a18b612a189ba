//! Faults in a loaded crash image: the addresses of its parts, and the changes.

use std::mem::offset_of;
use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use boot_shim::fault::{At, Fault, Part};
use memchr::memmem;
use purgatory_abi::native::{CHUNK_BYTES, Header, MAGIC};
use purgatory_abi::status::Status;
use purgatory_abi::{EntryRegs, PAGE};
use zerocopy::FromBytes;

use super::kexec_tools::{copy_of_low, setup_data};
use super::state::State;
use crate::guest::memory::Memory;
use crate::guest::running::Guest;
use crate::guest::segments::{self, Segments};

/// A kernel parameter that no kernel reads, and that is nowhere else in memory.
pub(super) const MARKER: &str = "marker=jkzqxvwy";

const CHUNK: u64 = CHUNK_BYTES as u64;

/// Bytes by which copies of a file are found, and of RAM that are searched at a time.
const COPY: usize = 64;
const BLOCK: usize = 1 << 20;

/// A byte that was changed.
pub(super) struct Change {
    /// The part that it is of.
    pub(super) part: Part,
    /// Where it is.
    pub(super) at: u64,
    /// Where `before` starts.
    pub(super) start: u64,
    /// The original bytes: at least the whole chunk.
    pub(super) before: Vec<u8>,
}

/// A loaded crash image.
pub(super) struct Loaded {
    /// Its segments.
    pub(super) segments: Segments,
    region: Range<u64>,
}

impl Loaded {
    /// Finds the crash image in a machine.
    ///
    /// # Errors
    /// See [`segments::find`].
    pub(super) fn find(guest: &Guest, state: &State) -> Result<Self> {
        let files = state.setup().files()?;
        let region = guest.facts.crash_region.clone();
        let segments =
            segments::find(&guest.memory, region.clone(), &files.vmlinuz, &files.initrd, MARKER)?;
        Ok(Self { segments, region })
    }

    /// Makes a fault happen.
    ///
    /// # Errors
    /// The image has no such part, or the part no such byte.
    pub(super) fn inject(&self, memory: &Memory, fault: &Fault) -> Result<Change> {
        let At::Part(part, byte) = fault.at else { bail!("{fault:?} is at no part") };
        let range = self.part(memory, part)?;
        let at = byte.address(&range).with_context(|| format!("no {byte:?} in {range:x?}"))?;
        let start = at.saturating_sub(CHUNK).max(self.region.start);
        let before = memory.read(start..(at + CHUNK).min(self.region.end))?;
        let mut places = vec![at];
        if matches!(part, Part::Code | Part::Registers)
            && let Ok((_, header)) = header(memory, self.region.clone())
        {
            // Also in the first copy: the native purgatory would repair a change of one.
            places.push(at + header.copies.len);
        }
        for place in places {
            let mut bytes = memory.read(place..place + fault.what.bytes())?;
            fault.what.apply(&mut bytes);
            memory.write(place, &bytes)?;
        }
        Ok(Change { part, at, start, before })
    }

    fn part(&self, memory: &Memory, part: Part) -> Result<Range<u64>> {
        let segments = &self.segments;
        let byte = |at: u64| at..at + 1;
        Ok(match part {
            Part::Kernel => segments.kernel.clone(),
            Part::Initrd => segments.initrd.clone(),
            Part::BootParams => segments.boot_params.clone(),
            Part::IgnoredWord => {
                let line = memory.read(segments.command_line.clone())?;
                let at = memmem::find(&line, MARKER.as_bytes()).context("no marker")? as u64;
                let start = segments.command_line.start + at;
                start..start + MARKER.len() as u64
            }
            Part::Elfcorehdr => segments.elfcorehdr.clone(),
            Part::Backup => byte(copy_of_low(memory, segments)?),
            Part::SetupData => byte(setup_data(memory, segments)?),
            Part::Code => {
                // A parameter that is not printed in a run.
                let bytes = memory.read(self.region.clone())?;
                let word = memmem::find(&bytes, Status::ImplementationsBroken.name().as_bytes());
                let word = word.context("no purgatory with such a constant")? as u64;
                byte(self.region.start + word)
            }
            Part::List => native(memory, self.region.clone())?,
            Part::Registers => {
                let rsi = offset_of!(Header, entry) + offset_of!(EntryRegs, rsi);
                byte(native(memory, self.region.clone())?.start + rsi as u64)
            }
            Part::ZeroPadding
            | Part::Digest
            | Part::Header
            | Part::ListDigest
            | Part::Contents
            | Part::Copies
            | Part::SkipChecks => {
                bail!("{part:?} cannot be found in stock kernels")
            }
        })
    }
}

/// Where the native purgatory and its segment digest list are, found by the header's magic: the list is the end.
pub(super) fn native(memory: &Memory, region: Range<u64>) -> Result<Range<u64>> {
    let (start, header) = header(memory, region.clone())?;
    let list = header.list;
    let end = list.start.checked_add(list.len).context("the list passes the end of the memory")?;
    ensure!(start < list.start && end <= region.end, "the list is at {list:x?}");
    Ok(start..end)
}

/// Returns the native purgatory's address and its header. Only its own copies start with the magic too.
fn header(memory: &Memory, region: Range<u64>) -> Result<(u64, Header)> {
    let bytes = memory.read(region.clone())?;
    let places = memmem::find_iter(&bytes, &MAGIC).map(|at| at as u64);
    let found: Vec<u64> = places.filter(|at| at.is_multiple_of(PAGE)).collect();
    let [at, copies @ ..] = &found[..] else { bail!("no purgatory in the crash region") };
    let (header, _) = Header::read_from_prefix(&bytes[usize::try_from(*at)?..])
        .ok()
        .context("the purgatory is truncated")?;
    let len = header.copies.len;
    ensure!(
        copies.iter().all(|copy| [at + len, at + 2 * len].contains(copy)),
        "{} purgatories in the crash region",
        found.len()
    );
    Ok((region.start + at, header))
}

/// Makes a fault of the kernel happen in every copy of a file in memory: the loaded pages of a normal kexec are
/// anywhere.
///
/// # Errors
/// There is no copy, or the fault is not one byte of the kernel.
pub(super) fn inject_in_copies(
    memory: &Memory,
    ram: u64,
    file: &[u8],
    fault: &Fault,
) -> Result<()> {
    let At::Part(Part::Kernel, byte) = fault.at else { bail!("{fault:?} is not of the kernel") };
    let at = byte.offset(file.len() as u64).context("no such byte")? as usize;
    // In one page of any copy.
    let start = at / COPY * COPY;
    let pattern = file.get(start..start + COPY).context("the fault is too near to the end")?;
    let mut copies = 0;
    for block in (0..ram).step_by(BLOCK) {
        let bytes = memory.read(block..block + BLOCK as u64)?;
        for found in memmem::find_iter(&bytes, pattern) {
            let place = found + at - start;
            let mut bytes = bytes[place..=place].to_vec();
            fault.what.apply(&mut bytes);
            memory.write(block + place as u64, &bytes)?;
            copies += 1;
        }
    }
    ensure!(copies > 0, "there is no copy of the kernel in memory");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use boot_shim::fault::Byte;

    const REGION: Range<u64> = 0x10_0000..0x20_0000;

    fn loaded() -> (Memory, Loaded) {
        let part = |start: u64| start..start + 0x1000;
        let segments = Segments {
            kernel: part(0x12_0000),
            initrd: part(0x13_0000),
            boot_params: part(0x14_0000),
            command_line: part(0x15_0000),
            elfcorehdr: part(0x16_0000),
        };
        let memory = Memory::new(0x20_0000).unwrap();
        memory.write(0x15_0010, MARKER.as_bytes()).unwrap();
        (memory, Loaded { segments, region: REGION })
    }

    #[test]
    fn a_fault_changes_one_bit_of_its_part() {
        let (memory, loaded) = loaded();
        let marker_end = 0x15_0010 + MARKER.len() as u64 - 1;
        for (part, byte, at) in [
            (Part::Kernel, Byte::Middle, 0x12_0800),
            (Part::Initrd, Byte::Guest, 0x13_0000),
            (Part::BootParams, Byte::Last, 0x14_0fff),
            (Part::Elfcorehdr, Byte::FromEnd(8), 0x16_0ff8),
            (Part::IgnoredWord, Byte::Last, marker_end),
        ] {
            let before = memory.read(REGION).unwrap();
            let change = loaded.inject(&memory, &Fault::flip(part, byte)).unwrap();
            let mut expected = before;
            expected[usize::try_from(at - REGION.start).unwrap()] ^= 1;
            assert_eq!((change.part, change.at), (part, at));
            assert!(memory.read(REGION).unwrap() == expected, "{part:?}");
            let kept = change.start..change.start + change.before.len() as u64;
            assert!(kept.contains(&(at - CHUNK)) && kept.end == at + CHUNK);
        }
    }

    #[test]
    fn reports_a_missing_part_or_byte() {
        let (memory, loaded) = loaded();
        for (part, byte) in [
            (Part::Kernel, Byte::FromEnd(0x1001)),
            (Part::List, Byte::Last),
            (Part::SetupData, Byte::Guest),
            (Part::Header, Byte::Guest),
        ] {
            assert!(loaded.inject(&memory, &Fault::flip(part, byte)).is_err(), "{part:?}");
        }
        let address = Fault { at: At::Address(0), ..Fault::flip(Part::Kernel, Byte::Guest) };
        assert!(loaded.inject(&memory, &address).is_err());
    }

    #[test]
    fn a_native_purgatory_is_found_by_its_magic_once() {
        let memory = Memory::new(0x20_0000).unwrap();
        assert!(native(&memory, REGION).is_err());
        memory.write(0x11_0000, &MAGIC).unwrap();
        assert!(native(&memory, REGION).unwrap_err().to_string().contains("the list"));
        let list = 0x11_0000 + offset_of!(Header, list) as u64;
        memory.write(list, &0x11_8000_u64.to_le_bytes()).unwrap();
        memory.write(list + 8, &0x1000_u64.to_le_bytes()).unwrap();
        assert_eq!(native(&memory, REGION).unwrap(), 0x11_0000..0x11_9000);
        let copies = 0x11_0000 + offset_of!(Header, copies) as u64;
        memory.write(copies + 8, &0x2000_u64.to_le_bytes()).unwrap();
        memory.write(0x11_2000, &MAGIC).unwrap();
        memory.write(0x12_0010, &MAGIC).unwrap();
        assert!(native(&memory, REGION).is_ok());
        memory.write(0x12_0000, &MAGIC).unwrap();
        assert!(native(&memory, REGION).unwrap_err().to_string().contains("3 purgatories"));
    }
}
