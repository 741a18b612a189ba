//! The guest's RAM as a file that the host reads and writes while the guest runs.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use anyhow::{Context, Result, bail};
use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;

use crate::memfd;

/// Where RAM below 4 GiB ends: QEMU's default for its machine `pc` is 3 GiB or 3.5 GiB, depending on the size.
const LOW_END: u64 = 3 << 30;

/// The address at which RAM continues above the hole for devices.
const HIGH_START: u64 = 4 << 30;

/// How much is copied at a time.
const COPY_BYTES: usize = 1 << 20;

/// The RAM of one guest.
pub struct Memory {
    file: File,
    bytes: u64,
}

impl Memory {
    /// Makes RAM of `bytes` bytes, all zero. Only pages that the guest touches take memory of the host.
    ///
    /// # Errors
    /// The host has no such file to give.
    pub fn new(bytes: u64) -> Result<Self> {
        let file = memfd::new("purgatory-guest")?;
        file.set_len(bytes).context("cannot size the guest's RAM")?;
        Ok(Self { file, bytes })
    }

    /// RAM with the same contents.
    ///
    /// # Errors
    /// The host has no such file to give.
    pub fn copy(&self) -> Result<Self> {
        let copy = Self::new(self.bytes)?;
        let mut buffer = vec![0; COPY_BYTES];
        let mut end = 0;
        // Untouched memory of the guest is a hole in the file: `ENXIO` means that no data follows.
        loop {
            let start = match seek(&self.file, SeekFrom::Data(end)) {
                Ok(start) => start,
                Err(Errno::NXIO) => return Ok(copy),
                Err(error) => return Err(error).context("cannot find data in the guest's RAM"),
            };
            end = seek(&self.file, SeekFrom::Hole(start)).context("a hole in the guest's RAM")?;
            let mut at = start;
            while at < end {
                let len = usize::try_from(end - at)?.min(buffer.len());
                let part = &mut buffer[..len];
                self.file.read_exact_at(part, at).context("cannot read the guest's RAM")?;
                copy.file.write_all_at(part, at).context("cannot write the guest's RAM")?;
                at += len as u64;
            }
        }
    }

    /// The arguments that make this the RAM of a QEMU machine.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let path = memfd::path(&self.file);
        let path = path.display();
        let size = self.bytes;
        vec![
            "-m".into(),
            format!("{}M", size >> 20),
            "-object".into(),
            format!("memory-backend-file,id=ram,size={size},mem-path={path},share=on"),
            "-machine".into(),
            format!("pc,memory-backend=ram,max-ram-below-4g={LOW_END}"),
        ]
    }

    /// Reads guest-physical memory.
    ///
    /// # Errors
    /// Part of the range is no RAM.
    pub fn read(&self, range: Range<u64>) -> Result<Vec<u8>> {
        let offset = self.offset(&range)?;
        let mut bytes = vec![0; usize::try_from(range.end - range.start)?];
        self.file.read_exact_at(&mut bytes, offset).context("cannot read the guest's RAM")?;
        Ok(bytes)
    }

    /// Writes guest-physical memory.
    ///
    /// # Errors
    /// Part of the range is no RAM.
    pub fn write(&self, start: u64, bytes: &[u8]) -> Result<()> {
        let offset = self.offset(&(start..start + bytes.len() as u64))?;
        self.file.write_all_at(bytes, offset).context("cannot write the guest's RAM")
    }

    /// Where a range of guest-physical memory is in the file.
    fn offset(&self, range: &Range<u64>) -> Result<u64> {
        let low = 0..LOW_END.min(self.bytes);
        let high = HIGH_START..(HIGH_START + self.bytes).saturating_sub(LOW_END);
        if low.contains(&range.start) && range.end <= low.end {
            Ok(range.start)
        } else if high.contains(&range.start) && range.end <= high.end {
            Ok(range.start - HIGH_START + LOW_END)
        } else {
            bail!("the guest has no RAM at {:#x}..{:#x}", range.start, range.end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ram_above_the_hole_follows_ram_below_it() {
        let memory = Memory::new(4 << 30).unwrap();
        memory.write(HIGH_START + 5, b"high").unwrap();
        assert_eq!(memory.read(HIGH_START + 5..HIGH_START + 9).unwrap(), b"high");
        assert_eq!(memory.offset(&(HIGH_START..HIGH_START + 1)).unwrap(), LOW_END);
        assert_eq!(memory.read(5..9).unwrap(), [0; 4]);
    }

    #[test]
    fn a_copy_has_the_same_contents_and_is_independent() {
        let memory = Memory::new(1 << 30).unwrap();
        memory.write(0, b"first").unwrap();
        memory.write(0x123_4567, &[7; 3 * COPY_BYTES]).unwrap();
        memory.write((1 << 30) - 4, b"last").unwrap();
        let copy = memory.copy().unwrap();
        memory.write(0, b"other").unwrap();
        assert_eq!(copy.read(0..5).unwrap(), b"first");
        let end = 0x123_4567 + 3 * COPY_BYTES as u64;
        assert_eq!(copy.read(0x123_4567..end).unwrap(), vec![7; 3 * COPY_BYTES]);
        assert_eq!(copy.read(end..end + 1).unwrap(), [0]);
        assert_eq!(copy.read((1 << 30) - 4..1 << 30).unwrap(), b"last");
    }

    #[test]
    fn rejects_addresses_outside_ram() {
        let memory = Memory::new(1 << 30).unwrap();
        assert!(memory.read(0..1 << 30).is_ok());
        assert!(memory.read((1 << 30) - 1..(1 << 30) + 1).is_err());
        assert!(memory.write(HIGH_START, b"x").is_err());
        assert!(Memory::new(4 << 30).unwrap().write(LOW_END - 1, b"xx").is_err());
    }
}
