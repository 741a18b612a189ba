//! The memory of the machine, for access while the blob is stopped.

use super::Exception;

/// Ranges of memory, accessed by address. An access that is not completely inside one of them is a page fault.
#[derive(Debug)]
pub struct Memory<'m> {
    ranges: Vec<(u64, &'m mut [u8])>,
}

impl<'m> Memory<'m> {
    /// Creates the memory from pairs of an address and the bytes there.
    pub fn new(ranges: impl IntoIterator<Item = (u64, &'m mut [u8])>) -> Self {
        Self { ranges: ranges.into_iter().collect() }
    }

    /// Reports whether there is memory at `address`.
    #[must_use]
    pub fn has(&self, address: u64) -> bool {
        self.from(address).is_some()
    }

    /// Returns the bytes from `address` to the end of their range, or `None` if there is no memory at `address`.
    pub(super) fn from(&self, address: u64) -> Option<&[u8]> {
        self.ranges.iter().find_map(|(base, bytes)| {
            let offset = usize::try_from(address.checked_sub(*base)?).ok()?;
            bytes.get(offset..).filter(|bytes| !bytes.is_empty())
        })
    }

    /// Reads `N` bytes.
    pub(super) fn read<const N: usize>(&self, address: u64) -> Result<[u8; N], Exception> {
        let found = self.from(address).and_then(|bytes| bytes.first_chunk());
        found.copied().ok_or(Exception::page_fault(0, address))
    }

    /// Writes a word of 64 bits.
    pub(super) fn write(&mut self, address: u64, value: u64) -> Result<(), Exception> {
        let place = self.ranges.iter_mut().find_map(|(base, bytes)| {
            let offset = usize::try_from(address.checked_sub(*base)?).ok()?;
            bytes.get_mut(offset..)?.first_chunk_mut()
        });
        *place.ok_or(Exception::page_fault(Exception::WRITE, address))? = value.to_le_bytes();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_inside_each_range() {
        let (mut low, mut high) = ([0; 16], [0; 16]);
        let mut memory = Memory::new([(0x1000, &mut low[..]), (0x5000, &mut high[..])]);
        for base in [0x1000, 0x5000] {
            memory.write(base + 8, 0x0102_0304_0506_0708).unwrap();
            assert_eq!(memory.read(base + 8), Ok([8, 7, 6, 5, 4, 3, 2, 1]));
            assert_eq!(memory.from(base + 15), Some(&[1][..]));
        }
    }

    #[test]
    fn an_access_that_is_not_completely_inside_is_a_page_fault() {
        let mut bytes = [0; 16];
        let mut memory = Memory::new([(0x1000, &mut bytes[..])]);
        for address in [0xff8, 0x1009, 0x1010, u64::MAX] {
            assert_eq!(memory.read::<8>(address), Err(Exception::page_fault(0, address)));
            let write = Exception::page_fault(Exception::WRITE, address);
            assert_eq!(memory.write(address, 0), Err(write));
        }
        assert_eq!(memory.from(0x1010), None);
    }
}
