//! The blob's memory, for access while the blob is stopped.

use super::ProcessorError;

/// Memory, accessed by address. An access that is not completely inside returns an error with the instruction's
/// address.
#[derive(Debug)]
pub struct Memory<'m> {
    base: u64,
    bytes: &'m mut [u8],
}

impl<'m> Memory<'m> {
    /// Creates the memory of `bytes` at address `base`.
    pub fn new(base: u64, bytes: &'m mut [u8]) -> Self {
        Self { base, bytes }
    }

    /// Returns the bytes from `address` to the end, or `None` if `address` is outside.
    pub(super) fn from(&self, address: u64) -> Option<&[u8]> {
        let offset = usize::try_from(address.checked_sub(self.base)?).ok()?;
        self.bytes.get(offset..).filter(|bytes| !bytes.is_empty())
    }

    /// Reads `N` bytes for the instruction at `rip`.
    pub(super) fn read<const N: usize>(
        &self,
        rip: u64,
        address: u64,
    ) -> Result<[u8; N], ProcessorError> {
        let found = self.from(address).and_then(|bytes| bytes.first_chunk());
        found.copied().ok_or(ProcessorError::Outside { rip, address, bytes: N })
    }

    /// Writes a word of 64 bits for the instruction at `rip`.
    pub(super) fn write(
        &mut self,
        rip: u64,
        address: u64,
        value: u64,
    ) -> Result<(), ProcessorError> {
        let outside = ProcessorError::Outside { rip, address, bytes: size_of_val(&value) };
        let offset = address.checked_sub(self.base).and_then(|offset| usize::try_from(offset).ok());
        let place = offset.and_then(|offset| self.bytes.get_mut(offset..)?.first_chunk_mut());
        *place.ok_or(outside)? = value.to_le_bytes();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_inside() {
        let mut bytes = [0; 16];
        let mut memory = Memory::new(0x1000, &mut bytes);
        memory.write(0, 0x1008, 0x0102_0304_0506_0708).unwrap();
        assert_eq!(memory.read(0, 0x1008), Ok([8, 7, 6, 5, 4, 3, 2, 1]));
        assert_eq!(memory.from(0x100f), Some(&[1][..]));
    }

    #[test]
    fn rejects_accesses_that_are_not_completely_inside() {
        let mut bytes = [0; 16];
        let mut memory = Memory::new(0x1000, &mut bytes);
        for address in [0xff8, 0x1009, 0x1010, u64::MAX] {
            let outside = ProcessorError::Outside { rip: 7, address, bytes: 8 };
            assert_eq!(memory.read::<8>(7, address), Err(outside.clone()));
            assert_eq!(memory.write(7, address, 0), Err(outside));
        }
        assert_eq!(memory.from(0x1010), None);
    }
}
