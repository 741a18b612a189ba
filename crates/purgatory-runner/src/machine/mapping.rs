//! Writable and executable memory.

use super::outcome::RunError;
use std::io;
use std::ops::Range;
use std::ptr;

/// Anonymous memory below 2 GiB, where 32-bit relocations reach.
#[derive(Debug)]
pub struct Mapping {
    start: *mut u8,
    bytes: usize,
}

impl Mapping {
    /// Maps at least `bytes` zeroed bytes, aligned to a page.
    ///
    /// # Errors
    ///
    /// Returns [`RunError::Memory`] if there is not enough memory, or if the operating system does not allow memory
    /// that is writable and executable.
    pub fn new(bytes: usize) -> Result<Self, RunError> {
        let protection = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_32BIT;
        // SAFETY: a new anonymous mapping affects no existing memory.
        let start = unsafe { libc::mmap(ptr::null_mut(), bytes, protection, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return Err(RunError::Memory { bytes, source: io::Error::last_os_error() });
        }
        Ok(Self { start: start.cast(), bytes })
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
}
