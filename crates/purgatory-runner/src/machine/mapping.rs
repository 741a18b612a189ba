//! Memory in which a blob runs, or that it reads.

use super::outcome::RunError;
use purgatory_abi::Region;
use std::io;
use std::ops::Range;
use std::ptr;

/// Anonymous memory, writable and readable.
#[derive(Debug)]
pub struct Mapping {
    start: *mut u8,
    bytes: usize,
}

impl Mapping {
    /// Maps at least `bytes` zeroed bytes of executable memory below 2 GiB, where 32-bit relocations reach.
    ///
    /// # Errors
    ///
    /// Returns [`RunError::Memory`] if there is not enough memory, or if the operating system does not allow memory
    /// that is writable and executable.
    pub fn new(bytes: usize) -> Result<Self, RunError> {
        Self::map(0, bytes, libc::PROT_EXEC, libc::MAP_32BIT)
    }

    /// Maps at least `bytes` zeroed bytes below 2 GiB that are not executable: a jump there ends a run.
    ///
    /// # Errors
    ///
    /// Returns [`RunError::Memory`] if there is not enough memory.
    pub fn data(bytes: usize) -> Result<Self, RunError> {
        Self::map(0, bytes, 0, libc::MAP_32BIT)
    }

    /// Maps zeroed memory at these addresses, which are multiples of a page. It is not executable.
    ///
    /// # Errors
    ///
    /// Returns [`RunError::Memory`] if the addresses are in use or there is not enough memory.
    pub fn at(addresses: Region) -> Result<Self, RunError> {
        let Region { start, len } = addresses;
        Self::map(start, len as usize, 0, libc::MAP_FIXED_NOREPLACE)
    }

    fn map(
        start: u64,
        bytes: usize,
        protection: libc::c_int,
        flags: libc::c_int,
    ) -> Result<Self, RunError> {
        let protection = libc::PROT_READ | libc::PROT_WRITE | protection;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | flags;
        let wanted = ptr::without_provenance_mut(start as usize);
        // SAFETY: a new anonymous mapping affects no existing memory.
        let found = unsafe { libc::mmap(wanted, bytes, protection, flags, -1, 0) };
        if found == libc::MAP_FAILED {
            return Err(RunError::Memory { start, bytes, source: io::Error::last_os_error() });
        }
        Ok(Self { start: found.cast(), bytes })
    }

    /// Makes a part of the memory executable. It begins and ends at a page boundary.
    ///
    /// # Errors
    ///
    /// Returns [`RunError::Memory`] if the part is not inside, or if the operating system does not allow this.
    pub fn make_executable(&mut self, part: Region) -> Result<(), RunError> {
        let Region { start, len } = part;
        let bytes = len as usize;
        let failed = |source| RunError::Memory { start, bytes, source };
        let all = self.addresses();
        if start < all.start || start.checked_add(len).is_none_or(|end| end > all.end) {
            return Err(failed(io::ErrorKind::InvalidInput.into()));
        }
        let protection = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
        // SAFETY: the part is inside this value's memory, as just checked.
        if unsafe {
            libc::mprotect(ptr::with_exposed_provenance_mut(start as usize), bytes, protection)
        } != 0
        {
            return Err(failed(io::Error::last_os_error()));
        }
        Ok(())
    }

    /// Returns the addresses of the memory.
    #[must_use]
    pub fn addresses(&self) -> Range<u64> {
        let start = self.start.expose_provenance() as u64;
        start..start + self.bytes as u64
    }

    /// Returns the bytes of the memory.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: this value owns the memory, and a blob runs in it only while `run` borrows this value.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.bytes) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: this value owns the memory, and no blob runs in it now.
        unsafe { libc::munmap(self.start.cast(), self.bytes) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_in_reach_of_32_bit_relocations() {
        let mut mapping = Mapping::new(5000).unwrap();
        mapping.bytes_mut()[4999] = 1;
        assert!(mapping.addresses().end < 1 << 31);
    }

    #[test]
    fn rejects_more_memory_than_there_is() {
        let error = Mapping::new(1 << 40).unwrap_err();
        assert!(matches!(error, RunError::Memory { bytes: 0x100_0000_0000, .. }), "{error}");
    }

    #[test]
    fn maps_memory_at_an_address_only_once() {
        let place = Region { start: 0x2345_0000, len: 0x2000 };
        let mut mapping = Mapping::at(place).unwrap();
        assert_eq!(mapping.addresses(), 0x2345_0000..0x2345_2000);
        assert!(matches!(Mapping::at(place), Err(RunError::Memory { start: 0x2345_0000, .. })));
        mapping.make_executable(Region { start: 0x2345_1000, len: 0x1000 }).unwrap();
        let error = mapping.make_executable(Region { start: 0x2345_1000, len: 0x2000 });
        assert!(matches!(error, Err(RunError::Memory { start: 0x2345_1000, .. })));
    }
}
